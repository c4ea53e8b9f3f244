package kit.orchestration.engine.matching;

import java.util.List;
import java.util.function.Function;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;

/** What is to be done after an event, in this order, and not under a lock. */
public sealed interface Step {

    /** Write these holds of one pod down; each is answered once. */
    record Write(Candidate candidate, List<Hold> batch) implements Step {}

    /** A call has a claim; if it was settled before, the claim goes back. */
    record Give(Call call, Claim claim) implements Step {}

    /** A claim came when its call had gone on without it. */
    record GiveBack(Claim claim) implements Step {}

    /** A call has ended with an error, which is made when it is told. */
    record Fail(Call call, Function<Call, AllocationException> error) implements Step {}

    /** There is no room for a call. */
    record Refuse(Call call, Reason reason, PodCounts pods, String note) implements Step {}

    /** See whether the session of their request id lives already; then {@link Matching#looked}. */
    record Look(List<Seeker> seekers) implements Step {}

    /** Somebody is to be refused, and waits for the proof of this number or a later one, which has not ended. */
    record Prove(long number) implements Step {}
}
