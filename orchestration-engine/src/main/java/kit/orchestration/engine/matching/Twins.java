package kit.orchestration.engine.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import kit.orchestration.AllocateReq;
import org.jspecify.annotations.Nullable;

/**
 * Tries of one request, which share a request id and a session. One of them leads: it alone seeks room and is written.
 * The others wait for what becomes of it, so they cost nothing meanwhile, however many they are: if it comes by the
 * session they look for theirs, and if not the next of them leads.
 */
final class Twins {

    /** What a try is to the others of its request. */
    enum Part {
        /** It seeks room for all. */
        LEADS,
        /** It waits for what becomes of the one that leads. */
        FOLLOWS,
        /** It has other contents than those that are under way. */
        CONFLICTS
    }

    /** The tries of one request that are under way. */
    static final class Family {
        private final String requestKey;
        private @Nullable Seeker leader;
        private final TreeSet<Seeker> followers = new TreeSet<>(Seeker.ORDER);
        /** Those of them whose time is up, and who can't be refused while the leader is being written. */
        private final Set<Seeker> due = new LinkedHashSet<>();
        /** Tries that look for the session, the first time or again. */
        private final List<Seeker> looking = new ArrayList<>(1);
        /** How often their session was seen to live. */
        private long told;

        private Family(String requestKey) {
            this.requestKey = requestKey;
        }

        /** Whether a try has the contents of those under way, one that looks again among them; if there are any. */
        private boolean takes(Seeker seeker) {
            return leader != null
                    ? isSame(leader, seeker)
                    : looking.stream().allMatch(other -> !other.joined || other.gone || isSame(other, seeker));
        }

        /** Whether the leader is being written. */
        boolean isCommitting() {
            return leader != null && leader.stage == Seeker.Stage.HOLDING;
        }
    }

    private final Map<String, Family> families = new HashMap<>();

    boolean isEmpty() {
        return families.isEmpty();
    }

    /** Whether the session of a try was seen to live since that has looked for it. */
    boolean isTold(Seeker seeker) {
        return seeker.family != null && seeker.told != seeker.family.told;
    }

    /** A try begins to look for the session. */
    void looks(Seeker seeker) {
        String key = Objects.requireNonNull(seeker.requestKey());
        Family family = families.computeIfAbsent(key, Family::new);
        seeker.family = family;
        seeker.told = family.told;
        family.looking.add(seeker);
    }

    /** A try has looked, and is out of its family for now; whether it should look again. */
    boolean looked(Seeker seeker) {
        Family family = Objects.requireNonNull(seeker.family);
        family.looking.remove(seeker);
        seeker.family = null;
        dropIfEmpty(family);
        return seeker.told != family.told;
    }

    /** A try that found no session waits or seeks room. If it came before the one that stands for all, that sits. */
    Part join(Seeker seeker, WaitingRoom room) {
        String key = seeker.requestKey();
        if (key == null) {
            return Part.LEADS;
        }
        Family family = families.computeIfAbsent(key, Family::new);
        if (!family.takes(seeker)) {
            return Part.CONFLICTS;
        }
        seeker.family = family;
        seeker.joined = true;
        Seeker leader = family.leader;
        if (leader != null && (leader.stage != Seeker.Stage.WAITING || Seeker.ORDER.compare(leader, seeker) < 0)) {
            family.followers.add(seeker);
            if (leader.refusal != null) {
                seeker.refused(leader.demand, leader.refusal);
            }
            return Part.FOLLOWS;
        }
        if (leader != null) {
            room.stepAside(leader);
            family.followers.add(leader);
        }
        family.leader = seeker;
        return Part.LEADS;
    }

    /** All but {@code maxWait} must be the same. */
    private static boolean isSame(Seeker one, Seeker other) {
        AllocateReq first = one.call.request();
        AllocateReq second = other.call.request();
        return first.priority() == second.priority()
                && first.selectors().equals(second.selectors())
                && first.annotations().equals(second.annotations())
                && first.claimTtl().equals(second.claimTtl());
    }

    /** This try, which leads, and those that follow it. */
    List<Seeker> tries(Seeker leader) {
        List<Seeker> all = new ArrayList<>(List.of(leader));
        if (leader.family != null) {
            all.addAll(leader.family.followers);
        }
        return all;
    }

    /** A try is under way no more. If it led, the next one does, and is given back; it has no seat in line yet. */
    @Nullable
    Seeker leaves(Seeker seeker) {
        Family family = seeker.family;
        if (family == null) {
            return null;
        }
        seeker.family = null;
        if (family.leader != seeker) {
            family.followers.remove(seeker);
            family.due.remove(seeker);
            dropIfEmpty(family);
            return null;
        }
        family.leader = family.followers.pollFirst();
        if (family.leader != null) {
            family.due.remove(family.leader);
        }
        dropIfEmpty(family);
        return family.leader;
    }

    /** The session has come to live: takes those out that waited for it, in order. */
    List<Seeker> served(Seeker leader) {
        Family family = leader.family;
        if (family == null) {
            return List.of();
        }
        family.leader = null;
        leader.family = null;
        return takeFollowers(family);
    }

    /** The session was seen to live: takes all out that wait. */
    List<Seeker> told(String requestKey) {
        Family family = families.get(requestKey);
        if (family == null) {
            return List.of();
        }
        family.told++;
        List<Seeker> waiting = new ArrayList<>();
        if (family.leader != null && family.leader.stage == Seeker.Stage.WAITING) {
            waiting.add(family.leader);
            family.leader.family = null;
            family.leader = null;
        }
        waiting.addAll(takeFollowers(family));
        return waiting;
    }

    private List<Seeker> takeFollowers(Family family) {
        List<Seeker> taken = new ArrayList<>(family.followers);
        taken.forEach(follower -> follower.family = null);
        family.followers.clear();
        family.due.clear();
        dropIfEmpty(family);
        return taken;
    }

    /** The time of a try is up that can't be refused now. */
    void due(Seeker follower) {
        Objects.requireNonNull(follower.family).due.add(follower);
    }

    /** Takes those out of {@link #due} who can be refused now that their leader is not being written any more. */
    List<Seeker> takeDue(Seeker leader) {
        Family family = leader.family;
        if (family == null || family.due.isEmpty()) {
            return List.of();
        }
        List<Seeker> taken = new ArrayList<>(family.due);
        family.due.clear();
        return taken;
    }

    private void dropIfEmpty(Family family) {
        if (family.leader == null && family.followers.isEmpty() && family.looking.isEmpty()) {
            families.remove(family.requestKey, family);
        }
    }
}
