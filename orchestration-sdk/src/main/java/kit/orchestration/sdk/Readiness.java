package kit.orchestration.sdk;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Whether the pod takes sessions, and what its probes are answered. Reading never blocks. */
final class Readiness {

    private enum Phase {
        UNREADY,
        READY,
        DRAINING,
        CLOSED
    }

    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.UNREADY);
    private final Health health;

    Readiness(Health health) {
        this.health = health;
    }

    /** The last word counts, while the backend's call that follows is under way or tried on. */
    void ready(boolean ready) {
        Phase before = phase.getAndUpdate(
                now -> now == Phase.CLOSED || now == Phase.DRAINING ? now : ready ? Phase.READY : Phase.UNREADY);
        checkOpen(before);
        if (ready && before == Phase.DRAINING) {
            throw new IllegalStateException("the server is draining: it can't be ready again in this process");
        }
    }

    /** The backend does not have it, and does not try on. */
    void readyHasFailed() {
        phase.compareAndSet(Phase.READY, Phase.UNREADY);
    }

    boolean isReady() {
        return phase.get() == Phase.READY;
    }

    void drain() {
        checkOpen(phase.getAndUpdate(now -> now == Phase.CLOSED ? now : Phase.DRAINING));
    }

    /** True for the first call only. */
    boolean close() {
        return phase.getAndSet(Phase.CLOSED) != Phase.CLOSED;
    }

    boolean isClosed() {
        return phase.get() == Phase.CLOSED;
    }

    void checkOpen() {
        checkOpen(phase());
    }

    private static void checkOpen(Phase now) {
        if (now == Phase.CLOSED) {
            throw new IllegalStateException("the server is closed");
        }
    }

    /** The answer to a probe. */
    ProbeAnswer answer(String path) {
        return switch (path) {
            case "/healthz" -> answer(health.problem());
            case "/readyz" ->
                switch (phase()) {
                    case READY -> answer(health.hindrance());
                    case UNREADY -> new ProbeAnswer(503, "not ready: ready() was not called, or unready() after it");
                    case DRAINING -> new ProbeAnswer(503, "draining");
                    case CLOSED -> new ProbeAnswer(503, "closed");
                };
            default -> ProbeAnswer.refusal(404);
        };
    }

    private Phase phase() {
        return Objects.requireNonNull(phase.get());
    }

    private static ProbeAnswer answer(Optional<String> problem) {
        return problem.map(why -> new ProbeAnswer(503, why)).orElseGet(() -> new ProbeAnswer(200, "ok"));
    }
}
