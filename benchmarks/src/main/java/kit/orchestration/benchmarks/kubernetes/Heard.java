package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocatorListener;
import kit.orchestration.benchmarks.Quantiles;
import org.jspecify.annotations.Nullable;

/** Counts what the allocators' listeners are told, of all allocators together. */
final class Heard implements AllocatorListener {

    private static final String CLAIM = "claim";
    /** How the error of a write that lost a test begins to say so. */
    private static final String LOST = "answered 422";

    private final LongAdder sessions = new LongAdder();
    private final LongAdder claims = new LongAdder();
    private final LongAdder lostClaims = new LongAdder();
    private final LongAdder failedClaims = new LongAdder();
    private final Map<String, Integer> others = new TreeMap<>(); // guarded by this
    private Samples took = new Samples(); // guarded by this

    @Override
    public void allocated(AllocateReq req, Allocation allocation, Duration took) {
        sessions.increment();
    }

    @Override
    public void backendCall(String pool, String operation, int carried, Duration took, @Nullable Throwable error) {
        if (!operation.equals(CLAIM)) {
            synchronized (this) {
                others.merge(operation, 1, Integer::sum);
            }
            return;
        }
        synchronized (this) {
            Heard.this.took.add(took.toNanos());
        }
        if (error == null) {
            claims.increment();
        } else if (String.valueOf(error.getMessage()).contains(LOST)) {
            lostClaims.increment();
        } else {
            failedClaims.increment();
        }
    }

    /** The given share of claim calls since the last time took no longer than that, in milliseconds. */
    synchronized double claimMillis(double share) {
        return Quantiles.of(took.stream().boxed().toList(), share) / 1e6;
    }

    /** How long claims took since the last time, and what calls there were beside them. */
    synchronized String takeCalls() {
        List<Long> nanos = took.stream().boxed().toList();
        String text = String.format(
                Locale.ROOT,
                "claim calls: p50 %.1f ms, p99 %.1f ms; beside them %s",
                Quantiles.of(nanos, 0.5) / 1e6,
                Quantiles.of(nanos, 0.99) / 1e6,
                others.isEmpty() ? "none" : others);
        took = new Samples();
        others.clear();
        return text;
    }

    long sessions() {
        return sessions.sum();
    }

    long claims() {
        return claims.sum();
    }

    long lostClaims() {
        return lostClaims.sum();
    }

    long failedClaims() {
        return failedClaims.sum();
    }
}
