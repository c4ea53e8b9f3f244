package kit.orchestration.sdk.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

class LoopPlatformTest {

    /** What was said is never seen. */
    private static final class DeafPod extends FindingPod {

        final CompletableFuture<CompletableFuture<Void>> waiting = new CompletableFuture<>();

        DeafPod(Loop loop) {
            super(loop, List.of(Duration.ZERO), Duration.ZERO);
        }

        @Override
        public void await(BooleanSupplier isSo, CompletableFuture<Void> done) {
            waiting.complete(done);
            super.await(isSo, done);
        }

        @Override
        public void open(boolean open) {}

        @Override
        public void drain() {}

        @Override
        public boolean isSaid() {
            return false;
        }

        @Override
        public boolean isClean() {
            return true;
        }

        @Override
        public void free(ClaimedSlot claim) {}

        @Override
        protected void act(boolean isWaitedFor) {}

        @Override
        protected CompletionStage<?> read() {
            return new CompletableFuture<>();
        }

        @Override
        protected Optional<ClaimedSlot> claim(String sessionId) {
            return Optional.empty();
        }

        @Override
        public Optional<VerificationKey> key(String kid) {
            return Optional.empty();
        }

        @Override
        public Optional<String> lost() {
            return Optional.empty();
        }

        @Override
        public String name() {
            return "pod";
        }

        @Override
        public String reasons() {
            return "";
        }
    }

    private static final class DeafPlatform extends LoopPlatform<DeafPod> {

        final DeafPod pod = new DeafPod(loop);

        DeafPlatform() {
            super("loop-platform-test", Duration.ofMinutes(1), Duration.ZERO, Duration.ofSeconds(30));
            held(pod);
        }

        @Override
        protected Boot takeOver(PlatformListener listener) {
            return new Boot("duel", "pod/boot", 1);
        }

        @Override
        public void shutdown() {}
    }

    @Test
    void who_is_interrupted_while_waiting_waits_no_more() {
        try (DeafPlatform platform = new DeafPlatform()) {
            Thread caller = Thread.currentThread();
            platform.pod.waiting.thenRun(caller::interrupt);

            assertThatThrownBy(() -> platform.ready(true))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("interrupted")
                    .hasFieldOrPropertyWithValue("triedOn", true);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(platform.pod.waiting.join()).isCancelled();
        }
    }

    /** What waits for a turn of the loop would wait for ever. */
    @Test
    void who_comes_when_the_loop_is_closed_is_answered_all_the_same() {
        Loop loop = new Loop("loop-platform-test");
        loop.close();
        CompletableFuture<Void> done = new CompletableFuture<>();

        new DeafPod(loop).await(() -> true, done);

        assertThat(done).isDone();
    }
}
