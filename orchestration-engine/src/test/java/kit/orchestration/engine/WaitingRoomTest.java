package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kit.orchestration.AllocateReq;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {

    private final WaitingRoom room = new WaitingRoom(3);
    private final TestPool pool = new TestPool(GroupLimit.NONE);

    @Test
    void theHighestPriorityComesFirstThenTheEarliest() {
        Call early = enter(0, Map.of());
        Call urgent = enter(1, Map.of());
        Call late = enter(0, Map.of());

        assertThat(room.inOrder()).containsExactly(urgent, early, late);
        assertThat(room.first(Map.of(), call -> true)).isSameAs(urgent);
        assertThat(room.first(Map.of(), call -> call != urgent)).isSameAs(early);
        assertThat(room.first(Map.of(), call -> false)).isNull();
    }

    @Test
    void aLineIsServedOnlyByPodsThatHaveAllItsLabels() {
        Call both = enter(0, Map.of("map", "dust", "region", "eu"));
        Call one = enter(0, Map.of("region", "eu"));

        assertThat(room.first(Map.of("map", "dust"), call -> true)).isNull();
        assertThat(room.first(Map.of("region", "eu"), call -> true)).isSameAs(one);
        assertThat(room.first(Map.of("region", "eu", "map", "dust", "x", "y"), call -> true))
                .isSameAs(both);
        assertThat(room.first(Map.of("region", "eu", "map", "lake"), call -> true))
                .isSameAs(one);
    }

    /** Against a model that looks at every waiter every time. */
    @RepeatedTest(5)
    void agreesWithALookAtEveryWaiter() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        WaitingRoom bounded = new WaitingRoom(1_000);
        List<Call> model = new ArrayList<>();
        Comparator<Call> order = Comparator.comparingInt(
                        (Call call) -> -call.request().priority())
                .thenComparingLong(Call::arrival);
        for (int step = 0; step < 5_000; step++) {
            if (random.nextInt(5) < 3 && model.size() < 200) {
                Call call = call(random.nextInt(3), labels(random));
                bounded.add(call);
                model.add(call);
            } else if (!model.isEmpty()) {
                Call leaving = model.remove(random.nextInt(model.size()));
                assertThat(bounded.remove(leaving)).isTrue();
                assertThat(bounded.remove(leaving)).isFalse();
            }
            model.sort(order);
            Map<String, String> labels = labels(random);
            boolean even = random.nextBoolean();
            assertThat(bounded.first(labels, call -> call.arrival() % 2 == (even ? 0 : 1)))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(model.stream()
                            .filter(call -> call.arrival() % 2 == (even ? 0 : 1))
                            .filter(call -> labels.entrySet()
                                    .containsAll(call.request().selectors().entrySet()))
                            .findFirst()
                            .orElse(null));
            assertThat(bounded.inOrder()).as("seed %d, step %d", seed, step).isEqualTo(model);
        }
    }

    private Call enter(int priority, Map<String, String> selectors) {
        Call call = call(priority, selectors);
        room.add(call);
        return call;
    }

    private Call call(int priority, Map<String, String> selectors) {
        AllocateReq.Builder builder = AllocateReq.builder("duel");
        return pool.call(request -> builder.priority(priority).selectors(selectors));
    }

    private static Map<String, String> labels(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Map.of();
            case 1 -> Map.of("a", "" + random.nextInt(2));
            case 2 -> Map.of("b", "" + random.nextInt(2));
            default -> Map.of("a", "" + random.nextInt(2), "b", "" + random.nextInt(2));
        };
    }
}
