package kit.orchestration.engine.matching;

import java.util.Comparator;
import java.util.function.Function;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.Call;
import org.jspecify.annotations.Nullable;

/** A call, as the matching knows it. */
public final class Seeker {

    /** Who chooses first. */
    static final Comparator<Seeker> ORDER = (one, other) -> one.priority() != other.priority()
            ? Integer.compare(other.priority(), one.priority())
            : Long.compare(one.call.arrival(), other.call.arrival());

    /** Where it stands. */
    enum Stage {
        /** Nowhere: not yet, or not any more. */
        OUTSIDE,
        /** It is being seen whether the session of its request id lives. */
        LOOKING,
        /** It waits for room, or for what another try of its request comes to. */
        WAITING,
        /** It has a {@link Hold} that is not answered yet. */
        HOLDING
    }

    final Call call;
    Demand demand;
    Stage stage = Stage.OUTSIDE;
    /** Whether its time to wait is up. */
    boolean overdue;
    /** Whether its caller is. Nothing is done for it any more. */
    boolean gone;

    private boolean untouched;

    @Nullable
    Hold hold;
    /** The tries of its request, while it is one of them. */
    Twins.@Nullable Family family;
    /** Whether it has been one that waits or is written, and so has what a later try must ask for, too. */
    boolean joined;
    /** What the last pod has said that would not take its request: it is told that if no other has room in its time. */
    @Nullable
    Function<Call, AllocationException> refusal;
    /** What its family had been told when it was last seen whether its session lives. */
    long told;
    /** Where it stands if its time is up; this and the next six are of {@link Refusals}. */
    Refusals.@Nullable Line line;

    long lastHold;
    long lastTaken;
    /** The first proof that began after its time was up, and the one that it waits for. */
    long firstProof = Long.MAX_VALUE;

    long proof = Long.MAX_VALUE;
    /** Whether that has ended. */
    boolean proven;
    /** What others had taken when it began to wait for that. */
    long takenByOthers;
    /** For how many it has waited in vain. */
    int outrun;

    /** A call that stands nowhere yet. */
    public Seeker(Call call) {
        this.call = call;
        demand = new Demand(call.request().selectors());
    }

    private int priority() {
        return call.request().priority();
    }

    /** Whether it asked to wait for room. */
    boolean isPatient() {
        return !call.request().maxWait().isZero();
    }

    @Nullable
    String requestKey() {
        return call.requestKey();
    }

    /** The call. */
    public Call call() {
        return call;
    }

    /** Whether nothing was written for it when it went, nor will be. */
    public boolean isUntouched() {
        return untouched;
    }

    /** Its request was refused by pods: it is for others. */
    void refused(Demand others, Function<Call, AllocationException> error) {
        demand = others;
        refusal = error;
    }

    void goes() {
        gone = true;
        untouched = hold == null ? stage != Stage.OUTSIDE : !hold.departed;
    }

    /** It has its answer. */
    void forgets() {
        hold = null;
        stage = Stage.OUTSIDE;
    }

    @Override
    public String toString() {
        return "Seeker[" + call + ", " + stage + "]";
    }
}
