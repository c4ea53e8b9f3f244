package kit.orchestration.examples.arena.game;

/**
 * The rules of the game: a heap of stones, two players who take one to three in turn, and who takes the last one wins.
 * Not safe for several threads.
 */
public final class Stones {

    /** The most stones that may be taken at once. */
    public static final int MOST = 3;

    private int left;
    private int turn;

    /**
     * A new game; player 0 begins.
     *
     * @throws IllegalArgumentException if there is no stone
     */
    public Stones(int stones) {
        if (stones < 1) {
            throw new IllegalArgumentException("stones must be at least 1, was %s".formatted(stones));
        }
        left = stones;
    }

    /** How many stones are left. */
    public int left() {
        return left;
    }

    /** Whose turn it is: 0 or 1. After the last stone, the loser's. */
    public int turn() {
        return turn;
    }

    /** Whether this many may be taken now. */
    public boolean isLegal(int stones) {
        return stones >= 1 && stones <= Math.min(MOST, left);
    }

    /**
     * Takes stones for the player whose turn it is.
     *
     * @return whether that has won the game
     * @throws IllegalArgumentException if that is no legal move
     */
    public boolean take(int stones) {
        if (!isLegal(stones)) {
            throw new IllegalArgumentException("one may take 1 to %s, not %s".formatted(Math.min(MOST, left), stones));
        }
        left -= stones;
        turn = 1 - turn;
        return left == 0;
    }
}
