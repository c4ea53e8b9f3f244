package kit.orchestration.examples;

import java.util.function.Consumer;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;

/** The pod's side: the README shows the region below. It is the same on every backend. */
public final class PodSnippet {

    private final GameServer server;
    private final Consumer<Session> game;

    /**
     * A game server.
     *
     * @param server the SDK; {@link GameServer#fromEnvironment()} in a real pod
     * @param game plays a session, and returns when it is over
     */
    public PodSnippet(GameServer server, Consumer<Session> game) {
        this.server = server;
        this.game = game;
    }

    // tag::pod[]
    void open() {
        server.ready(); // from now on sessions are allocated here
    }

    /** A player has connected and sent the token that the matchmaker gave it. */
    boolean connected(String token) throws InterruptedException {
        try (Session session = server.start(token)) {
            game.accept(session);
            return true;
        } catch (TokenRefusedException refused) {
            return false; // forged, expired, for another pod: tell the player no more than 'refused'
        } // closing the session has freed its slot
    }
    // end::pod[]
}
