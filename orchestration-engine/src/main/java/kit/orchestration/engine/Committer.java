package kit.orchestration.engine;

import java.util.List;
import java.util.concurrent.CompletionStage;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException.PodCounts;
import org.jspecify.annotations.Nullable;

/**
 * What a backend does for a {@link Pool}: it writes reservations down. But for {@link Proofs} called outside the pool's
 * lock, by several threads at once.
 *
 * @param <H> the backend's handle of a pod
 */
public interface Committer<H> extends Proofs {

    /**
     * Writes reservations of one pod, and answers each exactly once by {@link Reservation#applied} and its sisters, on
     * any thread, before or after it returns. Must not block if the backend is remote.
     */
    void commit(H pod, List<Reservation<H>> batch);

    /**
     * The live session of the call's request id, null if there is none that this allocator can see. A look into memory;
     * what has to be done before its token opens the session is done by the time the stage is complete. Whoever gets a
     * claim from it has a share in the session: {@link #giveBack} ends just that share.
     *
     * @return a stage that ends with the claim; with null if the session has ended meanwhile, and the call goes on; or
     *     with the {@link AllocationException} that the call fails with
     * @throws AllocationException what the call fails with: a {@link kit.orchestration.RequestConflictException} if
     *     that session's request had other contents
     */
    @Nullable
    CompletionStage<@Nullable Claim> existing(Call call);

    /**
     * Somebody waits for a proof of this number or a later one: if it has not begun it begins soon, and it ends with
     * {@link Pool#look}. Asked for again, and often, while somebody waits. Does not block.
     */
    default void prove(long number) {}

    /** What to do about pods that were no good to a request, for the text of its refusal; empty for nothing. */
    default String wayOut(AllocateReq request, PodCounts pods) {
        return "";
    }

    /** A claim that no caller was given, or that a caller did not take: its slot goes free. Does not block or throw. */
    void giveBack(Claim claim);
}
