package kit.orchestration.engine.matching;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import kit.orchestration.engine.GroupLimit;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: while a pod's write is under way, holds for it gather, and its next write carries them all. At rest
 * what is reserved by one event departs at the end of it.
 */
final class GroupCommit {

    /** What group commit knows of a pod. */
    static final class Gathering {
        /** For the pod's next write. */
        private List<Hold> holds = new ArrayList<>(0);
        /** When the first of them came. */
        private long since;
        /** Set while nothing more can join them: no new hold until they have departed. */
        boolean full;
        /** Set while they are older than they should be: other pods are opened first. */
        boolean aged;
        /** Holds of the write under way that have no answer yet; while there is one, no other write departs. */
        private int unanswered;

        boolean isAtRest() {
            return holds.isEmpty() && unanswered == 0 && !full && !aged;
        }
    }

    private final GroupLimit limit;
    private final boolean gathers;
    /** Pods with something gathered and no write of their own under way, that wait for one of the writers. */
    private final Queue<Candidate> ready = new ArrayDeque<>();

    private int writing;

    GroupCommit(GroupLimit limit) {
        this.limit = limit;
        gathers = !limit.equals(GroupLimit.NONE);
    }

    /**
     * Whether what gathers for the pod has just become too old: another pod should be opened, if there is one. If there
     * is none it goes on gathering, since the next write of this pod is the first that could take it. Nor does it age
     * while all writers are busy: another pod would have to wait for one of them, too.
     */
    boolean ages(Candidate pod, long now) {
        Gathering gathering = pod.gathering;
        if (gathering.aged
                || gathering.holds.isEmpty()
                || writing >= limit.writers()
                || now - gathering.since <= limit.age().toNanos()) {
            return false;
        }
        gathering.aged = true;
        return true;
    }

    /** Takes a hold in; if none gather, gives it back to be written at once. */
    Step.@Nullable Write add(Hold hold, long now) {
        if (!gathers) {
            hold.departed = true;
            return new Step.Write(hold.candidate, List.of(hold));
        }
        Gathering gathering = hold.candidate.gathering;
        if (gathering.holds.isEmpty()) {
            gathering.since = now;
            if (gathering.unanswered == 0) {
                ready.add(hold.candidate);
            }
        }
        gathering.holds.add(hold);
        gathering.full = gathering.holds.size() >= limit.size();
        return null;
    }

    /** Of what gathers for the pod, that whose write would come to nothing. */
    List<Hold> inVain(Candidate pod) {
        List<Hold> holds = pod.gathering.holds;
        return holds.isEmpty()
                ? List.of()
                : holds.stream().filter(Hold::isInVain).toList();
    }

    /** A hold is not to depart. */
    void drop(Hold hold) {
        Gathering gathering = hold.candidate.gathering;
        gathering.holds.remove(hold);
        gathering.full = false;
        if (gathering.holds.isEmpty()) {
            gathering.aged = false;
            ready.remove(hold.candidate);
        }
    }

    /** A hold that has departed was answered. */
    void answered(Candidate pod) {
        if (!gathers || --pod.gathering.unanswered > 0) {
            return;
        }
        writing--;
        if (!pod.gathering.holds.isEmpty()) {
            ready.add(pod);
        }
    }

    /** What departs next, null if nothing may; the pod is not blocked by it any more. */
    Step.@Nullable Write depart() {
        if (writing >= limit.writers() || ready.isEmpty()) {
            return null;
        }
        Candidate pod = ready.remove();
        Gathering gathering = pod.gathering;
        List<Hold> batch = gathering.holds;
        for (Hold hold : batch) {
            hold.departed = true;
        }
        writing++;
        gathering.unanswered = batch.size();
        gathering.holds = new ArrayList<>(batch.size());
        gathering.full = false;
        gathering.aged = false;
        return new Step.Write(pod, batch);
    }
}
