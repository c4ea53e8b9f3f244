package kit.orchestration.engine.matching;

import java.util.Set;
import kit.orchestration.engine.Call;
import org.jspecify.annotations.Nullable;

/** A slot that is kept for a call until the backend has answered. */
public final class Hold {

    final Seeker seeker;
    final Candidate candidate;
    final int slot;
    private final long version;
    /** Grows with each hold of the pool. */
    final long number;

    private final Set<Candidate> refusedBy;

    /** Whether its write has departed. */
    boolean departed;

    /** Whether the writer that wrote it is free for others. */
    boolean apart;

    /** Whether its slot is held, though it has no answer yet. */
    boolean written;

    boolean answered;

    /** Its neighbours in {@link InFlight}. */
    @Nullable
    Hold next;

    @Nullable
    Hold previous;

    Hold(Seeker seeker, Candidate candidate, int slot, long number) {
        this.seeker = seeker;
        this.candidate = candidate;
        this.slot = slot;
        this.version = candidate.slots.version(slot);
        this.number = number;
        this.refusedBy = seeker.demand.but();
    }

    /** Whom it is kept for. */
    public Call call() {
        return seeker.call;
    }

    /** The slot's number. */
    public int slot() {
        return slot;
    }

    /** The slot's version that the write must find. */
    public long version() {
        return version;
    }

    /** The pods that would not take its call before. */
    public Set<Candidate> refusedBy() {
        return refusedBy;
    }

    /** Whether its slot may turn out to be free, and is then of use to that demand. */
    boolean mayYetServe(Demand demand) {
        return !answered
                && !written
                && candidate.listing.isListed()
                && candidate.isReady()
                && demand.matches(candidate);
    }

    /** Whether its write would come to nothing, as far as was told of the pod and the slot. */
    boolean isInVain() {
        return !mayYetServe(seeker.demand) || !candidate.slots.isFreeAt(slot, version);
    }

    @Override
    public String toString() {
        return "Hold[" + number + " of " + candidate + " " + slot + "]";
    }
}
