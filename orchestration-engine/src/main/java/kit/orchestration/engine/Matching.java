package kit.orchestration.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.PoolStatus;
import org.jspecify.annotations.Nullable;

/**
 * Brings a pool's calls and its room together: who gets which slot, who waits, and who is refused. All of it under the
 * pool's lock; what it decides is deferred.
 *
 * <p>What always holds at the end of a turn, once the pods are listed: no call waits while a pod that matches it has room,
 * so a newcomer never takes what a waiter could have had. The one exception waits for something better: the outcome of
 * another try of the same request.
 */
final class Matching<H> {

    private final Pool<H> pool;
    private final Pool.Settings settings;
    private final PodIndex<H> index = new PodIndex<>();
    private final GroupCommit<H> groupCommit;
    private final InFlight<H> inFlight = new InFlight<>();
    private final WaitingRoom waitingRoom;
    private final Twins twins = new Twins();
    private final Refusals refusals;
    /** Whether the pods have been listed once; until then everybody waits. */
    private boolean listed;
    /** Makes the error of whoever would wait for the list of a pool that nobody knows. */
    private @Nullable Function<Call, AllocationException> unknown;

    Matching(Pool<H> pool, Pool.Settings settings, Committer<H> committer) {
        this.pool = pool;
        this.settings = settings;
        listed = settings.listed();
        groupCommit = new GroupCommit<>(settings, committer, this);
        waitingRoom = new WaitingRoom(settings.waitingLimit());
        refusals = new Refusals(index, inFlight, settings.nanoTime(), committer::seesAll);
    }

    // ---- calls ----

    /** Gives a call a slot or a seat; false if it is a seat. */
    boolean place(Call call, Deferred after) {
        Pod<H> pod = roomFor(call);
        if (pod != null) {
            reserve(call, pod, after);
            return true;
        }
        Function<Call, AllocationException> error = unknown;
        if (error != null) {
            after.add(() -> call.fail(error.apply(call)));
            return true;
        }
        seat(call);
        return false;
    }

    /** The call's time to wait is up. */
    void overdue(Call call, Deferred after) {
        call.overdue = true;
        if (waitingRoom.contains(call)) {
            refusals.add(call);
            refuseIfDue(call, after);
        }
    }

    void refuseIfDue(Call call, Deferred after) {
        if (listed && call.overdue && waitingRoom.contains(call) && refusals.isCertain(call)) {
            refuseUnlessTwin(call, after);
        }
    }

    boolean unseat(Call call) {
        twins.leaves(call);
        refusals.remove(call);
        return waitingRoom.remove(call);
    }

    // ---- news ----

    void update(Pod<H> pod, long revision, PodState state, Map<String, String> labels) {
        if (pod.removed || pod.revision >= revision) {
            return;
        }
        pod.revision = revision;
        pod.state = state;
        if (!pod.indexed || !pod.labels.equals(labels)) {
            index.remove(pod);
            pod.labels = Map.copyOf(labels);
            index.add(pod);
        }
    }

    void remove(Pod<H> pod) {
        index.remove(pod);
        pod.removed = true;
        pod.state = PodState.DRAINING;
    }

