package kit.orchestration.engine.matching;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.PoolStatus;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Proofs;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.matching.Seeker.Stage;
import org.jspecify.annotations.Nullable;

/**
 * Brings a pool's calls and its room together: who gets which slot, who waits, and who is refused. Events go in, one at
 * a time, with the time at which they came; what is to be done comes out.
 *
 * <p>What always holds after an event, once the pods are listed: no call waits while a pod that it can use has room, so
 * a newcomer never takes what a waiter could have had. The one exception waits for something better: the outcome of
 * another try of the same request.
 */
public final class Matching {

    /** Something that has happened: a call of one of the methods below. */
    @FunctionalInterface
    public interface Event {
        /** Tells of it. */
        void tell(Matching matching);
    }

    private final Pool.Rules rules;
    private final Proofs proofs;
    private final PodIndex index = new PodIndex();
    private final GroupCommit groupCommit;
    private final InFlight inFlight = new InFlight();
    private final Refusals refusals = new Refusals(index, inFlight);
    private final Twins twins = new Twins();
    private final WaitingRoom room;

    /** Whether the pods have been listed once; until then everybody waits. */
    private boolean listed;
    /** Makes the error of whoever would wait for the list of a pool that nobody knows. */
    private @Nullable Function<Call, AllocationException> unknown;

    private long holds;
    private long now;
    /** Whether somebody may have to be refused now. */
    private boolean doubt;

    /** Where what the event leads to goes. */
    private Queue<Step> steps = new ArrayDeque<>(0);

    /** A matching without pods and calls, and not {@link #listed()}. */
    public Matching(Pool.Rules rules, Proofs proofs) {
        this.rules = rules;
        this.proofs = proofs;
        groupCommit = new GroupCommit(rules.groupLimit());
        room = new WaitingRoom(rules.waitingLimit());
    }

    /**
     * Takes an event.
     *
     * @param event what has happened
     * @param time when, by a monotonic clock
     * @param leadsTo takes in what is to be done
     */
    public void on(Event event, long time, Queue<Step> leadsTo) {
        now = time;
        steps = leadsTo;
        event.tell(this);
        depart();
        refuse();
        depart();
    }

    // ---- events of calls ----

    /** A call comes in. */
    public void arrives(Seeker seeker) {
        if (seeker.gone || seeker.stage != Stage.OUTSIDE) {
            return;
        }
        if (seeker.requestKey() == null) {
            place(seeker);
        } else {
            look(List.of(seeker));
        }
    }

    /** It was seen whether the session of these calls' request id lives: for some it was found, some are alone. */
    public void looked(List<Seeker> found, List<Seeker> alone) {
        for (Seeker seeker : found) {
            twins.looked(seeker);
            seeker.stage = Stage.OUTSIDE;
        }
        List<Seeker> again = new ArrayList<>(0);
        for (Seeker seeker : inOrder(alone)) {
            boolean told = twins.looked(seeker);
            seeker.stage = Stage.OUTSIDE;
            if (told && !seeker.gone) {
                again.add(seeker); // it may have come to live just after the look
            } else if (!seeker.gone) {
                place(seeker);
            }
        }
        look(again);
    }

    /** A session with this request id was seen to live: whoever waits with the same id looks for it. */
    public void requestSeen(String requestKey) {
        List<Seeker> waiting = twins.told(requestKey);
        waiting.forEach(this::rise);
        look(waiting);
    }

    /** The call's time to wait is up. */
    public void overdue(Seeker seeker) {
        if (!seeker.overdue) {
            seeker.overdue = true;
            if (seeker.stage == Stage.WAITING) {
                waits(seeker);
            }
        }
    }

    /** Nobody waits for the call any more. If its time is over, and no room is known of, it is refused. */
    public void withdraw(Seeker seeker, boolean timeIsOver) {
        if (seeker.gone) {
            return;
        }
        seeker.goes();
        if (timeIsOver
                && listed
                && maySayNo(seeker)
                && seeker.firstProof <= proofs.proven()
                && refusals.isNoRoomKnown(seeker.demand)) {
            refuse(seeker, Reason.POOL_FULL, "");
            return;
        }
        Hold hold = seeker.hold;
        if (seeker.stage == Stage.WAITING) {
            leave(seeker);
        } else if (hold != null && !hold.departed) {
            takeBack(hold);
            passOn(hold.candidate, twins.leaves(seeker));
        }
    }

    // ---- events of pods ----

