package kit.orchestration.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.PoolStatus;

/**
 * A pool as one allocator sees it: its pods, what is reserved, who waits. Calls come in by {@link #place}, news of the
 * backend by {@link #update}, {@link #remove}, {@link #slotSeen} and {@link #slotsSeen}, from any thread and in any order.
 *
 * <p>One lock guards all that a pool knows, its {@link Matching}. Each piece of news, each call and each batch of answers
 * is one turn of it; at the end of the turn what it has led to departs, so as few writes as can be, and after it the writes
 * are made.
 *
 * @param <H> the backend's handle of a pod
 */
public final class Pool<H> implements Placer {

    /** What a pool is told when it is made. */
    public record Settings(
            String name,
            Placement placement,
            GroupLimit groupLimit,
            int waitingLimit,
            int firstSlot,
            boolean listed,
            SessionIds sessionIds,
            LongSupplier nanoTime) {}

    private final Settings settings;
    private final Committer<H> committer;

    /** Guards the next. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Matching<H> matching;

    /**
     * An empty pool.
     *
     * @param settings name, placement and bounds; {@code firstSlot} is where this allocator begins to look for a free slot
     *     on a pod, so that several don't all try the same; {@code listed} is false if {@link #listed()} will be called
     * @param committer the backend
     */
    public Pool(Settings settings, Committer<H> committer) {
        this.settings = settings;
        this.committer = committer;
        matching = new Matching<>(this, settings, committer);
    }

    /** The pool's name. */
    public String name() {
        return settings.name();
    }

    // ---- calls ----

    @Override
    public void place(Call call) {
        if (call.isSettled() || settledByTwin(call)) {
            return;
        }
        Deferred after = new Deferred();
        boolean waits;
        lock.lock();
        try {
            waits = !matching.place(call, after);
            matching.depart(after);
        } finally {
            lock.unlock();
        }
        after.run();
        if (waits) {
            seated(call);
        }
    }

    @Override
    public void overdue(Call call) {
        turn(after -> matching.overdue(call, after));
    }

    @Override
    public boolean withdraw(Call call) {
        lock.lock();
        try {
            return matching.unseat(call);
        } finally {
            lock.unlock();
        }
    }

    // ---- news from the backend ----

    /**
     * Makes a pod, which is not among the pool's until its first {@link #update}. Takes no lock.
     *
     * @param name its name
     * @param handle the backend's handle of it
     * @param versions the version of each of its slots, as far as known; else 0
     */
    public Pod<H> pod(String name, H handle, long[] versions) {
        return new Pod<>(name, handle, versions);
    }

    /**
     * A pod's state and labels. Does nothing if news of the same or a later revision was told before, or the pod was
     * removed.
     *
     * @param pod the pod
     * @param revision grows with each change of the pod
     * @param state whether it takes new sessions
     * @param labels what selectors are matched against
     */
    public void update(Pod<H> pod, long revision, PodState state, Map<String, String> labels) {
        news(pod, () -> matching.update(pod, revision, state, labels));
    }

    /**
     * Which pods are filled first where placement is {@code PACKED}: those of the lowest rank that has room, and of them the
     * fullest. {@code SPREAD} does not look at it. A rank refuses nobody: when no other pod has room, those of rank 2 are
     * taken, a quarter of their free slots at a time.
     *
     * @param pod the pod
     * @param rank 0 is preferred, 1 is what a pod has that no rank was told of, 2 is left to others
     */
    public void rank(Pod<H> pod, int rank) {
        if (rank < 0 || rank > Pod.LAST_RANK) {
            throw new IllegalArgumentException("rank must be 0, 1 or 2, was %d for pod %s".formatted(rank, pod.name()));
        }
        news(pod, () -> pod.rank = rank);
    }

    /** A pod is gone for ever, and its sessions with it. */
    public void remove(Pod<H> pod) {
        news(pod, () -> matching.remove(pod));
    }

    /** A slot was seen at a version; older news than the pool has changes nothing. */
    public void slotSeen(Pod<H> pod, int slot, long version) {
        news(pod, () -> pod.seen(slot, version));
    }

    /**
     * As {@link #slotSeen} for all slots of a pod at once: who gets the slots that are free now departs in one write.
     *
     * @param pod the pod
     * @param versions the version at which each slot was seen
     */
    public void slotsSeen(Pod<H> pod, long[] versions) {
        if (versions.length != pod.capacity()) {
            throw new IllegalArgumentException("versions must have one for each of the %d slots of pod %s, had %d"
                    .formatted(pod.capacity(), pod.name(), versions.length));
        }
        news(pod, () -> {
            for (int slot = 0; slot < versions.length; slot++) {
                pod.seen(slot, versions[slot]);
            }
        });
    }

