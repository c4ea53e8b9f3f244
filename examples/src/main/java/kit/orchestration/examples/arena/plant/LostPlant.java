package kit.orchestration.examples.arena.plant;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.examples.arena.pod.Door;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;

/** A game server that forgets to close one session: its game is played, but its slot is never free again. */
final class LostPlant implements Plant {

    private final AtomicReference<String> forgotten = new AtomicReference<>();

    @Override
    public Door door(Door door) {
        return token -> door.enter(token).thenApply(session -> {
            forgotten.compareAndSet(null, session.id());
            return session.id().equals(forgotten.get()) ? new Unclosed(session) : session;
        });
    }

    private record Unclosed(Session session) implements Session {

        @Override
        public String id() {
            return session.id();
        }

        @Override
        public int slot() {
            return session.slot();
        }

        @Override
        public Map<String, String> annotations() {
            return session.annotations();
        }

        @Override
        public boolean isRevoked() {
            return session.isRevoked();
        }

        @Override
        public void close() {
            // This is the fault.
        }

        @Override
        public CompletionStage<EndReason> ended() {
            return session.ended();
        }
    }
}
