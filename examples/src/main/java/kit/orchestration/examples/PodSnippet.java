package kit.orchestration.examples;

import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;

/** The pod's side: the README shows the region below. It is the same on every backend. */
public final class PodSnippet {

    private final GameServer server;
    private final Game game;

    /** A player's connection to this game server. */
    public interface Player {

        /** Sends it away, and tells it no more than that. */
        void refuse();
    }

    /** What this game server plays. */
    public interface Game {

        /** A player joins a session. Whoever ends the game calls {@link Session#close()}, which frees the slot. */
        void join(Session session, Player player);
    }

    /**
     * A game server.
     *
     * @param server the SDK; {@link GameServer#fromEnvironment()} in a real pod
     * @param game plays the sessions
     */
    public PodSnippet(GameServer server, Game game) {
        this.server = server;
        this.game = game;
    }

    // tag::pod[]
    void open() {
        server.ready(); // from now on sessions are allocated here
    }

    /** A player has connected and sent the token that the matchmaker gave it. */
    void connected(String token, Player player) {
        server.enter(token).whenComplete((session, refused) -> { // the first one starts it, the others join
            if (refused != null) {
                player.refuse(); // forged, expired, for another pod: tell the player no more than that
            } else {
                game.join(session, player); // at the end: session.close(), and the slot is free
            }
        });
    }
    // end::pod[]
}
