package kit.orchestration.engine;

import java.util.List;
import java.util.function.Function;
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
    /** Whether its slot is known to be held, though it has no answer yet; guarded by the pool's lock. */
    boolean written;

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

    /**
     * Whether anybody still wants it: false once its caller is gone (cancelled, interrupted, timed out), so that what is not
     * written yet need not be. It must be answered all the same; a claim for it is given back. May be false a moment later.
     */
    public boolean isWanted() {
        return !call.isSettled();
    }

    /**
     * The slots of these are held now, and whose they are is not known yet: each still has to be answered, except by {@link
     * #unknown}. The pod's next batch may depart meanwhile. To be called at most once for each.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void written(List<Reservation<H>> batch) {
        if (!batch.isEmpty()) {
            batch.get(0).pool.written(batch);
        }
    }

    /** The slot is held now. */
    public void applied(Claim claim) {
        pool.answered(List.of(this), Answer.APPLIED);
        pool.settle(call, claim);
    }

    /**
     * As {@link #applied} for each of these, in one turn of the pool's lock: what it leads to departs together.
     *
     * @param batch reservations of one batch, or some of them
     * @param claims makes the claim of each; called before anything is answered
     */
    public static <H> void appliedAll(List<Reservation<H>> batch, Function<Reservation<H>, Claim> claims) {
        List<Claim> made = batch.stream().map(claims).toList();
        answered(batch, Answer.APPLIED);
        Deferred settle = new Deferred();
        for (int i = 0; i < made.size(); i++) {
            Reservation<H> reservation = batch.get(i);
            Claim claim = made.get(i);
            settle.add(() -> reservation.pool.settle(reservation.call, claim));
        }
        settle.run();
    }

    /** Nothing was written: the request id's session lives already, and this is it. */
    public void twin(Claim claim) {
        pool.answered(List.of(this), Answer.TWIN);
        pool.settle(call, claim);
    }

    /**
     * Nothing was written, since somebody else was faster. The backend tells the pool what it saw before it answers this,
     * else the same slot is picked again. The call goes on with another slot.
     */
    public void lost() {
        pool.answered(List.of(this), Answer.LOST);
    }

    /**
     * As {@link #lost} for each of these, in one turn of the pool's lock: those that go on with the same pod depart together.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void lostAll(List<Reservation<H>> batch) {
        answered(batch, Answer.LOST);
    }

    /** Nothing was written, and the call ends with this error. */
    public void failed(AllocationException error) {
        if (pool.answered(List.of(this), Answer.FAILED) > 0) {
            call.fail(error);
        }
    }

    /**
     * It is not known whether anything was written; the call ends with this error. The slot stays out of use until the
     * backend has fenced it and says so by {@link Pool#fenced}.
     */
    public void unknown(AllocationException error) {
        if (pool.answered(List.of(this), Answer.UNKNOWN) > 0) {
            call.fail(error);
        }
    }

    Call call() {
        return call;
    }

    private static <H> void answered(List<Reservation<H>> batch, Answer answer) {
        if (batch.isEmpty()) {
            return;
        }
        Pod<H> pod = batch.get(0).pod;
        for (Reservation<H> reservation : batch) {
            if (reservation.pod != pod) {
                throw new IllegalArgumentException("reservations must be of one batch, were of pods %s and %s"
                        .formatted(pod.name(), reservation.pod.name()));
            }
        }
        batch.get(0).pool.answered(batch, answer);
    }
}
