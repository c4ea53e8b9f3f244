package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SessionIdsTest {

    @Test
    void they_are_twenty_characters_each_and_none_is_given_twice() {
        SessionIds ids = new SessionIds(new Random(3));
        List<String> many = Stream.generate(ids).limit(10_000).toList();
        assertThat(many).allMatch(id -> id.matches("[0-9a-z]{20}")).doesNotHaveDuplicates();
    }

    /** As by a count, or a part that stays: who knows one would know the next. */
    @Test
    void no_part_of_one_tells_anything_of_the_next() {
        SessionIds ids = new SessionIds(new Random(4));
        String[] last = {ids.get()};
        for (int place = 0; place < 20; place++) {
            int at = place;
            Set<Integer> steps = new HashSet<>();
            for (int i = 0; i < 200; i++) {
                String id = ids.get();
                steps.add(id.charAt(at) - last[0].charAt(at));
                last[0] = id;
            }
            assertThat(steps).as("steps of character " + at).hasSizeGreaterThan(20);
        }
    }
}
