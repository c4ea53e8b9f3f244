package kit.orchestration.k8s.scale;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kit.orchestration.k8s.scale.PoolPod.Phase;

/**
 * How many pods a pool is to have: for the sessions that there are, those that wait, and a buffer. What is seen goes
 * in, what is to be done comes out; the same for the same, since there is no clock, no chance, no input and no output.
 *
 * <p>Up at once: drains are called off first, then pods are asked for; those on their way count. Down only by what was
 * not needed for a while, and in two steps: the pods that can be spared are marked, so that they get no new session;
 * and the number of replicas is lowered by as many as are idle, once it is sure that they are the ones that go. No
 * session is ever moved, or cut.
 *
 * @param least how many pods there are at least
 * @param most how many pods there are at most
 * @param buffer how many slots are to be free
 * @param order which pods go when the number of replicas is lowered
 */
public record ScalePolicy(int least, int most, Buffer buffer, Order order) {

    /** So many pods at most: some orders of magnitude more than a namespace holds. */
    public static final int MAX_PODS = 100_000;

    /** Which pods the target's controller takes away when it is to have fewer. */
    public enum Order {
        /** As a ReplicaSet: those that are not ready first; among them the one whose deletion costs least, if said. */
        BY_COST,
        /** As that, where nobody may say what a deletion costs. */
        ANY_UNREADY,
        /** As a StatefulSet: the highest numbers. */
        BY_ORDINAL
    }

    /**
     * Free slots: so many, or so many for each hundred that are held or waited for.
     *
     * @param amount how many
     * @param isPercent whether that is for each hundred
     */
    public record Buffer(int amount, boolean isPercent) {

        /** Checks the amount. */
        public Buffer {
            if (amount < 0 || amount > 1_000_000) {
                throw new IllegalArgumentException("buffer must be 0 to 1000000, was " + amount);
            }
        }

        /** How many slots that is. */
        int slots(int used) {
            return isPercent ? (int) Math.min(Integer.MAX_VALUE / 4, ((long) used * amount + 99) / 100) : amount;
        }

        @Override
        public String toString() {
            return amount + (isPercent ? " %" : "");
        }
    }

    /**
     * What is seen of a pool.
     *
     * @param pods its pods, but for those that were deleted
     * @param waiting how many requests wait for a slot
     * @param replicas how many pods the target is to have, as it stands there
     * @param slotsPerPod how many sessions its next pod will host; 0 if that is not known
     * @param isCertain whether the pods are seen as they are; if not, none is marked, and none taken away
     * @param leaving pods that were deleted, and whose place is filled only when they are gone: those of a StatefulSet
     * @param unseen pods that the target has beside those, and of which nothing is known
     * @param isStuck whether pods are missing, and none was made for long: nobody is to wait for them
     * @param unmarkable the names of pods whose Leases have taken no mark
     */
    public record Sight(
            List<PoolPod> pods,
            int waiting,
            int replicas,
            int slotsPerPod,
            boolean isCertain,
            int leaving,
            int unseen,
            boolean isStuck,
            Set<String> unmarkable) {

        /** Copies the pods, and the names. */
        public Sight {
            pods = List.copyOf(pods);
            unmarkable = Set.copyOf(unmarkable);
        }

        /** Where all is seen, and nobody waits for what is leaving. */
        public Sight(List<PoolPod> pods, int waiting, int replicas, int slotsPerPod, boolean isCertain) {
            this(pods, waiting, replicas, slotsPerPod, isCertain, 0, 0, false, Set.of());
        }

        /** As one with numbers: of who is below one that is not let go, made since, a lowering before is over. */
        private Sight withoutVoid() {
            int highest = pods.stream()
                    .filter(pod -> !pod.isLetGo())
                    .mapToInt(PoolPod::ordinal)
                    .max()
                    .orElse(-1);
            List<PoolPod> now = pods.stream()
                    .map(pod -> pod.ordinal() < highest ? pod.going(pod.isCheap(), false) : pod)
                    .toList();
            return new Sight(now, waiting, replicas, slotsPerPod, isCertain, leaving, unseen, isStuck, unmarkable);
        }

        /** How many slots are held. */
        int held() {
            return pods.stream().mapToInt(PoolPod::held).sum();
        }
    }

