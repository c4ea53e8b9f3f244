package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocatorListener;
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

    @Override
    public void allocated(AllocateReq req, Allocation allocation, Duration took) {
        sessions.increment();
    }

    @Override
    public void backendCall(String pool, String operation, int carried, Duration took, @Nullable Throwable error) {
        if (!operation.equals(CLAIM)) {
            return;
        }
        if (error == null) {
            claims.increment();
        } else if (String.valueOf(error.getMessage()).contains(LOST)) {
            lostClaims.increment();
        } else {
            failedClaims.increment();
        }
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
