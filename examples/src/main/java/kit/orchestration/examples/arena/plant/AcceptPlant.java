package kit.orchestration.examples.arena.plant;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.examples.arena.pod.Door;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;

/** A game server that does not mind a refusal, once: it lets the stranger into a room all the same. */
final class AcceptPlant implements Plant {

    private final AtomicBoolean armed = new AtomicBoolean(true);

    @Override
    public Door door(Door door) {
        return token -> door.enter(token)
                .exceptionallyCompose(refused -> armed.compareAndSet(true, false)
                        ? CompletableFuture.completedFuture(
                                new MadeUp("made-up-" + UUID.randomUUID(), new CompletableFuture<>()))
                        : CompletableFuture.failedFuture(refused));
    }

    /** A session that no allocator knows of. */
    private record MadeUp(String id, CompletableFuture<EndReason> end) implements Session {

        @Override
        public int slot() {
            return 0;
        }

        @Override
        public Map<String, String> annotations() {
            return Map.of();
        }

        @Override
        public boolean isRevoked() {
            return false;
        }

        @Override
        public void close() {
            end.complete(EndReason.CLOSED);
        }

        @Override
        public CompletionStage<EndReason> ended() {
            return end;
        }
    }
}
