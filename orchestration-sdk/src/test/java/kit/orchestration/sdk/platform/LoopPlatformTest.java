package kit.orchestration.sdk.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

class LoopPlatformTest {

    /** What was said is never seen. */
    private static final class DeafPod implements HeldPod {

        final CompletableFuture<CompletableFuture<Void>> waiting = new CompletableFuture<>();

        @Override
        public void await(BooleanSupplier isSo, CompletableFuture<Void> done) {
            waiting.complete(done);
        }

        @Override
        public void open(boolean open) {}

        @Override
        public void drain() {}

        @Override
        public void stop() {}

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
        public void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer) {}

        @Override
        public Optional<VerificationKey> key(String kid) {
            return Optional.empty();
        }

        @Override
        public Optional<String> problem() {
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

        DeafPlatform(DeafPod pod) {
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
        DeafPod pod = new DeafPod();
        try (DeafPlatform platform = new DeafPlatform(pod)) {
            Thread caller = Thread.currentThread();
            pod.waiting.thenRun(caller::interrupt);

            assertThatThrownBy(() -> platform.ready(true))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("interrupted");

            assertThat(Thread.interrupted()).isTrue();
            assertThat(pod.waiting.join()).isCancelled();
        }
    }
}
