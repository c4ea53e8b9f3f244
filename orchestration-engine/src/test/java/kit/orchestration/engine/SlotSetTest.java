package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotSetTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 128, 1_000})
    void doesWhatASetOfNumbersDoes(int capacity) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        SlotSet slots = new SlotSet(capacity);
        TreeSet<Integer> model = new TreeSet<>();

        for (int step = 0; step < 5_000; step++) {
            int slot = random.nextInt(capacity);
            if (random.nextBoolean()) {
                slots.add(slot);
                model.add(slot);
            } else {
                slots.remove(slot);
                model.remove(slot);
            }
            int start = random.nextInt(capacity);
            assertThat(slots.size()).as("seed %d", seed).isEqualTo(model.size());
            assertThat(slots.contains(start)).as("seed %d", seed).isEqualTo(model.contains(start));
            if (!model.isEmpty()) {
                Integer next = model.ceiling(start);
                assertThat(slots.nextFrom(start))
                        .as("seed %d, from %d", seed, start)
                        .isEqualTo(next != null ? next : model.first());
            }
        }
    }
}
