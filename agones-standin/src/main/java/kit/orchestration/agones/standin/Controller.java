package kit.orchestration.agones.standin;

import java.util.concurrent.Executor;

/** What Agones' controllers do: a server that asks to be ready is made so, one that shuts down is deleted. */
final class Controller {

    /** What the sidecar writes for Ready. */
    static final String REQUEST_READY = "RequestReady";

    private final Store store;
    private final Executor executor;

    Controller(Store store, Executor executor) {
        this.store = store;
        this.executor = executor;
        store.watch(this::note);
    }

    private void note(GameServer server) {
        if (server.deleted()) {
            return;
        }
        if (server.state().equals(REQUEST_READY)) {
            executor.execute(() -> store.force(
                    server.name(), now -> now.state().equals(REQUEST_READY) ? now.state(GameServer.READY) : now));
        } else if (server.state().equals(GameServer.SHUTDOWN)) {
            executor.execute(() -> store.force(server.name(), GameServer::leaving));
        }
    }
}
