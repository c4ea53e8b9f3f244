package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TargetCheckTest {

    private static final long SEEN = TargetCheck.SEEN.toNanos();

    private final TargetCheck check = new TargetCheck("duel");

    private int check(int existing, int ofPool, long nanos) {
        return check.unseen(ScaleTarget.deployment("deul"), existing, ofPool, nanos);
    }

    @Test
    void pods_that_are_not_of_the_pool_for_a_while_count() {
        assertThat(check(3, 1, 0)).isZero();
        assertThat(check(3, 1, SEEN)).isZero();
        assertThat(check(3, 1, SEEN + 1)).isEqualTo(2);
        assertThat(check(3, 4, SEEN + 2)).as("the target says so later").isZero();
        assertThat(check(3, 1, 2 * SEEN)).isZero();
    }

    @Test
    void a_target_with_pods_that_are_none_of_the_pool_s_is_told_of_once_the_view_must_have_them() {
        check(2, 0, -7);
        check(2, 0, SEEN - 7);
        assertThatThrownBy(() -> check(2, 0, SEEN - 6))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("none of the pods of deployments/deul is of pool duel")
                .hasMessageContaining("orchestration.kit/pool=duel");
    }

    @Test
    void one_that_has_some_or_none_at_all_is_in_order() {
        check(2, 0, 0);
        check(2, 1, SEEN + 1);
        check(2, 0, SEEN + 2);
        check(0, 0, SEEN + 3);
        check(2, 0, 2 * SEEN);
        assertThatCode(() -> check(2, 0, 3 * SEEN)).doesNotThrowAnyException();
    }
}
