package kit.orchestration.examples.arena.net;

/**
 * The words of the protocol, each the first of a line.
 *
 * <pre>
 * player: HELLO token name          I come with this token
 * server: REFUSED                   and no word why
 * server: WELCOME session seat      you are in, as player 0 or 1
 * server: START opponent stones     both are here
 * server: TURN left                 it is your move
 * player: TAKE n
 * server: ILLEGAL                   that is no move; try again
 * server: TOOK seat n left          to both
 * server: OVER winner               to both; a seat, or - if nobody won
 * </pre>
 */
public final class Words {

    /** From a player: a token and a name. */
    public static final String HELLO = "HELLO";
    /** To a player who may not come in. */
    public static final String REFUSED = "REFUSED";
    /** To a player who may: the session's id, and the player's seat. */
    public static final String WELCOME = "WELCOME";
    /** The game begins: the opponent's name, and how many stones there are. */
    public static final String START = "START";
    /** To the player whose move it is. */
    public static final String TURN = "TURN";
    /** From that player. */
    public static final String TAKE = "TAKE";
    /** To a player who took what may not be taken. */
    public static final String ILLEGAL = "ILLEGAL";
    /** To both: who took how many, and how many are left. */
    public static final String TOOK = "TOOK";
    /** To both: the game is over. */
    public static final String OVER = "OVER";
    /** In place of a winner. */
    public static final String NOBODY = "-";

    private Words() {}
}
