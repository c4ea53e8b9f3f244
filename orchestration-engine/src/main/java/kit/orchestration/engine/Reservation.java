package kit.orchestration.engine;

import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import org.jspecify.annotations.Nullable;

/**
 * A slot kept for a call while the backend writes it down. The backend gives it one answer; of several the first counts,
 * and a claim that comes late is given back.
 *
 * @param <H> the backend's handle of a pod
 */
public final class Reservation<H> {

    /** How a write of it ended. */
    enum Answer {
        APPLIED,
        TWIN,
        LOST,
        FAILED,
        UNKNOWN
    }

    private final Pool<H> pool;
    private final Call call;
    private final Pod<H> pod;
    private final int slot;
    private final long version;
    private final String sessionId;

    /** What its batch departs with; set when it does. Guarded by the pool's lock, as the next. */
    @Nullable
    Deferred departure;

    boolean answered;

    /** Its neighbours in the pool's {@link InFlight}; guarded by the pool's lock. */
    @Nullable
    Reservation<H> next;

    @Nullable
    Reservation<H> previous;

    Reservation(Pool<H> pool, Call call, Pod<H> pod, int slot, String sessionId) {
        this.pool = pool;
        this.call = call;
        this.pod = pod;
        this.slot = slot;
        this.version = pod.version(slot);
        this.sessionId = sessionId;
    }

    /** The request it is kept for. */
    public AllocateReq request() {
        return call.request();
    }

    /** The pod. */
    public Pod<H> pod() {
        return pod;
    }

    /** The slot's number. */
    public int slot() {
        return slot;
    }

    /** The slot's version that the write must find, an even one: twice the use count. */
    public long version() {
        return version;
    }

    /** The id that the session will have. */
    public String sessionId() {
        return sessionId;
    }

    /** The slot is held now. */
    public void applied(Claim claim) {
        pool.answered(this, Answer.APPLIED);
        pool.settle(call, claim);
    }

    /** Nothing was written: the request id's session lives already, and this is it. */
    public void twin(Claim claim) {
        pool.answered(this, Answer.TWIN);
        pool.settle(call, claim);
    }

    /**
     * Nothing was written, since somebody else was faster. The backend tells the pool what it saw before it answers this,
     * else the same slot is picked again. The call goes on with another slot.
     */
    public void lost() {
        pool.answered(this, Answer.LOST);
    }

    /** Nothing was written, and the call ends with this error. */
    public void failed(AllocationException error) {
        if (pool.answered(this, Answer.FAILED)) {
            call.fail(error);
        }
    }

    /**
     * It is not known whether anything was written; the call ends with this error. The slot stays out of use until the
     * backend has fenced it and says so by {@link Pool#fenced}.
     */
    public void unknown(AllocationException error) {
        if (pool.answered(this, Answer.UNKNOWN)) {
            call.fail(error);
        }
    }

    Call call() {
        return call;
    }
}