    /** A pod's state and labels; news of the same or an earlier revision than the last changes nothing. */
    public void update(Candidate pod, long revision, PodState state, Map<String, String> labels) {
        if (pod.removed || pod.revision >= revision) {
            return;
        }
        if (pod.state != state || !pod.labels.equals(labels)) {
            refusals.podChanges();
        }
        pod.revision = revision;
        pod.state = state;
        pod.tight = false;
        if (!pod.listing.isListed() || !pod.labels.equals(labels)) {
            index.remove(pod);
            pod.labels = labels;
            index.add(pod);
        }
        told(pod);
    }

    /** Which pods are filled first. */
    public void rank(Candidate pod, PodRank rank) {
        if (pod.rank != rank) {
            pod.rank = rank;
            offer(pod);
        }
    }

    /** A pod is gone for ever. */
    public void remove(Candidate pod) {
        index.remove(pod);
        pod.removed = true;
        pod.state = PodState.DRAINING;
        told(pod);
    }

    /** A slot was seen at a version. */
    public void slotSeen(Candidate pod, int slot, long version) {
        pod.seen(slot, version);
        told(pod);
    }

    /** All slots of a pod were seen. */
    public void slotsSeen(Candidate pod, long[] versions) {
        for (int slot = 0; slot < versions.length; slot++) {
            pod.seen(slot, versions[slot]);
        }
        told(pod);
    }

    /** The pods are listed. */
    public void listed() {
        listed = true;
        unknown = null;
        seekRoom(room.standing());
        doubt = true;
    }

    /** Nobody knows the pool: whoever waits fails, and if the pods were never listed whoever comes does, too. */
    public void unknownPool(Function<Call, AllocationException> error) {
        if (!listed) {
            unknown = error;
        }
        for (Seeker standing : room.standing()) {
            for (Seeker each = standing; each != null; each = ends(each)) {
                steps.add(new Step.Fail(each.call, error));
            }
        }
    }

    /** Whether everything is seen may be otherwise than it was. */
    public void look() {
        doubt = true;
    }

    // ---- answers ----

    /** What becomes of these holds of one pod takes its time: they keep their slots, and no writer. */
    public void delayed(List<Hold> batch) {
        batch.stream().filter(hold -> !hold.answered).forEach(this::freeWriter);
        offer(batch.get(0).candidate);
    }

    private void freeWriter(Hold hold) {
        if (!hold.apart) {
            hold.apart = true;
            hold.candidate.apart++;
            groupCommit.answered(hold.candidate);
        }
    }

    /** These holds of one pod have their slots, and are still to be answered: they hold up nobody meanwhile. */
    public void written(List<Hold> batch) {
        Candidate pod = batch.get(0).candidate;
        for (Hold hold : batch) {
            if (!hold.answered && !hold.written) {
                hold.written = true;
                pod.slots.seen(hold.slot, hold.version() + 1);
                freeWriter(hold);
                release(hold);
            }
        }
        offer(pod);
    }

    /** A hold is written, and is this claim. */
    public void applied(Hold hold, Claim claim) {
        hold.candidate.slots.seen(hold.slot, hold.version() + 1);
        twin(hold, claim);
    }

