package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PermitsTest {

    private final Permits permits = new Permits(1);
    private final List<String> ran = new ArrayList<>();

    /** A pool whose callers have gone meanwhile: the permit is of use to the next pool. */
    @Test
    void whoever_is_woken_and_takes_none_does_not_keep_it_from_the_next() {
        assertThat(permits.tryAcquire(() -> {})).isTrue();
        assertThat(permits.tryAcquire(() -> ran.add("takes none"))).isFalse();
        permits.run(() -> ran.add("task"));
        permits.run(() -> ran.add("later"));
        permits.release();
        assertThat(ran).containsExactly("takes none", "task");

        permits.release();
        assertThat(ran).containsExactly("takes none", "task", "later");
        permits.release();
        assertThat(permits.tryAcquire(() -> {})).isTrue();
    }
}
