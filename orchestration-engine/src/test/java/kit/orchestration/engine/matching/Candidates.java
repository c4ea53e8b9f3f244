package kit.orchestration.engine.matching;

import java.util.Random;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.SessionIds;

/** Candidates for tests, and what tests want to know of one. */
public final class Candidates {

    private Candidates() {}

    static Candidate of(String name, int capacity) {
        Pool.Rules rules = new Pool.Rules(Placement.PACKED, GroupLimit.NONE, 10, 0);
        Pool.Settings settings = new Pool.Settings("duel", rules, new SessionIds(new Random(1)), () -> 0);
        Committer<String> nobody = null;
        return new Candidate(new Pool<>(settings, nobody).pod(name, name, new long[1]), new long[capacity]);
    }

    /** How many slots are neither held nor reserved. */
    public static int freeSlots(Candidate pod) {
        return pod.slots.free();
    }

    /** Whether nothing gathers for it, nor is written, nor set apart. */
    public static boolean isAtRest(Candidate pod) {
        return pod.gathering.isAtRest() && pod.apart == 0;
    }
}