    /** A pod has changed: gives its room to those that wait for it. */
    void offer(Pod<H> pod, Deferred after) {
        index.update(pod);
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

    void requestSeen(String requestKey, Deferred after) {
        placeAgain(twins.waiting(requestKey), after);
    }

    void listed(Deferred after) {
        listed = true;
        unknown = null;
        placeWaiting(waitingRoom.inOrder(), after);
    }

    void refuseAll(Function<Call, AllocationException> error, Deferred after) {
        if (!listed) {
            unknown = error;
        }
        for (Call call : waitingRoom.inOrder()) {
            unseat(call);
            after.add(() -> call.fail(error.apply(call)));
        }
    }

    // ---- answers, and the end of a turn ----

    /** Reservations of one batch have their slots: what they hold besides is free for others. */
    void written(List<Reservation<H>> batch, Deferred after) {
        for (Reservation<H> reservation : batch) {
            if (!reservation.answered && !reservation.written) {
                reservation.pod().seen(reservation.slot(), reservation.version() + 1);
                letGo(reservation, true);
                reservation.written = true;
            }
        }
        offer(batch.get(0).pod(), after);
    }

    private void letGo(Reservation<H> reservation, boolean outcomeIsKnown) {
        if (outcomeIsKnown) {
            reservation.pod().unreserve(reservation.slot());
        }
        inFlight.remove(reservation);
        groupCommit.answered(reservation.pod());
    }

    /** Reservations of one batch were answered alike; gives how many of them for the first time. */
    int answered(List<Reservation<H>> batch, Reservation.Answer answer, Deferred after) {
        Pod<H> pod = batch.get(0).pod();
        // Who waits is known before anybody is given room: those who lost here, and not those who have a session now.
        List<Call> waiting = List.of();
        List<Call> served = List.of();
        int first = 0;
        for (int i = 0; i < batch.size(); i++) {
            Reservation<H> reservation = batch.get(i);
            Call call = reservation.call();
            if (answer == Reservation.Answer.APPLIED) {
                pod.seen(reservation.slot(), reservation.version() + 1);
            }
            if (reservation.answered) {
                continue;
            }
            first++;
            if (!reservation.written) {
                letGo(reservation, answer != Reservation.Answer.UNKNOWN);
            }
            reservation.answered = true;
            List<Call> siblings = twins.answered(call);
            if (answer == Reservation.Answer.APPLIED || answer == Reservation.Answer.TWIN) {
                served = joined(served, siblings);
            } else {
                waiting = joined(waiting, siblings);
                if (answer == Reservation.Answer.LOST && !call.isSettled()) {
                    seat(call);
                    waiting = joined(waiting, List.of(call));
                }
            }
        }
        placeAgain(served, after);
        offer(pod, after);
        if (!waiting.isEmpty()) {
            placeWaiting(WaitingRoom.inOrder(waiting), after);
        }
        return first;
    }

    /** Lets go what has gathered, and refuses who has no seat: that is known when all are served who can be. */
    void depart(Deferred after) {
        groupCommit.depart(after);
        for (Call last = waitingRoom.oneTooMany(); last != null; last = waitingRoom.oneTooMany()) {
            unseat(last);
            refusals.refuse(
                    last,
                    Reason.WAITING_ROOM_FULL,
                    "%d requests were waiting already, which is the allocator's waitingLimit"
                            .formatted(settings.waitingLimit()),
                    after);
        }
    }

    /** As {@link #depart}; then refuses those whose time is up, if it is certain now that there is no room for them. */
    void end(Deferred after) {
        depart(after);
        if (listed && !refusals.isEmpty()) {
            refusals.certain().forEach(call -> refuseUnlessTwin(call, after));
        }
    }

    /** A pod's batch has departed, without those that nobody wants any more: they won't be written. */
    void departed(Pod<H> pod, List<Reservation<H>> dropped, Deferred after) {
        List<Call> siblings = List.of();
        for (Reservation<H> reservation : dropped) {
            reservation.answered = true;
            inFlight.remove(reservation);
            pod.unreserve(reservation.slot());
            siblings = joined(siblings, twins.answered(reservation.call()));
        }
        offer(pod, after);
        placeWaiting(siblings, after);
    }

    PoolStatus status(Optional<Duration> viewAge) {
        Totals totals = index.totals();
        return new PoolStatus(
                settings.name(),
                known(totals.readyPods()),
                known(totals.readyCapacity()),
                known(totals.held()),
                known(totals.readyFree()),
                waitingRoom.size(),
                viewAge);
    }

    /** Nothing is known before the pods were listed. */
    private OptionalInt known(int total) {
        return listed ? OptionalInt.of(total) : OptionalInt.empty();
    }

    // ---- inside ----

    /** The pod that a call goes to now, null if it has to wait. */
    private @Nullable Pod<H> roomFor(Call call) {
        if (!listed || twins.isCommitting(call)) {
            return null;
        }
        PodView<H> view = index.view(call.request().selectors());
        Pod<H> pod = view.pick(settings.placement());
        while (pod != null && groupCommit.ages(pod)) {
            index.update(pod);
            pod = view.pick(settings.placement());
        }
        return pod;
    }

    private void reserve(Call call, Pod<H> pod, Deferred after) {
        int slot = pod.reserve(settings.firstSlot());
        twins.commits(call);
        Reservation<H> reservation =
                new Reservation<>(pool, call, pod, slot, settings.sessionIds().next());
        inFlight.add(reservation);
        groupCommit.add(reservation, after);
        index.update(pod);
    }

    /** Not one whose caller is gone, about to withdraw it: what is written for it would only be given back. */
    private boolean mayBeServed(Call waiter) {
        return !waiter.isSettled() && !twins.isCommitting(waiter);
    }

    private void seat(Call call) {
        twins.waits(call);
        if (call.overdue) {
            refusals.add(call);
        }
        waitingRoom.add(call);
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
        if (!calls.isEmpty()) {
            calls.forEach(this::unseat);
            after.add(() -> pool.placeAgain(calls));
        }
    }

    private void refuseUnlessTwin(Call call, Deferred after) {
        if (!twins.isCommitting(call)) {
            unseat(call);
            refusals.refuse(call, Reason.POOL_FULL, "", after);
        }
    }

    /** Most answers are of calls that have no twins: nothing is copied for those. */
    private static List<Call> joined(List<Call> some, List<Call> more) {
        if (some.isEmpty() || more.isEmpty()) {
            return some.isEmpty() ? more : some;
        }
        List<Call> all = some instanceof ArrayList ? some : new ArrayList<>(some);
        all.addAll(more);
        return all;
    }
}