    /**
     * What is to be done.
     *
     * @param needed how many slots the pool is to have: those held, those waited for, and the buffer
     * @param replicas how many pods the target is to have
     * @param mark the pods that are to take no new sessions from now on
     * @param unmark those that are to take some again
     * @param cheap those whose deletion is to cost less than that of others: the idle ones, before the number is
     *     lowered
     * @param dear those whose deletion is to cost as much as that of others, before anything else is done
     * @param letGo those of which no cost is said, and one of which may go as soon as the number is lowered
     */
    public record Plan(
            int needed,
            int replicas,
            List<String> mark,
            List<String> unmark,
            List<String> cheap,
            List<String> dear,
            List<String> letGo) {

        /** Copies the names. */
        public Plan {
            mark = List.copyOf(mark);
            unmark = List.copyOf(unmark);
            cheap = List.copyOf(cheap);
            dear = List.copyOf(dear);
            letGo = List.copyOf(letGo);
        }

        private Plan(int needed, int replicas, List<String> mark, List<String> unmark) {
            this(needed, replicas, mark, unmark, List.of(), List.of(), List.of());
        }

        private Plan lettingGo(Order order, Sight sight) {
            List<String> going = replicas >= sight.replicas()
                    ? List.of()
                    : names(sight, pod -> mayGo(pod) && (order != Order.BY_ORDINAL || pod.ordinal() >= replicas));
            return new Plan(needed, replicas, mark, unmark, cheap, dear, going);
        }

        /** Whether there is anything to do. */
        public boolean isNothing(int replicasNow) {
            return replicas == replicasNow
                    && Stream.of(mark, unmark, cheap, dear).allMatch(List::isEmpty);
        }
    }

    /** The emptiest first, and of those with as many sessions the one with the later name: the same each time. */
    private static final Comparator<PoolPod> EMPTIEST =
            Comparator.comparingInt(PoolPod::held).thenComparing(PoolPod::name, Comparator.reverseOrder());

    private static final Comparator<PoolPod> LATE_THEN_EMPTIEST =
            Comparator.comparing((PoolPod pod) -> pod.is(Phase.OPEN)).thenComparing(EMPTIEST);

    private static final Comparator<PoolPod> HIGHEST =
            Comparator.comparingInt(PoolPod::ordinal).reversed();

    /** Checks the numbers. */
    public ScalePolicy {
        if (least < 0 || most < least || most < 1 || most > MAX_PODS) {
            throw new IllegalArgumentException("pods must be from 0 or more to 1 or more and at most " + MAX_PODS
                    + ", the least not above the most, was " + least + " to " + most);
        }
        Objects.requireNonNull(buffer, "buffer must not be null");
        Objects.requireNonNull(order, "order must not be null");
    }

    /** How many slots a pool is to have of which so many are held or waited for: with the buffer. */
    public int needed(int used) {
        return used + buffer.slots(used);
    }

    /** How many slots a pool is to have: those held, those waited for, and the buffer. */
    public int needed(Sight sight) {
        return needed(sight.waiting() + sight.held());
    }

    /**
     * What is to be done.
     *
     * @param calm the most slots that were {@linkplain #needed needed} of late, and now; empty if that was not watched
     *     for long enough, and so no pod can be spared
     */
    public Plan plan(Sight seen, OptionalInt calm) {
        if (order == Order.BY_COST && isCostRefused(seen)) {
            return new ScalePolicy(least, most, buffer, Order.ANY_UNREADY).plan(seen, calm);
        }
        Sight sight = order == Order.BY_ORDINAL ? seen.withoutVoid() : seen;
        int needed = needed(sight);
        // What ends on a draining pod is held elsewhere next; until then its sessions need no other slot.
        int lackingNow = needed - sight.held() - free(sight);
        Plan plan;
        if (lackingNow > 0 || sight.replicas() < least) {
            plan = more(sight, needed, lackingNow);
            boolean isAtItsEnd = sight.replicas() >= most || sight.isStuck();
            if (plan.isNothing(sight.replicas()) && isAtItsEnd && sight.isCertain()) {
                plan = fewer(sight, needed, OptionalInt.empty()); // idle ones are in the way of others
            }
        } else if (sight.isCertain()) {
            plan = fewer(sight, needed, calm);
        } else {
            plan = new Plan(needed, sight.replicas(), List.of(), List.of());
        }
        List<String> back = names(sight, pod -> pod.isLetGo() && !mayGo(pod));
        int tooMany = going(sight) - letGo(sight);
        if (!back.isEmpty() && tooMany > 0 && !isRolling(sight)) { // the controller would take others in their place
            int replicas = Math.max(plan.replicas(), sight.replicas() + Math.min(tooMany, back.size()));
            return new Plan(needed, replicas, plan.mark(), plan.unmark());
        }
        return order == Order.BY_COST ? priced(sight, plan) : plan.lettingGo(order, sight);
    }

    /** Whether one that may go takes no cost, as it seems. */
    private static boolean isCostRefused(Sight sight) {
        return sight.pods().stream()
                .anyMatch(pod ->
                        mayGo(pod) && !pod.isCheap() && sight.unmarkable().contains(pod.name()));
    }

