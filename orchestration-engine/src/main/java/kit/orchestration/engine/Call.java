package kit.orchestration.engine;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.matching.Seeker;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way. It is settled once: with a claim, with an error, or by the caller who no longer wants it. Who
 * claims a slot for a call that was settled before must give the slot back: {@link #claimed} tells.
 */
public final class Call {

    /** Of a call that goes nowhere. */
    private static final Placer NOWHERE = new Placer() {
        @Override
        public void place(Call call) {}

        @Override
        public void overdue(Call call) {}

        @Override
        public boolean withdraw(Call call, boolean timeIsOver) {
            return true;
        }

        @Override
        public void giveBack(Claim claim) {}
    };

    private final AllocateReq request;
    private final Placer placer;
    private final @Nullable String requestKey;
    private final long arrival;
    private final long startNanos;
    private final CompletableFuture<Claim> outcome = new CompletableFuture<>();

    /** What its {@link Pool} knows of it. */
    private final Seeker seeker;

    /**
     * A call.
     *
     * @param request what is asked for
     * @param requestKey what its retries share, as the backend's ledger has it; null if it has no request id
     * @param placer who finds its slot
     * @param arrival grows with each call of an allocator, and decides between equal priorities
     * @param startNanos when it came, by the allocator's monotonic clock
     */
    public Call(AllocateReq request, @Nullable String requestKey, Placer placer, long arrival, long startNanos) {
        this.request = request;
        this.requestKey = requestKey;
        this.placer = placer;
        this.arrival = arrival;
        this.startNanos = startNanos;
        seeker = new Seeker(this);
    }

    Seeker seeker() {
        return seeker;
    }

    /** A call that failed before anybody could be asked to place it. */
    static Call failed(AllocateReq request, long startNanos, Throwable error) {
        Call call = new Call(request, null, NOWHERE, -1, startNanos);
        call.fail(error);
        return call;
    }

    /** What is asked for. */
    public AllocateReq request() {
        return request;
    }

    /** Who finds its slot. */
    Placer placer() {
        return placer;
    }

    /** Its place among the calls of its allocator. */
    public long arrival() {
        return arrival;
    }

    /** How long ago it came. */
    Duration waited(long nowNanos) {
        return Duration.ofNanos(nowNanos - startNanos);
    }

    /** Settles the call with a claim; false if it was settled before, and the claim is nobody's. */
    public boolean claimed(Claim claim) {
        return outcome.complete(claim);
    }

    /**
     * Settles the call with an error, an {@link AllocationException} if all is well; false if it was settled before.
     */
    public boolean fail(Throwable error) {
        // A future that is completed with it as it is counts as cancelled, and that is the caller's word alone.
        return outcome.completeExceptionally(
                error instanceof CancellationException ? new CompletionException(error) : error);
    }

    /** Whether it is settled. */
    public boolean isSettled() {
        return outcome.isDone();
    }

    /** The caller no longer wants it; false if it was settled before. */
    boolean abandon() {
        return outcome.cancel(false);
    }

    CompletableFuture<Claim> outcome() {
        return outcome;
    }

    /** What its retries share, null if it has no request id. */
    public @Nullable String requestKey() {
        return requestKey;
    }

    @Override
    public String toString() {
        return "Call[" + arrival + ", " + request + "]";
    }
}
