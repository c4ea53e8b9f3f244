package kit.orchestration.engine.matching;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.engine.Call;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {

    private final WaitingRoom room = new WaitingRoom(3);
    private long arrivals;

    @Test
    void theHighestPriorityComesFirstThenTheEarliest() {
        Seeker early = enter(0, Map.of());
        Seeker urgent = enter(1, Map.of());
        Seeker late = enter(0, Map.of());

        assertThat(room.standing()).containsExactly(urgent, early, late);
        assertThat(first(Map.of())).isSameAs(urgent);
        room.stepAside(urgent);
        assertThat(first(Map.of())).isSameAs(early);
    }

    @Test
    void theLastOfThosePastTheLimitHasToLeave() {
        enter(0, Map.of());
        enter(0, Map.of());
        Seeker late = enter(0, Map.of());
        assertThat(room.oneTooMany()).isNull();
        enter(1, Map.of());

        assertThat(room.oneTooMany()).isSameAs(late);
        room.leave(late);
        assertThat(room.oneTooMany()).isNull();
        assertThat(room.size()).isEqualTo(3);
    }

    @Test
    void aLineIsServedOnlyByPodsThatHaveAllItsLabels() {
        Seeker both = enter(0, Map.of("map", "dust", "region", "eu"));
        Seeker one = enter(0, Map.of("region", "eu"));

        assertThat(first(Map.of("map", "dust"))).isNull();
        assertThat(first(Map.of("region", "eu"))).isSameAs(one);
        assertThat(first(Map.of("region", "eu", "map", "dust", "x", "y"))).isSameAs(both);
        assertThat(first(Map.of("region", "eu", "map", "lake"))).isSameAs(one);
    }

    /** Filed under the alphabetically first label, each look of a pod with room was at all of them. */
    @Test
    void aLabelThatAllWaitersShareCostsALookNothing() {
        for (int i = 0; i < 10_000; i++) {
            enter(0, Map.of("game", "duel", "region", "eu-" + i % 5, "match", "" + i));
        }
        AtomicInteger looks = new AtomicInteger();
        Candidate pod = Candidates.of("pod", 1);
        pod.labels = new Counting(Map.of("game", "duel", "region", "eu-2", "match", "9002"), looks);

        assertThat(room.first(pod)).isNotNull();
        assertThat(looks).as("labels that were looked at").hasValueLessThan(100);
    }

    /** Against a model that looks at every waiter every time. */
    @RepeatedTest(5)
    void agreesWithALookAtEveryWaiter() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Seeker> model = new ArrayList<>();
        Comparator<Seeker> order = Comparator.comparingInt(
                        (Seeker seeker) -> -seeker.call.request().priority())
                .thenComparingLong(seeker -> seeker.call.arrival());
        for (int step = 0; step < 5_000; step++) {
            if (random.nextInt(5) < 3 && model.size() < 200) {
                model.add(enter(random.nextInt(3), labels(random)));
            } else if (!model.isEmpty()) {
                Seeker leaving = model.remove(random.nextInt(model.size()));
                room.stepAside(leaving);
                room.leave(leaving);
            }
            model.sort(order);
            Map<String, String> labels = labels(random);
            assertThat(first(labels))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(model.stream()
                            .filter(seeker -> labels.entrySet()
                                    .containsAll(seeker.demand.selectors().entrySet()))
                            .findFirst()
                            .orElse(null));
            assertThat(room.standing()).as("seed %d, step %d", seed, step).isEqualTo(model);
            assertThat(room.size()).isEqualTo(model.size());
        }
    }

    private Seeker first(Map<String, String> labels) {
        Candidate pod = Candidates.of("pod", 1);
        pod.labels = labels;
        return room.first(pod);
    }

    private Seeker enter(int priority, Map<String, String> selectors) {
        Seeker seeker = call(priority, selectors);
        room.enter(seeker);
        room.stand(seeker);
        return seeker;
    }

    private Seeker call(int priority, Map<String, String> selectors) {
        AllocateReq request = AllocateReq.builder("duel")
                .priority(priority)
                .selectors(selectors)
                .maxWait(Duration.ofMinutes(1))
                .build();
        return new Seeker(new Call(request, null, null, arrivals++, 0));
    }

    private static Map<String, String> labels(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Map.of();
            case 1 -> Map.of("a", "" + random.nextInt(2));
            case 2 -> Map.of("b", "" + random.nextInt(2));
            default -> Map.of("a", "" + random.nextInt(2), "b", "" + random.nextInt(2));
        };
    }

    /** Counts how often it is asked for a label. */
    private static final class Counting extends AbstractMap<String, String> {
        private final Map<String, String> labels;
        private final AtomicInteger looks;

        Counting(Map<String, String> labels, AtomicInteger looks) {
            this.labels = labels;
            this.looks = looks;
        }

        @Override
        public String get(Object key) {
            looks.incrementAndGet();
            return labels.get(key);
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
            return labels.entrySet();
        }
    }
}
