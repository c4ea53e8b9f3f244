package kit.orchestration.engine.matching;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Those whose time is up, until it is certain that there is no room for them: "no capacity" is said of slots that were
 * seen held. It is certain when each matching slot that was not seen held at that moment has been given to somebody
 * since:
 *
 * <ul>
 *   <li>The holds that were in flight then are answered. Those made later don't count: they were for others, who came
 *       first.
 *   <li>What was told of the slots was proven, by a proof that began after that moment. If other allocators' callers
 *       have taken slots meanwhile, those may have been free for long, and what has ended since is not written: then
 *       another proof is waited for, and up to a fifth: on a pool of many allocators they may do so all the time.
 *   <li>As many slots were reserved since as were free then, but blocked; and since that proof ended, as were then.
 *       Of pods where some are blocked, that is, or were since the pod was last full: slots of one pod are alike, and
 *       those that go free there later are for those who wait.
 * </ul>
 *
 * So on the busiest pool it takes no longer than the writes that are under way. Those with the same demand stand in one
 * line, since what is found out for one holds for all.
 */
final class Refusals {

    static final class Line {
        private final Demand demand;
        private final PodView view;
        private final Set<Seeker> seekers = new LinkedHashSet<>();
        /** What the last of them waits for. */
        private long proof;
        /** Below it none of them can be refused. */
        private long leastProof;
        /** The first hold that may come to nothing. */
        private @Nullable Hold awaited;

        private Line(Demand demand, PodView view) {
            this.demand = demand;
            this.view = view;
        }
    }

    /** So many proofs more are waited for, at most, while other allocators' callers take what goes free. */
    private static final int OUTRUN = 4;

    private final PodIndex index;
    private final InFlight inFlight;
    private final Map<Demand, Line> lines = new LinkedHashMap<>();

    Refusals(PodIndex index, InFlight inFlight) {
        this.index = index;
        this.inFlight = inFlight;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /**
     * From now on it is looked whether there is room for this one.
     *
     * @param lastHold the number of the last hold that was made
     * @param proof the number of the next proof
     */
    void add(Seeker seeker, long lastHold, long proof) {
        if (seeker.line != null) {
            return;
        }
        Line line = lines.get(seeker.demand);
        if (line == null) {
            line = new Line(seeker.demand, index.leanOn(seeker.demand));
            lines.put(seeker.demand, line);
        }
        line.seekers.add(seeker);
        seeker.line = line;
        seeker.lastHold = lastHold;
        // The first will do, though it was on its way to a slot since: what has ended before it came is known by then.
        if (seeker.proof == Long.MAX_VALUE) {
            seeker.proof = proof;
            seeker.firstProof = proof;
            seeker.takenByOthers = line.view.takenByOthers();
        }
        line.proof = Math.max(line.proof, seeker.proof);
        line.leastProof = line.seekers.size() == 1 ? seeker.proof : Math.min(line.leastProof, seeker.proof);
        seeker.lastTaken = line.view.taken() + line.view.blockedRoom();
    }

    void remove(Seeker seeker) {
        Line line = seeker.line;
        if (line != null) {
            seeker.line = null;
            line.seekers.remove(seeker);
            dropIfEmpty(line);
        }
    }

    /** A pod is for others than before: of what is under way there, who could not use it may be able to. */
    void podChanges() {
        lines.values().forEach(line -> line.awaited = null);
    }

    /**
     * Takes those out for whom it is certain that there is no room.
     *
     * @param proven the number of the last proof
     * @param next that of the next
     */
    List<Seeker> takeCertain(long proven, long next) {
        List<Seeker> certain = new ArrayList<>();
        for (Line line : List.copyOf(lines.values())) {
            if (line.leastProof > proven) {
                continue;
            }
            if (line.awaited == null || !line.awaited.mayYetServe(line.demand)) {
                line.awaited = inFlight.firstFor(line.demand);
            }
            long answered = line.awaited == null ? Long.MAX_VALUE : line.awaited.number - 1;
            long taken = line.view.blockedRoom(line.demand.but()) == 0 ? Long.MAX_VALUE : line.view.taken();
            line.leastProof = Long.MAX_VALUE;
            Iterator<Seeker> each = line.seekers.iterator();
            while (each.hasNext()) {
                Seeker seeker = each.next();
                if (!seeker.proven && seeker.proof <= proven) {
                    seeker.proven = true;
                    seeker.lastTaken = Math.max(seeker.lastTaken, line.view.taken() + line.view.blockedRoom());
                }
                if (seeker.lastHold > answered || seeker.lastTaken > taken) {
                    line.leastProof = 0; // those that came after it are not certain either
                    break;
                }
                if (seeker.proof <= proven && next > proven && isOutrun(seeker, line.view)) {
                    seeker.proof = next;
                    seeker.proven = false;
                    line.proof = Math.max(line.proof, next);
                }
                if (seeker.proof <= proven) {
                    certain.add(seeker);
                    seeker.line = null;
                    each.remove();
                } else {
                    line.leastProof = Math.min(line.leastProof, seeker.proof);
                }
            }
            dropIfEmpty(line);
        }
        return certain;
    }

    /** Whether what went free went to others; it is not held against who has been outrun too often. */
    private static boolean isOutrun(Seeker seeker, PodView view) {
        if (seeker.takenByOthers == view.takenByOthers() || seeker.outrun == OUTRUN) {
            return false;
        }
        seeker.takenByOthers = view.takenByOthers();
        seeker.outrun++;
        return true;
    }

    /** Whether nothing is known that speaks for room. */
    boolean isNoRoomKnown(Demand demand) {
        return index.view(demand).blockedRoom(demand.but()) == 0;
    }

    /** The number of the last proof that some of them wait for; 0 if none does for a later one than that given. */
    long lackedProof(long proven) {
        long lacked = 0;
        for (Line line : lines.values()) {
            if (line.proof > Math.max(proven, lacked)) {
                lacked = line.proof;
            }
        }
        return lacked;
    }

    private void dropIfEmpty(Line line) {
        if (line.seekers.isEmpty()) {
            lines.remove(line.demand);
            index.letGo(line.view);
        }
    }
}