    /** With what deletions are to cost. The number is lowered when that was seen on the pods, and so by others, too. */
    private static Plan priced(Sight sight, Plan plan) {
        List<String> dear = names(
                sight, pod -> pod.isCheap() && (!mayGo(pod) || plan.unmark().contains(pod.name())));
        if (plan.replicas() >= sight.replicas()) {
            return new Plan(plan.needed(), plan.replicas(), plan.mark(), plan.unmark(), List.of(), dear, List.of());
        }
        List<String> cheap = names(sight, pod -> mayGo(pod) && !pod.isCheap());
        int first = names(sight, pod -> mayGo(pod) && pod.isCheap()).size() - going(sight);
        // One that is open is ready, and goes after those that are not, whatever it costs.
        boolean waitsForCost = sight.pods().stream()
                .anyMatch(pod -> dear.contains(pod.name())
                        && !(pod.is(Phase.OPEN) && sight.unmarkable().contains(pod.name())));
        int lower = waitsForCost ? 0 : Math.max(0, Math.min(sight.replicas() - plan.replicas(), first));
        int replicas = sight.replicas() - lower;
        return new Plan(plan.needed(), replicas, plan.mark(), plan.unmark(), cheap, dear, List.of());
    }

    private static List<String> names(Sight sight, Predicate<PoolPod> which) {
        return sight.pods().stream().filter(which).map(PoolPod::name).toList();
    }

    /** Slots that nobody holds on pods that take sessions, or will; of those that are there. */
    private static int free(Sight sight) {
        int free = 0;
        for (PoolPod pod : sight.pods()) {
            if (serves(pod)) {
                free += pod.capacity() == 0 ? sight.slotsPerPod() : pod.free();
            }
        }
        return free;
    }

    private static boolean serves(PoolPod pod) {
        return pod.is(Phase.OPEN) || pod.is(Phase.COMING);
    }

    /** Pods that were asked for and are not there. */
    private static int notMade(Sight sight) {
        return sight.isStuck()
                ? 0
                : Math.max(0, sight.replicas() - sight.pods().size() - sight.leaving() - sight.unseen());
    }

    /** As those; while some are taken away those that were let go are as good as gone. */
    private static int toBeMade(Sight sight) {
        int going = going(sight);
        return going == 0 ? notMade(sight) : Math.max(0, letGo(sight) - going);
    }

    /** Those that a lowering has counted, or is about to: the controller may take them whatever is asked for since. */
    private static int letGo(Sight sight) {
        return names(sight, pod -> mayGo(pod) && pod.isLetGo()).size();
    }

    /** Pods that are there, and which the controller is about to take away. */
    private static int going(Sight sight) {
        return Math.max(0, sight.pods().size() - sight.replicas());
    }

    /** Drains are called off for what is lacking now: what is asked for beside that may be on its way, or not come. */
    private Plan more(Sight sight, int needed, int lackingNow) {
        int serving = (int) sight.pods().stream().filter(ScalePolicy::serves).count();
        int still = lackingNow;
        List<String> unmark = new ArrayList<>();
        for (PoolPod pod : drained(sight)) {
            if (still > 0 && serving + unmark.size() < most && pod.free() > 0) {
                unmark.add(pod.name());
                still -= pod.free();
            }
        }
        int replicas = Math.max(sight.replicas(), least);
        still -= toBeMade(sight) * sight.slotsPerPod();
        if (still > 0 && !sight.isStuck()) { // or it asked for one more with each look, and got none
            replicas = Math.max(replicas, Math.min(most, sight.replicas() + pods(sight, still)));
        }
        return new Plan(needed, replicas, List.of(), unmark);
    }

    /** Those whose drain can be called off, the best to keep first. Of idle ones nobody knows which are leaving. */
    private List<PoolPod> drained(Sight sight) {
        boolean noneIsLetGo = sight.replicas() <= least && going(sight) == 0; // nobody lowers it to that, or below
        return sight.pods().stream()
                .filter(pod -> mayComeBack(pod) || (noneIsLetGo && pod.is(Phase.IDLE)))
                .filter(pod -> pod.is(Phase.DRAINING) || going(sight) == 0 || isRolling(sight))
                .filter(pod -> !sight.unmarkable().contains(pod.name()))
                .filter(pod -> order != Order.BY_ORDINAL || pod.ordinal() < sight.replicas())
                .sorted((order == Order.BY_ORDINAL ? HIGHEST : EMPTIEST).reversed())
                .toList();
    }

    /** As long as nobody knows how large they are, one tells it. */
    private static int pods(Sight sight, int slots) {
        int each = sight.slotsPerPod();
        return each == 0 ? (someAreComing(sight) ? 0 : 1) : (slots + each - 1) / each;
    }

    private static boolean someAreComing(Sight sight) {
        return notMade(sight) > 0 || sight.pods().stream().anyMatch(pod -> pod.is(Phase.COMING));
    }

