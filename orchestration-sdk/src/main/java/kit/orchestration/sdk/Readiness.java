package kit.orchestration.sdk;

import java.util.Objects;
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

    void ready() {
        phase.compareAndSet(Phase.UNREADY, Phase.READY);
    }

    void unready() {
        phase.compareAndSet(Phase.READY, Phase.UNREADY);
    }

    void drain() {
        phase.updateAndGet(now -> now == Phase.CLOSED ? now : Phase.DRAINING);
    }

    /** True for the first call only. */
    boolean close() {
        return phase.getAndSet(Phase.CLOSED) != Phase.CLOSED;
    }

    void checkOpen() {
        if (phase() == Phase.CLOSED) {
            throw new IllegalStateException("the server is closed");
        }
    }

    void checkNotDraining() {
        checkOpen();
        if (phase() == Phase.DRAINING) {
            throw new IllegalStateException("the server is draining: it can't be ready again in this process");
        }
    }

    /** The answer to a probe. */
    ProbeAnswer answer(String path) {
        return switch (path) {
            case "/healthz" -> answerHealth();
            case "/readyz" ->
                switch (phase()) {
                    case READY -> answerHealth();
                    case UNREADY -> new ProbeAnswer(503, "not ready");
                    case DRAINING -> new ProbeAnswer(503, "draining");
                    case CLOSED -> new ProbeAnswer(503, "closed");
                };
            default -> ProbeAnswer.refusal(404);
        };
    }

    private Phase phase() {
        return Objects.requireNonNull(phase.get());
    }

    private ProbeAnswer answerHealth() {
        String problem = health.problem();
        return problem == null ? new ProbeAnswer(200, "ok") : new ProbeAnswer(503, problem);
    }
}
