package kit.orchestration.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.PoolStatus;
import kit.orchestration.RequestConflictException;
import org.jspecify.annotations.Nullable;

/**
 * A pool as one allocator sees it: its pods, what is reserved, who waits. Calls come in by {@link #place}, news of the
 * backend by {@link #update}, {@link #remove} and {@link #slotSeen}, from any thread and in any order.
 *
 * <p>One lock guards everything here. What always holds outside it, once the pods are listed: no call waits while a pod
 * that matches it has room, so a newcomer never takes what a waiter could have had. The one exception waits for something
 * better: the outcome of another try of the same request.
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

    /** Guards all fields below, and all that they hold. */
    private final ReentrantLock lock = new ReentrantLock();

    private final PodIndex<H> index = new PodIndex<>();
    private final GroupCommit<H> groupCommit;
    private final WaitingRoom waitingRoom;
    private final Twins twins = new Twins();
    private final InFlight<H> inFlight = new InFlight<>();
    /** Waiters whose time is up, but of whom it is not yet certain that there is no room. */
    private final Overdue overdue = new Overdue();
    /** Whether the pods have been listed once; until then everybody waits. */
    private boolean listed;

    private final Totals totals = new Totals();

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
        this.listed = settings.listed();
        groupCommit = new GroupCommit<>(settings.groupLimit(), committer, this, settings.nanoTime());
        waitingRoom = new WaitingRoom(settings.waitingLimit());
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
        boolean overdueAlready;
        lock.lock();
        try {
            Pod<H> pod = roomFor(call);
            waits = pod == null;
            if (pod != null) {
                reserve(call, pod, after);
            } else {
                seat(call);
                keepBound(after);
            }
            overdueAlready = call.overdue;
        } finally {
            lock.unlock();
        }
        after.run();
        if (waits) {
            // A twin's session may have come to life between the look above and the seat.
            if (settledByTwin(call) || call.isSettled()) {
                withdraw(call);
            } else if (overdueAlready) {
                overdue(call);
            }
        }
    }

    @Override
    public void overdue(Call call) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            call.overdue = true;
            if (waitingRoom.contains(call)) {
                overdue.add(call);
                refuseIfCertain(call, after);
            }
        } finally {
            lock.unlock();
        }
        after.run();
    }

    @Override
    public boolean withdraw(Call call) {
        lock.lock();
        try {
            return unseat(call);
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
        news(pod, () -> {
            if (pod.removed || pod.revision >= revision) {
                return;
            }
            pod.revision = revision;
            pod.state = state;
            if (!pod.indexed || !pod.labels.equals(labels)) {
                unindex(pod);
                pod.labels = Map.copyOf(labels);
                index.add(pod);
                pod.indexed = true;
            }
        });
    }

    /** A pod is gone for ever, and its sessions with it. */
    public void remove(Pod<H> pod) {
        news(pod, () -> {
            unindex(pod);
            pod.removed = true;
            pod.state = PodState.DRAINING;
        });
    }

    /** A slot was seen at a version; older news than the pool has changes nothing. */
    public void slotSeen(Pod<H> pod, int slot, long version) {
        news(pod, () -> pod.seen(slot, version));
    }

    /** A slot whose reservation ended with an unknown outcome was fenced: it can't change any more but as seen here. */
    public void fenced(Pod<H> pod, int slot, long version) {
        news(pod, () -> {
            pod.seen(slot, version);
            pod.unreserve(slot);
        });
    }

    /** A session with this request id was seen to live: whoever waits with the same id is told. */
    public void requestSeen(String requestId) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            placeAgain(twins.waiting(requestId), after);
        } finally {
            lock.unlock();
        }
        after.run();
    }

    /** The pods are listed for the first time: whoever waited for that is placed, in order. */
    public void listed() {
        Deferred after = new Deferred();
        lock.lock();
        try {
            listed = true;
            placeWaiting(waitingRoom.inOrder(), after);
            refuseOverdue(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }

    // ---- looking at it ----

    /** What the pool holds now. */
    public PoolStatus status(Optional<Duration> viewAge) {
        lock.lock();
        try {
            return new PoolStatus(
                    name(),
                    OptionalInt.of(totals.readyPods()),
                    OptionalInt.of(totals.readyCapacity()),
                    OptionalInt.of(totals.held()),
                    waitingRoom.size(),
                    viewAge);
        } finally {
            lock.unlock();
        }
    }

    // ---- for reservations and group commit ----

    /** Whether it was the first answer. Outside the lock. */
    boolean answered(Reservation<H> reservation, Reservation.Answer answer) {
        Deferred after = new Deferred();
        Deferred departure;
        Pod<H> pod = reservation.pod();
        Call call = reservation.call();
        lock.lock();
        try {
            if (answer == Reservation.Answer.APPLIED) {
                pod.seen(reservation.slot(), reservation.version() + 1);
            }
            if (answer != Reservation.Answer.UNKNOWN && !reservation.answered) {
                pod.unreserve(reservation.slot());
            }
            changed(pod);
            if (reservation.answered) {
                return false;
            }
            reservation.answered = true;
            inFlight.remove(reservation);
            departure = reservation.departure;
            // Who waits is known before anybody is given room: those who lost here, and not those who have a session
            // now.
            List<Call> siblings = twins.answered(call);
            if (answer == Reservation.Answer.APPLIED || answer == Reservation.Answer.TWIN) {
                placeAgain(siblings, after);
            } else if (answer == Reservation.Answer.LOST && !call.isSettled()) {
                seat(call);
            }
            groupCommit.answered(pod, after);
            offer(pod, after);
            placeWaiting(List.of(call), after);
            placeWaiting(siblings, after);
            keepBound(after);
            refuseOverdue(after);
        } finally {
            lock.unlock();
        }
        if (departure == null) {
            after.run();
        } else {
            after.runAfter(departure);
        }
        return true;
    }

    /** Gives a claim to the call it was made for, or back. Outside the lock. */
    void settle(Call call, Claim claim) {
        if (!call.claimed(claim)) {
            committer.giveBack(claim);
        }
    }

    /** A pod's batch has departed, without those that nobody wants any more: they won't be written. Under the lock. */
    void departed(Pod<H> pod, List<Reservation<H>> dropped, Deferred after) {
        List<Call> siblings = new ArrayList<>(0);
        for (Reservation<H> reservation : dropped) {
            reservation.answered = true;
            inFlight.remove(reservation);
            pod.unreserve(reservation.slot());
            siblings.addAll(twins.answered(reservation.call()));
        }
        changed(pod);
        offer(pod, after);
        placeWaiting(siblings, after);
    }

    /** A pod's room, state or held slots have changed. Under the lock. */
    void changed(Pod<H> pod) {
        if (!pod.indexed) {
            return;
        }
        index.update(pod);
        totals.count(pod);
    }

    /** Gives a pod's room to those that wait for it. Under the lock. */
    void offer(Pod<H> pod, Deferred after) {
        if (!listed || !pod.indexed) {
            return;
        }
        while (!waitingRoom.isEmpty() && pod.room() > 0) {
            Call call = waitingRoom.first(pod.labels, this::mayBeServed);
            if (call == null) {
                return;
            }
            unseat(call);
            reserve(call, pod, after);
        }
    }

    // ---- inside: all under the lock, but for settledByTwin and news ----

    private void news(Pod<H> pod, Runnable change) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            change.run();
            changed(pod);
            offer(pod, after);
            refuseOverdue(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }

    private boolean settledByTwin(Call call) {
        if (call.requestId() == null) {
            return false;
        }
        try {
            Claim claim = committer.existing(call);
            if (claim == null) {
                return false;
            }
            settle(call, claim);
        } catch (RequestConflictException conflict) {
            call.fail(conflict);
        }
        return true;
    }

    /** The pod that a call goes to now, null if it has to wait. */
    private @Nullable Pod<H> roomFor(Call call) {
        if (!listed || twins.isCommitting(call)) {
            return null;
        }
        PodView<H> view = index.view(call.request().selectors());
        Pod<H> pod = view.pick(settings.placement());
        while (pod != null && groupCommit.isStale(pod)) {
            groupCommit.block(pod);
            pod = view.pick(settings.placement());
        }
        return pod;
    }

    private void reserve(Call call, Pod<H> pod, Deferred after) {
        int slot = pod.reserve(settings.firstSlot());
        changed(pod);
        twins.commits(call);
        Reservation<H> reservation =
                new Reservation<>(this, call, pod, slot, settings.sessionIds().next());
        inFlight.add(reservation);
        groupCommit.add(reservation, after);
    }

    /** Not one whose caller is gone, about to withdraw it: what is written for it would only be given back. */
    private boolean mayBeServed(Call waiter) {
        return !waiter.isSettled() && !twins.isCommitting(waiter);
    }

    private void seat(Call call) {
        twins.waits(call);
        if (call.overdue) {
            overdue.add(call);
        }
        waitingRoom.add(call);
    }

    /** After {@link #seat}, and after those were served who can be: whoever has no seat has no room either. */
    private void keepBound(Deferred after) {
        Call last = waitingRoom.oneTooMany();
        if (last != null) {
            unseat(last);
            refuse(
                    last,
                    "%d requests were waiting already, which is the allocator's waitingLimit"
                            .formatted(settings.waitingLimit()),
                    after);
        }
    }

    private boolean unseat(Call call) {
        twins.leaves(call);
        overdue.remove(call);
        return waitingRoom.remove(call);
    }

    /** Gives these what room there is, as far as they still wait. */
    private void placeWaiting(List<Call> calls, Deferred after) {
        for (Call call : calls) {
            Pod<H> pod = waitingRoom.contains(call) && !call.isSettled() ? roomFor(call) : null;
            if (pod != null) {
                unseat(call);
                reserve(call, pod, after);
            }
        }
    }

    private void placeAgain(List<Call> calls, Deferred after) {
        for (Call call : calls) {
            unseat(call);
            after.add(() -> place(call));
        }
    }

    private void refuseOverdue(Deferred after) {
        if (overdue.isEmpty() || !listed) {
            return;
        }
        for (Overdue.Line line : overdue.lines()) {
            if (!mayYetHaveRoom(line)) {
                line.calls().forEach(call -> refuseUnlessTwin(call, after));
            }
        }
    }

    private void refuseIfCertain(Call call, Deferred after) {
        if (listed && !mayYetHaveRoom(overdue.lineOf(call))) {
            refuseUnlessTwin(call, after);
        }
    }

    private void refuseUnlessTwin(Call call, Deferred after) {
        if (!twins.isCommitting(call)) {
            unseat(call);
            refuse(call, "", after);
        }
    }

    /** Whether it is not certain that there is no room: "no capacity" is said of slots that were seen held. */
    private boolean mayYetHaveRoom(Overdue.Line line) {
        if (index.view(line.selectors()).roomIsBlocked()) {
            return true;
        }
        if (line.awaited == null || !InFlight.isOfUse(line.awaited, line.selectors())) {
            line.awaited = inFlight.ofUseTo(line.selectors());
        }
        return line.awaited != null;
    }

    private void refuse(Call call, String why, Deferred after) {
        PodCounts counts = index.view(call.request().selectors()).counts(index.size());
        long now = settings.nanoTime().getAsLong();
        after.add(() -> call.fail(new NoCapacityException(call.request(), counts, call.waited(now), why)));
    }

    private void unindex(Pod<H> pod) {
        if (pod.indexed) {
            index.remove(pod);
            totals.uncount(pod);
            pod.indexed = false;
        }
    }
}
