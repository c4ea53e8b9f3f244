package kit.orchestration.engine.matching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class PodIndexTest {

    private static final List<PodState> STATES = List.of(PodState.values());

    private final PodIndex index = new PodIndex();
    private final Set<String> reserved = new HashSet<>();
    private int names;

    @Test
    void packedPicksTheFullestPodWithRoomAndSpreadTheEmptiest() {
        Candidate full = add(2, Map.of());
        Candidate fuller = add(5, Map.of());
        Candidate empty = add(70, Map.of());
        reserve(full, 2);
        reserve(fuller, 3);

        PodView all = view(Map.of());
        assertThat(all.pick(Placement.PACKED)).isSameAs(fuller);
        assertThat(all.pick(Placement.SPREAD)).isSameAs(empty);

        reserve(fuller, 2);
        reserve(empty, 70);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.pick(Placement.SPREAD)).isNull();
        full.slots.unreserve(0);
        index.update(full);
        assertThat(all.pick(Placement.PACKED)).isSameAs(full);
    }

    @Test
    void aPodThatIsNotReadyOrWhoseBatchIsFullIsNotPicked() {
        Candidate pod = add(2, Map.of());
        PodView all = view(Map.of());

        pod.gathering.full = true;
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.blockedRoom()).isPositive();

        pod.tight = true;
        index.update(pod);
        assertThat(all.blockedRoom()).isZero();
        pod.gathering.full = false;
        assertThat(all.pick(Placement.PACKED)).isNull();

        pod.state = PodState.DRAINING;
        index.update(pod);
        assertThat(all.blockedRoom()).isZero();
        assertThat(all.counts(1)).isEqualTo(new PodCounts(1, 0, 0, 0, 1, 0));

        pod.tight = false;
        pod.state = PodState.READY;
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);
    }

    @Test
    void aPodThatOthersFillIsPickedUntilAQuarterOfWhatIsFreeIsReserved() {
        Candidate pod = add(8, Map.of());
        PodView all = view(Map.of());
        pod.rank = PodRank.LEFT_TO_OTHERS;
        reserve(pod, 1);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);

        reserve(pod, 1);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.blockedRoom()).isPositive();

        pod.slots.unreserve(0);
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);
    }

    @Test
    void keepsSoManyViewsAndDropsTheOneUnusedForLongest() {
        Candidate pod = add(2, labels(0, 0));
        PodView kept = view(Map.of());
        PodView dropped = view(Map.of("a", "0"));
        for (int i = 0; i < PodIndex.MAX_VIEWS - 1; i++) {
            assertThat(view(Map.of())).isSameAs(kept);
            view(Map.of("other", "" + i));
        }

        assertThat(pod.listing.entries).extracting(entry -> entry.view).containsExactly(kept);
        reserve(pod, 1);
        PodView again = view(Map.of("a", "0"));
        assertThat(again).isNotSameAs(dropped);
        assertThat(again.pick(Placement.PACKED)).isSameAs(pod);
        reserve(pod, 1);
        assertThat(again.pick(Placement.PACKED)).isNull();
    }

    @Test
    void anEqualRequestFindsTheViewThoughItIsAnotherObject() {
        PodView view = view(Map.of("a", "0", "b", "1"));
        assertThat(view(new TreeMap<>(Map.of("b", "1", "a", "0")))).isSameAs(view);
        assertThat(view(Map.of("a", "0"))).isNotSameAs(view);
    }

    @Test
    void aViewThatSomebodyLeansOnIsNotDropped() {
        PodView leanedOn = index.leanOn(new Demand(Map.of("a", "0")));
        for (int i = 0; i <= PodIndex.MAX_VIEWS; i++) {
            view(Map.of("other", "" + i));
        }
        assertThat(view(Map.of("a", "0"))).isSameAs(leanedOn);
    }

    @Test
    void aViewThatIsLetGoDoesNotStayWhenThereAreTooMany() {
        add(1, Map.of());
        List<PodView> leanedOn = new ArrayList<>();
        for (int i = 0; i < 2 * PodIndex.MAX_VIEWS; i++) {
            leanedOn.add(index.leanOn(new Demand(i == 0 ? Map.of() : Map.of("a", "" + i))));
        }
        Candidate pod = add(1, Map.of("a", "7"));
        assertThat(pod.listing.entries).hasSize(2);
        leanedOn.forEach(index::letGo);

        for (int i = PodIndex.MAX_VIEWS; i < 2 * PodIndex.MAX_VIEWS; i++) {
            assertThat(view(Map.of("a", "" + i))).isSameAs(leanedOn.get(i));
        }
        assertThat(pod.listing.entries).as("views of it that are left").isEmpty();
    }

    /** Against a model that looks at every pod every time; with more sets of selectors than there may be views. */
    @RepeatedTest(5)
    void agreesWithALookAtEveryPod() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Candidate> pods = new ArrayList<>();
        for (int step = 0; step < 5_000; step++) {
            change(random, pods);
            Map<String, String> selectors = selectors(random, pods);
            check(view(selectors), selectors, pods, "seed %s, step %s, %s".formatted(seed, step, selectors));
        }
        for (Candidate pod : List.copyOf(pods)) {
            index.remove(pod);
        }
        assertThat(index.size()).isZero();
        assertThat(view(Map.of()).counts(0)).isEqualTo(new PodCounts(0, 0, 0, 0, 0, 0));
    }

    private PodView view(Map<String, String> selectors) {
        return index.view(new Demand(selectors));
    }

    private void change(Random random, List<Candidate> pods) {
        int dice = random.nextInt(20);
        if (pods.isEmpty() || (dice == 0 && pods.size() < 60)) {
            pods.add(add(1 + random.nextInt(100), labels(random)));
            return;
        }
        Candidate pod = pods.get(random.nextInt(pods.size()));
        if (dice == 1) {
            index.remove(pod);
            pods.remove(pod);
        } else if (dice <= 3) {
            PodState before = pod.state;
            pod.state = random.nextBoolean() ? before : PodState.DRAINING;
            index.remove(pod);
            pod.labels = labels(random);
            index.add(pod);
            index.update(pod);
        } else if (dice <= 6) {
            pod.state = STATES.get(random.nextInt(STATES.size()));
            index.update(pod);
        } else if (dice <= 9) {
            pod.gathering.full = !pod.gathering.full;
            pod.rank = List.of(PodRank.values()).get(random.nextInt(PodRank.values().length));
            pod.gathering.aged = random.nextBoolean();
            pod.tight = random.nextInt(4) == 0;
            index.update(pod);
        } else if (dice <= 14 && pod.room() > 0) {
            reserve(pod, 1 + random.nextInt(pod.room()));
        } else {
            int slot = random.nextInt(pod.capacity());
            pod.slots.seen(slot, pod.slots.version(slot) + 1);
            if (random.nextBoolean() && reserved.remove(pod.pod().name() + "/" + slot)) {
                pod.slots.unreserve(slot);
            }
            index.update(pod);
        }
    }

    private static void check(PodView view, Map<String, String> selectors, List<Candidate> pods, String description) {
        List<Candidate> matching = pods.stream()
                .filter(pod -> pod.labels.entrySet().containsAll(selectors.entrySet()))
                .toList();
        Candidate packed = view.pick(Placement.PACKED);
        Candidate spread = view.pick(Placement.SPREAD);
        if (matching.stream().noneMatch(pod -> pod.room() > 0)) {
            assertThat(packed).as(description).isNull();
            assertThat(spread).as(description).isNull();
        } else {
            assertThat(matching).as(description).contains(packed, spread);
            List<Candidate> withRoom =
                    matching.stream().filter(pod -> pod.room() > 0).toList();
            assertThat(withRoom)
                    .as(description)
                    .allMatch(pod -> pod.order().compareTo(packed.order()) > 0
                            || (pod.order() == packed.order() && pod.room() >= packed.room()))
                    .allMatch(pod ->
                            grade(pod) > grade(spread) || (grade(pod) == grade(spread) && pod.room() <= spread.room()));
        }
        assertThat(view.blockedRoom())
                .as(description)
                .isEqualTo(matching.stream()
                        .filter(pod -> pod.state == PodState.READY && pod.room() == 0 && !pod.tight)
                        .mapToInt(pod -> pod.slots.free())
                        .sum());
        assertThat(view.counts(pods.size()))
                .as(description)
                .isEqualTo(new PodCounts(
                        pods.size(),
                        pods.size() - matching.size(),
                        in(PodState.MISCONFIGURED, matching),
                        in(PodState.NOT_READY, matching),
                        in(PodState.DRAINING, matching),
                        in(PodState.READY, matching)));
        Set<PodView> live = new HashSet<>();
        for (Candidate pod : pods) {
            Set<PodView> views = new HashSet<>();
            pod.listing.entries.forEach(entry -> views.add(entry.view));
            assertThat(views).as(description).hasSameSizeAs(pod.listing.entries);
            assertThat(views).as(description).allMatch(each -> each.demand().matches(pod));
            live.addAll(views);
        }
        assertThat(live).as(description).hasSizeLessThanOrEqualTo(PodIndex.MAX_VIEWS);
        for (Candidate pod : pods) {
            assertThat(pod.listing.entries).as(description).hasSize((int)
                    live.stream().filter(each -> each.demand().matches(pod)).count());
        }
    }

    /** Of what SPREAD tells apart. */
    private static int grade(Candidate pod) {
        return switch (pod.order()) {
            case PREFERRED, UNRANKED, LEFT_TO_OTHERS -> 0;
            case AGED, LEFT_TO_OTHERS_AND_AGED -> 1;
            case REFUSING -> 2;
            case LEAVING -> 3;
        };
    }

    private static int in(PodState state, List<Candidate> pods) {
        return (int) pods.stream().filter(pod -> pod.state == state).count();
    }

    private Candidate add(int capacity, Map<String, String> labels) {
        Candidate pod = Candidates.of("pod-" + names, capacity);
        Map<String, String> own = new TreeMap<>(labels);
        own.put("own", "" + names++);
        pod.labels = own;
        pod.state = PodState.READY;
        index.add(pod);
        return pod;
    }

    private void reserve(Candidate pod, int slots) {
        for (int i = 0; i < slots; i++) {
            reserved.add(pod.pod().name() + "/" + pod.slots.reserve(0));
        }
        index.update(pod);
    }

    private static Map<String, String> labels(Random random) {
        return labels(random.nextInt(6), random.nextInt(6));
    }

    private static Map<String, String> labels(int a, int b) {
        return Map.of("a", "" + a, "b", "" + b);
    }

    private static Map<String, String> selectors(Random random, List<Candidate> pods) {
        return switch (random.nextInt(6)) {
            case 0 -> Map.of();
            case 1 -> Map.of("a", "" + random.nextInt(7));
            case 2 -> Map.of("b", "" + random.nextInt(7));
            case 3 -> pods.isEmpty() ? Map.of() : pods.get(random.nextInt(pods.size())).labels;
            default -> labels(random);
        };
    }
}