    /** A slot whose reservation ended with an unknown outcome was fenced: it can't change any more but as seen here. */
    public void fenced(Pod<H> pod, int slot, long version) {
        news(pod, () -> {
            pod.seen(slot, version);
            pod.unreserve(slot);
        });
    }

    /** A session with this request id was seen to live: whoever waits with the same id is told. */
    public void requestSeen(String requestKey) {
        news(after -> matching.requestSeen(requestKey, after));
    }

    /** The pods are listed for the first time: whoever waited for that is placed, in order. */
    public void listed() {
        news(matching::listed);
    }

    /**
     * Instead of {@link #listed()}: the pods are listed, and nobody knows this pool. Whoever waits fails, each call with an
     * error of its own; so does whoever comes, until {@link #listed()} is called after all.
     *
     * @param error makes the error of a call; called outside the pool's lock
     */
    public void refuseAll(Function<Call, AllocationException> error) {
        news(after -> matching.refuseAll(error, after));
    }

    /** Refuses whoever could not be refused before, if {@link Committer#seesAll} holds now. */
    public void look() {
        turn(matching::end);
    }

    // ---- looking at it ----

    /** What the pool holds now. */
    public PoolStatus status(Optional<Duration> viewAge) {
        lock.lock();
        try {
            return matching.status(viewAge);
        } finally {
            lock.unlock();
        }
    }

    // ---- for reservations and what follows from them; outside the lock ----

    /** The slots of reservations of one batch are held. */
    void written(List<Reservation<H>> batch) {
        outcome(batch, after -> {
            matching.written(batch, after);
            return 0;
        });
    }

    /** Answers reservations of one batch alike; gives how many of these answers were the first. */
    int answered(List<Reservation<H>> batch, Reservation.Answer answer) {
        return outcome(batch, after -> matching.answered(batch, answer, after));
    }

    private int outcome(List<Reservation<H>> batch, ToIntFunction<Deferred> change) {
        Deferred after = new Deferred();
        Deferred departure;
        int first;
        lock.lock();
        try {
            first = change.applyAsInt(after);
            matching.end(after);
            departure = batch.get(0).departure;
        } finally {
            lock.unlock();
        }
        if (departure == null) {
            after.run();
        } else {
            after.runAfter(departure);
        }
        return first;
    }

    /** Gives a claim to the call it was made for, or back. */
    void settle(Call call, Claim claim) {
        if (!call.claimed(claim)) {
            committer.giveBack(claim);
        }
    }

    /** Places calls that have no seat any more: first each looks for its twin's session, then the rest go together. */
    void placeAgain(List<Call> calls) {
        List<Call> rest = new ArrayList<>(calls.size());
        Deferred steps = new Deferred();
        for (Call call : calls) {
            steps.add(() -> {
                if (!call.isSettled() && !settledByTwin(call)) {
                    rest.add(call);
                }
            });
        }
        steps.add(() -> placeTogether(rest));
        steps.run();
    }

    // ---- inside ----

    private void placeTogether(List<Call> calls) {
        turn(after -> {
            for (Call call : WaitingRoom.inOrder(calls)) {
                if (!matching.place(call, after)) {
                    after.add(() -> seated(call));
                }
            }
            matching.depart(after);
        });
    }

    /** A call was just given a seat. */
    private void seated(Call call) {
        // A twin's session may have come to life between the look for it and the seat.
        if (settledByTwin(call) || call.isSettled()) {
            withdraw(call);
        } else {
            turn(after -> matching.refuseIfDue(call, after));
        }
    }

    private boolean settledByTwin(Call call) {
        if (call.requestKey() == null) {
            return false;
        }
        try {
            CompletionStage<Claim> existing = committer.existing(call);
            if (existing == null) {
                return false;
            }
            existing.whenComplete((claim, failure) -> {
                if (failure == null) {
                    settle(call, claim);
                } else {
                    call.fail(failure);
                }
            });
        } catch (AllocationException error) {
            call.fail(error);
        }
        return true;
    }

    /** As the next, without a second lambda on the way of every slot that goes free. */
    private void news(Pod<H> pod, Runnable change) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            change.run();
            matching.offer(pod, after);
            matching.end(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }

    private void news(Consumer<Deferred> change) {
        turn(after -> {
            change.accept(after);
            matching.end(after);
        });
    }

    /** One turn of the lock, and then what it led to. */
    private void turn(Consumer<Deferred> change) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            change.accept(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }
}
