package kit.orchestration.engine;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.matching.Hold;
import kit.orchestration.engine.matching.Matching;

/**
 * A slot kept for a call while the backend writes it down. The backend gives it one answer; of several the first
 * counts, and a claim that comes late is given back.
 *
 * @param <H> the backend's handle of a pod
 */
public final class Reservation<H> {

    /** What so many pods have refused is refused for what it brings with it: the call ends. */
    public static final int REFUSALS = 16;

    private final Pool<H> pool;
    private final Pod<H> pod;
    private final Hold hold;
    private final String sessionId;

    Reservation(Pool<H> pool, Pod<H> pod, Hold hold, String sessionId) {
        this.pool = pool;
        this.pod = pod;
        this.hold = hold;
        this.sessionId = sessionId;
    }

    /** The request it is kept for. */
    public AllocateReq request() {
        return call().request();
    }

    /** The pod. */
    public Pod<H> pod() {
        return pod;
    }

    /** The slot's number. */
    public int slot() {
        return hold.slot();
    }

    /** The slot's version that the write must find, an even one: twice the use count. */
    public long version() {
        return hold.version();
    }

    /** The id that the session will have. */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Whether anybody still wants it: false once its caller is gone (cancelled, interrupted, timed out), so that what
     * is not written yet need not be. It must be answered all the same; a claim for it is given back. May be false a
     * moment later.
     */
    public boolean isWanted() {
        return !call().isSettled();
    }

    /**
     * The slots of these are held now, and whose they are is not known yet: each still has to be answered. The
     * pod's next batch may depart meanwhile.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void written(List<Reservation<H>> batch) {
        tell(batch, Matching::written);
    }

    /**
     * What becomes of these takes its time, as where the backend does not answer: they keep their slots, and whoever
     * has to be sure of those waits; but other writes may depart meanwhile. Each still has to be answered.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void delayed(List<Reservation<H>> batch) {
        tell(batch, Matching::delayed);
    }

    /**
     * Whether each of these could as well have gone to another pod: nobody waits for what ends on theirs.
     *
     * @param batch reservations of one batch, or some of them; at least one
     */
    public static <H> boolean isRoomElsewhere(List<Reservation<H>> batch) {
        List<Hold> holds = holds(batch);
        return batch.get(0).pool.see(matching -> matching.isRoomElsewhere(holds));
    }

    /** The slot is held now. */
    public void applied(Claim claim) {
        pool.turn(matching -> matching.applied(hold, claim));
    }

    /**
     * As {@link #applied} for each of these, in one turn of the pool: what it leads to departs together.
     *
     * @param batch reservations of one batch, or some of them
     * @param claims makes the claim of each; called before anything is answered
     */
    public static <H> void appliedAll(List<Reservation<H>> batch, Function<Reservation<H>, Claim> claims) {
        List<Claim> made = batch.stream().map(claims).toList();
        tell(batch, (matching, holds) -> matching.applied(holds, made));
    }

    /** Nothing was written: the request id's session lives already, and this is it. */
    public void twin(Claim claim) {
        pool.turn(matching -> matching.twin(hold, claim));
    }

    /**
     * Nothing was written, since somebody else was faster. The backend tells the pool what it saw before it answers
     * this, else the same slot is picked again. The call goes on with another slot.
     */
    public void lost() {
        pool.turn(matching -> matching.lost(List.of(hold)));
    }

    /**
     * As {@link #lost} for each of these, in one turn of the pool: those that go on with the same pod depart together.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void lostAll(List<Reservation<H>> batch) {
        tell(batch, Matching::lost);
    }

    /**
     * Nothing was written, since this pod has slots free but no room for what this request brings with it: its ledger
     * can't take that many bytes. The call goes on with other pods. To everybody the pod counts as full until something
     * of it goes free or is told anew, or a write there comes to nothing: so a large request's turn comes, and small
     * ones don't overtake it for ever.
     */
    public void unfit() {
        pool.turn(matching -> matching.unfit(hold));
    }

    /**
     * Nothing was written, since the backend won't: be it for what the pod is, or for what the request brings with it.
     * The call goes on with other pods, and waits for these, if any takes sessions; its reservations there tell of this
     * pod by {@link #refusedBy}. It ends with this error if its time is up, and once many have refused it.
     *
     * @param error makes the error for each try of the request
     */
    public void refused(Function<AllocateReq, AllocationException> error) {
        pool.turn(matching -> matching.refused(hold, call -> error.apply(call.request())));
    }

    /**
     * Nothing was written, and the slots are as they were. The calls go on: elsewhere if there is room, or else here.
     *
     * @param batch reservations of one batch, or some of them
     */
    public static <H> void unwritten(List<Reservation<H>> batch) {
        tell(batch, Matching::unwritten);
    }

    /** The pods whose reservations for this call were {@link #refused}. */
    @SuppressWarnings("unchecked") // each candidate is that of a pod which this pool has made
    public List<Pod<H>> refusedBy() {
        return hold.refusedBy().stream().map(pod -> (Pod<H>) pod.pod()).toList();
    }

    /**
     * The call ends with this error; others may be sent to the slot. Where it may have been written after all, the
     * backend tells the pool what it saw before it answers this; where it still may be, by a write that comes late, it
     * waits until it knows, or writes so that what was done before is noticed.
     */
    public void failed(AllocationException error) {
        pool.turn(matching -> matching.failed(hold, error));
    }

    Call call() {
        return hold.call();
    }

    private static <H> void tell(List<Reservation<H>> batch, BiConsumer<Matching, List<Hold>> answer) {
        if (!batch.isEmpty()) {
            List<Hold> holds = holds(batch);
            batch.get(0).pool.turn(matching -> answer.accept(matching, holds));
        }
    }

    private static <H> List<Hold> holds(List<Reservation<H>> batch) {
        Pod<H> pod = batch.get(0).pod;
        for (Reservation<H> reservation : batch) {
            if (reservation.pod != pod) {
                throw new IllegalArgumentException("reservations must be of one batch, were of pods " + pod.name()
                        + " and " + reservation.pod.name());
            }
        }
        return batch.stream().map(reservation -> reservation.hold).toList();
    }
}
