package kit.orchestration.engine;

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
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class PodIndexTest {

    private static final List<PodState> STATES = List.of(PodState.values());

    private final PodIndex<String> index = new PodIndex<>();
    private int names;

    @Test
    void packedPicksTheFullestPodWithRoomAndSpreadTheEmptiest() {
        Pod<String> full = add(2, Map.of());
        Pod<String> fuller = add(5, Map.of());
        Pod<String> empty = add(70, Map.of());
        reserve(full, 2);
        reserve(fuller, 3);

        PodView<String> all = index.view(Map.of());
        assertThat(all.pick(Placement.PACKED)).isSameAs(fuller);
        assertThat(all.pick(Placement.SPREAD)).isSameAs(empty);

        reserve(fuller, 2);
        reserve(empty, 70);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.pick(Placement.SPREAD)).isNull();
        full.unreserve(0);
        index.update(full);
        assertThat(all.pick(Placement.PACKED)).isSameAs(full);
    }

    @Test
    void aPodThatIsNotReadyOrWhoseBatchIsFullIsNotPicked() {
        Pod<String> pod = add(2, Map.of());
        PodView<String> all = index.view(Map.of());

        pod.blocked = true;
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.roomIsBlocked()).isTrue();

        pod.state = PodState.DRAINING;
        index.update(pod);
        assertThat(all.roomIsBlocked()).isFalse();
        assertThat(all.counts(1)).isEqualTo(new PodCounts(1, 0, 0, 0, 1, 0));

        pod.blocked = false;
        pod.state = PodState.READY;
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);
    }

    @Test
    void aPodThatOthersFillIsPickedUntilAQuarterOfWhatIsFreeIsReserved() {
        Pod<String> pod = add(8, Map.of());
        PodView<String> all = index.view(Map.of());
        pod.rank = Pod.LAST_RANK;
        reserve(pod, 1);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);

        reserve(pod, 1);
        assertThat(all.pick(Placement.PACKED)).isNull();
        assertThat(all.roomIsBlocked()).isTrue();

        pod.unreserve(0);
        index.update(pod);
        assertThat(all.pick(Placement.PACKED)).isSameAs(pod);
    }

    @Test
    void keepsSixtyFourViewsAndDropsTheOneUnusedForLongest() {
        Pod<String> pod = add(2, labels(0, 0));
        PodView<String> kept = index.view(Map.of());
        PodView<String> dropped = index.view(Map.of("a", "0"));
        for (int i = 0; i < PodIndex.MAX_VIEWS - 1; i++) {
            assertThat(index.view(Map.of())).isSameAs(kept);
            index.view(Map.of("other", "" + i));
        }

        assertThat(pod.entries).extracting(entry -> entry.view).containsExactly(kept);
        reserve(pod, 1);
        PodView<String> again = index.view(Map.of("a", "0"));
        assertThat(again).isNotSameAs(dropped);
        assertThat(again.pick(Placement.PACKED)).isSameAs(pod);
        reserve(pod, 1);
        assertThat(again.pick(Placement.PACKED)).isNull();
    }

    /** The index remembers views by the very map that was asked with, at its identity hash: here nobody takes that place. */
    @Test
    void aViewThatWasDroppedIsNotFoundByTheMapThatItWasAskedWith() {
        Map<String, String> selectors = Map.of("a", "0");
        PodView<String> dropped = index.view(selectors);
        assertThat(index.view(selectors)).isSameAs(dropped);
        for (int i = 0; i < PodIndex.MAX_VIEWS; i++) {
            index.view(elsewhere(Map.of("other", "" + i), selectors));
        }
        Pod<String> pod = add(2, labels(0, 0));

        assertThat(index.view(selectors)).isNotSameAs(dropped);
        assertThat(index.view(selectors).pick(Placement.PACKED)).isSameAs(pod);
    }

    /** An equal map whose identity hash ends otherwise than that of another one. */
    private static Map<String, String> elsewhere(Map<String, String> map, Map<String, String> other) {
        Map<String, String> copy = new TreeMap<>(map);
        while (System.identityHashCode(copy) % 64 == System.identityHashCode(other) % 64) {
            copy = new TreeMap<>(map);
        }
        return copy;
    }

    /** Against a model that looks at every pod every time; with more sets of selectors than there may be views. */
    @RepeatedTest(5)
    void agreesWithALookAtEveryPod() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Pod<String>> pods = new ArrayList<>();
        for (int step = 0; step < 5_000; step++) {
            change(random, pods);
            Map<String, String> selectors = selectors(random, pods);
            check(index.view(selectors), selectors, pods, "seed %s, step %s, %s".formatted(seed, step, selectors));
        }
        for (Pod<String> pod : List.copyOf(pods)) {
            index.remove(pod);
        }
        assertThat(index.size()).isZero();
        assertThat(index.view(Map.of()).counts(0)).isEqualTo(new PodCounts(0, 0, 0, 0, 0, 0));
    }

    private void change(Random random, List<Pod<String>> pods) {
        int dice = random.nextInt(20);
        if (pods.isEmpty() || (dice == 0 && pods.size() < 60)) {
            pods.add(add(1 + random.nextInt(100), labels(random)));
            return;
        }
        Pod<String> pod = pods.get(random.nextInt(pods.size()));
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
            pod.blocked = !pod.blocked;
            pod.rank = random.nextInt(3);
            pod.aged = random.nextBoolean();
            index.update(pod);
        } else if (dice <= 14 && pod.room() > 0) {
            reserve(pod, 1 + random.nextInt(pod.room()));
        } else {
            int slot = random.nextInt(pod.capacity());
            pod.seen(slot, pod.version(slot) + 1);
            if (random.nextBoolean()) {
                pod.unreserve(slot);
            }
            index.update(pod);
        }
    }

    private static void check(
            PodView<String> view, Map<String, String> selectors, List<Pod<String>> pods, String description) {
        List<Pod<String>> matching = pods.stream()
                .filter(pod -> pod.labels.entrySet().containsAll(selectors.entrySet()))
                .toList();
        Pod<String> packed = view.pick(Placement.PACKED);
        Pod<String> spread = view.pick(Placement.SPREAD);
        if (matching.stream().noneMatch(pod -> pod.room() > 0)) {
            assertThat(packed).as(description).isNull();
            assertThat(spread).as(description).isNull();
        } else {
            assertThat(matching).as(description).contains(packed, spread);
            List<Pod<String>> withRoom =
                    matching.stream().filter(pod -> pod.room() > 0).toList();
            assertThat(withRoom)
                    .as(description)
                    .allMatch(pod -> pod.order().compareTo(packed.order()) > 0
                            || (pod.order() == packed.order() && pod.room() >= packed.room()))
                    .allMatch(pod -> (spread.order().fresh && !pod.order().fresh)
                            || (pod.order().fresh == spread.order().fresh && pod.room() <= spread.room()));
        }
        assertThat(view.roomIsBlocked())
                .as(description)
                .isEqualTo(matching.stream()
                        .anyMatch(pod -> pod.state == PodState.READY && pod.freeSlots() > 0 && pod.room() == 0));
        assertThat(view.counts(pods.size()))
                .as(description)
                .isEqualTo(new PodCounts(
                        pods.size(),
                        pods.size() - matching.size(),
                        0,
                        in(PodState.NOT_READY, matching),
                        in(PodState.DRAINING, matching),
                        in(PodState.READY, matching)));
        Set<PodView<String>> live = new HashSet<>();
        for (Pod<String> pod : pods) {
            Set<PodView<String>> views = new HashSet<>();
            pod.entries.forEach(entry -> views.add(entry.view));
            assertThat(views).as(description).hasSameSizeAs(pod.entries);
            assertThat(views).as(description).allMatch(each -> each.matches(pod.labels));
            live.addAll(views);
        }
        assertThat(live).as(description).hasSizeLessThanOrEqualTo(PodIndex.MAX_VIEWS);
        for (Pod<String> pod : pods) {
            assertThat(pod.entries).as(description).hasSize((int)
                    live.stream().filter(each -> each.matches(pod.labels)).count());
        }
    }

    private static int in(PodState state, List<Pod<String>> pods) {
        return (int) pods.stream().filter(pod -> pod.state == state).count();
    }

    private Pod<String> add(int capacity, Map<String, String> labels) {
        Pod<String> pod = new Pod<>("pod-" + names, "pod-" + names, new long[capacity]);
        Map<String, String> own = new TreeMap<>(labels);
        own.put("own", "" + names++);
        pod.labels = own;
        pod.state = PodState.READY;
        index.add(pod);
        return pod;
    }

    private void reserve(Pod<String> pod, int slots) {
        for (int i = 0; i < slots; i++) {
            pod.reserve(0);
        }
        index.update(pod);
    }

    private static Map<String, String> labels(Random random) {
        return labels(random.nextInt(6), random.nextInt(6));
    }

    private static Map<String, String> labels(int a, int b) {
        return Map.of("a", "" + a, "b", "" + b);
    }

    private static Map<String, String> selectors(Random random, List<Pod<String>> pods) {
        return switch (random.nextInt(6)) {
            case 0 -> Map.of();
            case 1 -> Map.of("a", "" + random.nextInt(7));
            case 2 -> Map.of("b", "" + random.nextInt(7));
            case 3 -> pods.isEmpty() ? Map.of() : pods.get(random.nextInt(pods.size())).labels;
            default -> labels(random);
        };
    }
}