    private Plan fewer(Sight sight, int needed, OptionalInt calm) {
        if (isRolling(sight)) {
            // A pod that drains would be missed by the controller, which waits for as many that are ready.
            List<String> unmark = names(sight, ScalePolicy::mayComeBack);
            return new Plan(needed, sight.replicas(), List.of(), unmark);
        }
        int missing =
                least - names(sight, pod -> serves(pod) || pod.is(Phase.LATE)).size();
        List<String> back = drained(sight).stream()
                .map(PoolPod::name)
                .limit(Math.max(0, missing))
                .toList();
        if (!back.isEmpty()) {
            return new Plan(needed, sight.replicas(), List.of(), back);
        }
        boolean areEnough = calm.isPresent() && openSlots(sight) >= Math.max(needed, calm.getAsInt());
        int lower = Math.min(
                sight.replicas() - least,
                order == Order.BY_ORDINAL ? idleAtTheTop(sight, areEnough) : idle(sight, areEnough));
        // Where a ReplicaSet can't tell them apart, none may begin to drain that it could take for one that is to go.
        boolean canTell = order == Order.BY_ORDINAL
                || (order == Order.BY_COST && sight.pods().stream().noneMatch(pod -> pod.isLetGo() && !pod.isCheap()));
        boolean mayMark = canTell || (lower <= 0 && going(sight) == 0);
        List<String> mark = mayMark && calm.isPresent() ? spared(sight, Math.max(needed, calm.getAsInt())) : List.of();
        return new Plan(needed, sight.replicas() - Math.max(0, lower), mark, List.of());
    }

    private static long openSlots(Sight sight) {
        return sight.pods().stream()
                .filter(pod -> pod.is(Phase.OPEN))
                .mapToLong(PoolPod::capacity)
                .sum();
    }

    /** Pods without which the others have slots for all that was needed of late. */
    private List<String> spared(Sight sight, int calm) {
        List<PoolPod> all = sight.pods().stream()
                .filter(pod -> pod.is(Phase.OPEN) || pod.is(Phase.LATE))
                .sorted(order == Order.BY_ORDINAL ? HIGHEST : LATE_THEN_EMPTIEST)
                .toList();
        long slots = openSlots(sight);
        int count = all.size();
        List<String> mark = new ArrayList<>();
        for (PoolPod pod : all) {
            if (sight.unmarkable().contains(pod.name())) {
                if (order == Order.BY_ORDINAL) {
                    break; // those below it can't go before it
                }
                continue;
            }
            slots -= pod.is(Phase.OPEN) ? pod.capacity() : 0;
            if (count <= least || (slots < calm && count <= most)) {
                break;
            }
            mark.add(pod.name());
            count--;
        }
        return mark;
    }

    /** How many may go, if those that are not ready go first. */
    private int idle(Sight sight, boolean areEnough) {
        boolean anotherMayGo = order == Order.ANY_UNREADY
                && (going(sight) > 0 || sight.pods().stream().anyMatch(pod -> !pod.is(Phase.OPEN) && !mayGo(pod)));
        // Pods that start go before idle ones, and would be asked for again.
        if (anotherMayGo || someAreComing(sight)) {
            return 0;
        }
        int idle = (int) sight.pods().stream()
                .filter(pod -> pod.is(Phase.IDLE) || (areEnough && pod.is(Phase.STOPPED)))
                .count();
        return idle - going(sight);
    }

    /** While one template takes over from another, the controller takes pods of either, whatever they cost. */
    private static boolean isRolling(Sight sight) {
        return sight.pods().stream().map(PoolPod::revision).distinct().count() > 1;
    }

    /**
     * Whether it drains, and was not let go: that can't be taken back, since a controller carries out what it has
     * decided.
     */
    private static boolean mayComeBack(PoolPod pod) {
        return pod.is(Phase.DRAINING) || (pod.is(Phase.IDLE) && !pod.isLetGo());
    }

    /** Whether nobody misses it. */
    static boolean mayGo(PoolPod pod) {
        return pod.is(Phase.IDLE) || pod.is(Phase.STOPPED);
    }

    private static int idleAtTheTop(Sight sight, boolean areEnough) {
        Map<Integer, PoolPod> byOrdinal = new HashMap<>();
        sight.pods().forEach(pod -> byOrdinal.put(pod.ordinal(), pod));
        // Those above go already, or the numbers don't begin with 0: then nobody knows which is the highest.
        if (sight.pods().stream().anyMatch(pod -> pod.ordinal() >= sight.replicas() || pod.ordinal() < 0)) {
            return 0;
        }
        int lower = 0;
        while (lower < sight.replicas()) {
            PoolPod pod = byOrdinal.get(sight.replicas() - 1 - lower);
            boolean isIdle = pod == null ? sight.isStuck() : pod.is(Phase.IDLE) || (areEnough && pod.is(Phase.STOPPED));
            if (!isIdle) {
                break;
            }
            lower++;
        }
        return lower;
    }
}