    /** These holds of one pod are written, and are these claims. */
    public void applied(List<Hold> batch, List<Claim> claims) {
        Candidate pod = batch.get(0).candidate;
        List<Seeker> others = new ArrayList<>(0);
        List<Step> gives = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Hold hold = batch.get(i);
            pod.slots.seen(hold.slot, hold.version() + 1);
            gives.add(give(hold, claims.get(i)));
            others.addAll(served(hold));
        }
        look(others);
        steps.addAll(gives);
        told(pod);
    }

    /** Nothing was written: the session lives already. */
    public void twin(Hold hold, Claim claim) {
        Step give = give(hold, claim);
        look(served(hold));
        steps.add(give);
        told(hold.candidate);
    }

    /** Nothing was written, since somebody else was faster. The calls go on. */
    public void lost(List<Hold> batch) {
        Candidate pod = batch.get(0).candidate;
        pod.tight = false;
        batch.stream()
                .filter(hold -> !hold.answered && !hold.written)
                .forEach(hold -> pod.slots.lost(hold.slot, hold.version()));
        goOn(batch);
    }

    /** Whether none takes sessions that a call could wait for, or, if it does not wait any more, could have now. */
    private boolean isHopeless(Seeker seeker, Demand others) {
        PodView view = index.view(others);
        return (seeker.overdue ? view.ready(others.but()) : view.staying(others.but())) == 0;
    }

    /** Nothing was written, and whether this pod takes the calls is in doubt: they go on with others if they can. */
    public void unwritten(List<Hold> batch) {
        Candidate pod = batch.get(0).candidate;
        pod.tight = false;
        List<Seeker> waiting = inOrder(unanswered(batch));
        stand(waiting);
        for (Seeker seeker : waiting) {
            Candidate other = seeker.stage == Stage.WAITING ? roomFor(seeker.demand.but(pod)) : null;
            if (other != null) {
                rise(seeker);
                reserve(seeker, other);
            }
        }
        offer(pod);
        seekRoom(waiting);
    }

    /** Those of them that are not answered yet go on. */
    private void goOn(List<Hold> batch) {
        goOn(batch.get(0).candidate, unanswered(batch));
    }

    /** Who goes on of those that have no answer yet, which this is. */
    private List<Seeker> unanswered(List<Hold> batch) {
        List<Seeker> waiting = new ArrayList<>(batch.size());
        for (Hold hold : batch) {
            if (answered(hold)) {
                Seeker seeker = hold.seeker;
                Seeker waits = seeker.gone ? twins.leaves(seeker) : seeker;
                if (waits != null) {
                    waiting.add(waits);
                }
            }
        }
        return waiting;
    }

    /**
     * Nothing was written, since the pod has no room for what this call brings with it; the call goes on with others.
     */
    public void unfit(Hold hold) {
        if (!hold.answered) {
            hold.candidate.tight = true;
            goOn(List.of(hold));
        }
    }

    /**
     * Nothing was written, since the backend won't: be it for what the pod is, or for what the call brings with it. The
     * call goes on with others, as it may wait for these. What so many refuse is the call's own fault.
     */
    public void refused(Hold hold, Function<Call, AllocationException> error) {
        Seeker seeker = hold.seeker;
        Demand others = seeker.demand.but(hold.candidate);
        if (hold.answered || others.but().size() >= Reservation.REFUSALS || isHopeless(seeker, others)) {
            failed(hold, error.apply(hold.call()));
        } else {
            hold.candidate.tight = false;
            List<Seeker> tries = twins.tries(seeker);
            for (Seeker each : tries) {
                refusals.remove(each);
                each.refused(others, error);
            }
            goOn(List.of(hold));
            tries.stream()
                    .filter(each -> each != seeker && each.stage == Stage.WAITING)
                    .forEach(this::waits);
        }
    }

    /** Writing has failed. */
    public void failed(Hold hold, AllocationException error) {
        if (answered(hold)) {
            hold.candidate.tight = false;
            steps.add(new Step.Fail(hold.call(), call -> error));
            passOn(hold.candidate, twins.leaves(hold.seeker));
        }
    }

    // ---- how it stands ----

    /** What the pool holds now. */
    public PoolStatus status(String pool, Optional<Duration> viewAge) {
        Totals totals = index.totals();
        return new PoolStatus(
                pool,
                known(totals.readyPods()),
                known(totals.readyCapacity()),
                known(totals.held()),
                known(totals.readyFree()),
                room.size(),
                viewAge);
    }

    /**
     * Whether each of these calls, which hold slots of one pod, could have gone to another pod instead. While anybody
     * waits, none: what is free then is about to be given.
     */
    public boolean isRoomElsewhere(List<Hold> batch) {
        return room.size() == 0
                && batch.stream()
                        .allMatch(hold -> index.view(hold.seeker.demand).room()
                                > hold.candidate.room() + hold.candidate.blockedRoom());
    }

    /** Whether there are neither calls nor holds. */
    boolean isAtRest() {
        return room.size() == 0 && inFlight.isEmpty() && refusals.isEmpty() && twins.isEmpty();
    }

    private OptionalInt known(int total) {
        return listed ? OptionalInt.of(total) : OptionalInt.empty();
    }

    // ---- inside: calls ----

    private void look(List<Seeker> seekers) {
        if (!seekers.isEmpty()) {
            for (Seeker seeker : seekers) {
                seeker.stage = Stage.LOOKING;
                twins.looks(seeker);
            }
            steps.add(new Step.Look(seekers));
        }
    }

    /** Gives a call that stands nowhere a slot or a seat, or its error. */
    private void place(Seeker seeker) {
        Function<Call, AllocationException> error = unknown;
        if (error != null) {
            steps.add(new Step.Fail(seeker.call, error));
            return;
        }
        Twins.Part part = twins.join(seeker, room);
        if (part == Twins.Part.CONFLICTS) {
            steps.add(new Step.Fail(seeker.call, call -> new RequestConflictException(call.request())));
            return;
        }
        boolean leads = part == Twins.Part.LEADS;
        Candidate pod = leads ? roomFor(seeker.demand) : null;
        if (pod != null) {
            reserve(seeker, pod);
        } else {
            sit(seeker);
            if (leads) {
                room.stand(seeker);
            }
            waits(seeker);
        }
    }

    private void sit(Seeker seeker) {
        seeker.stage = Stage.WAITING;
        room.enter(seeker);
    }

    private void stand(Seeker seeker) {
        if (seeker.stage != Stage.WAITING) {
            sit(seeker);
        }
        room.stand(seeker);
    }

    /** One that stands or sits goes on waiting: if its time is up it is to be refused, when that is certain. */
    private void waits(Seeker seeker) {
        Twins.Family family = seeker.family;
        if (seeker.overdue) {
            if (family != null && family.isCommitting()) {
                twins.due(seeker);
            } else if (seeker.refusal != null && isHopeless(seeker, seeker.demand)) {
                steps.add(new Step.Fail(seeker.call, seeker.refusal));
                leave(seeker);
            } else {
                refusals.add(seeker, holds, proofs.nextProof());
                doubt = true;
            }
        }
    }

    /** It has its seat no more. */
    private void rise(Seeker seeker) {
        room.stepAside(seeker);
        room.leave(seeker);
        refusals.remove(seeker);
        seeker.stage = Stage.OUTSIDE;
    }

    /** One that waits does so no more; gives the other try that seeks room in its place, if there is one. */
    private @Nullable Seeker ends(Seeker seeker) {
        rise(seeker);
        return twins.leaves(seeker);
    }

    private void leave(Seeker seeker) {
        leads(ends(seeker));
    }

    /** A try that sits seeks room for all from now on. */
    private void leads(@Nullable Seeker seeker) {
        if (seeker != null && seeker.stage == Stage.WAITING) {
            room.stand(seeker);
            seekRoom(List.of(seeker));
        }
    }

    /** Gives those who stand what room there is. */
    private void seekRoom(List<Seeker> seekers) {
        for (Seeker seeker : seekers) {
            if (seeker.stage != Stage.WAITING) {
                continue;
            }
            Candidate pod = roomFor(seeker.demand);
            if (pod != null) {
                rise(seeker);
                reserve(seeker, pod);
            } else {
                twins.takeDue(seeker).forEach(this::waits);
                waits(seeker);
            }
        }
    }

    /** The pod that a call goes to now that asks for this, null if it has to wait. */
    private @Nullable Candidate roomFor(Demand demand) {
        if (!listed) {
            return null;
        }
        PodView view = index.view(demand);
        Set<Candidate> but = demand.but();
        Candidate pod = view.pick(rules.placement(), but);
        while (pod != null && groupCommit.ages(pod, now)) {
            index.update(pod);
            pod = view.pick(rules.placement(), but);
        }
        return pod;
    }

    private void reserve(Seeker seeker, Candidate pod) {
        int slot = pod.slots.reserve(rules.firstSlot());
        Hold hold = new Hold(seeker, pod, slot, ++holds);
        seeker.stage = Stage.HOLDING;
        seeker.hold = hold;
        inFlight.add(hold);
        Step.Write alone = groupCommit.add(hold, now);
        if (alone != null) {
            steps.add(alone);
        }
        index.update(pod);
    }

    /** These stand nowhere, since a pod was nothing for them: all of them stand before anybody is given room. */
    private void goOn(Candidate pod, List<Seeker> seekers) {
        stand(seekers);
        offer(pod);
        seekRoom(inOrder(seekers));
    }

    private void stand(List<Seeker> seekers) {
        seekers.forEach(this::stand);
        // While they were on their way to a slot they were not asked to look.
        List<Seeker> told = seekers.stream().filter(twins::isTold).toList();
        told.forEach(seeker -> requestSeen(Objects.requireNonNull(seeker.requestKey())));
    }

    // ---- inside: pods ----

    /** A pod was told of: whoever would be written there in vain now goes on, and its room is offered. */
    private void told(Candidate pod) {
        List<Hold> vain = groupCommit.inVain(pod);
        if (vain.isEmpty()) {
            offer(pod);
        } else {
            vain.forEach(hold -> {
                pod.slots.lost(hold.slot, hold.version());
                takeBack(hold);
            });
            goOn(pod, vain.stream().map(hold -> hold.seeker).toList());
        }
    }

    /** A pod has changed: gives its room to those that wait for it. */
    private void offer(Candidate pod) {
        index.update(pod);
        doubt = true;
        if (!listed || !pod.listing.isListed()) {
            return;
        }
        while (pod.room() > 0) {
            Seeker seeker = room.first(pod);
            if (seeker == null) {
                return;
            }
            rise(seeker);
            reserve(seeker, pod);
        }
    }

    /** Whether an answer is the first. */
    private boolean answered(Hold hold) {
        if (hold.answered) {
            return false;
        }
        hold.answered = true;
        hold.seeker.forgets();
        if (!hold.written) {
            freeWriter(hold);
            release(hold);
        }
        return true;
    }

    /** A slot has gone free, and another try of the same request, if there is one, stands in place of who had it. */
    private void passOn(Candidate pod, @Nullable Seeker next) {
        if (next != null) {
            room.stand(next);
        }
        offer(pod);
        leads(next);
    }

    /** What gathers is not written after all; its call stands nowhere. */
    private void takeBack(Hold hold) {
        groupCommit.drop(hold);
        hold.answered = true;
        hold.seeker.forgets();
        release(hold);
    }

    private void release(Hold hold) {
        if (hold.apart) {
            hold.candidate.apart--;
        }
        inFlight.remove(hold);
        hold.candidate.slots.unreserve(hold.slot);
    }

    /** A claim is its call's, or goes back if that has gone on without it. */
    private static Step give(Hold hold, Claim claim) {
        return hold.answered ? new Step.GiveBack(claim) : new Step.Give(hold.call(), claim);
    }

    /**
     * A call has its session; gives the other tries of its request, to look for theirs. They do so first: whoever gives
     * its own claim back must not end the session that they share.
     */
    private List<Seeker> served(Hold hold) {
        List<Seeker> others = answered(hold) ? twins.served(hold.seeker) : List.of();
        others.forEach(this::rise);
        return others;
    }

    // ---- the end of an event ----

    /** Lets go what has gathered, and what room that leads to. */
    private void depart() {
        for (Step.Write write = groupCommit.depart(); write != null; write = groupCommit.depart()) {
            steps.add(write);
            offer(write.candidate());
        }
    }

    /** Refuses who has no seat, and those whose time is up if it is certain now that there is no room for them. */
    private void refuse() {
        for (Seeker last = room.oneTooMany(); last != null; last = room.oneTooMany()) {
            String note = room.limit() + " requests were waiting already, which is the allocator's waitingLimit";
            refuse(last, Reason.WAITING_ROOM_FULL, note);
        }
        long proven = listed && !refusals.isEmpty() ? proofs.proven() : -1;
        while (doubt && proven >= 0 && !refusals.isEmpty()) {
            doubt = false;
            for (Seeker seeker : refusals.takeCertain(proven, proofs.nextProof())) {
                if (maySayNo(seeker)) {
                    refuse(seeker, Reason.POOL_FULL, "");
                } else if (seeker.stage == Stage.WAITING) {
                    twins.due(seeker); // in a moment, if its leader is not served
                }
            }
        }
        long lacked = proven < 0 ? 0 : refusals.lackedProof(proven); // in doubt it would prove nothing
        if (lacked > 0) {
            steps.add(new Step.Prove(lacked));
        }
    }

    private boolean maySayNo(Seeker seeker) {
        return seeker.stage == Stage.WAITING && (seeker.family == null || !seeker.family.isCommitting());
    }

    private void refuse(Seeker seeker, Reason reason, String note) {
        Function<Call, AllocationException> refusal = seeker.refusal;
        steps.add(
                refusal == null || reason != Reason.POOL_FULL
                        ? new Step.Refuse(
                                seeker.call, reason, index.view(seeker.demand).counts(index.size()), note)
                        : new Step.Fail(seeker.call, refusal));
        leave(seeker);
    }

    private static List<Seeker> inOrder(List<Seeker> seekers) {
        return seekers.size() < 2
                ? seekers
                : seekers.stream().sorted(Seeker.ORDER).toList();
    }
}
