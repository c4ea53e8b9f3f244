package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 1_000); // a monotonic clock may overflow
    private final Reach reach = new Reach(time::get);

    @Test
    void itIsClearUntilSomethingFails() {
        assertThat(reach.isClear()).isTrue();
        reach.answered(reach.now());
        assertThat(reach.isClear()).isTrue();
    }

    @Test
    void aCallWithoutAnswerIsTroubleUntilThePodsHaveCaughtUp() {
        reach.failed(ApiException.ofFailure("a call", new ConnectException("refused")));
        passing(Reach.SETTLING.minusNanos(1));
        assertThat(reach.isClear()).isFalse();
        passing(Duration.ofNanos(1));
        assertThat(reach.isClear()).isTrue();
    }

    @Test
    void aSlowAnswerIsTroubleFromWhenItCame() {
        long start = reach.now();
        passing(Duration.ofSeconds(20));
        reach.answered(start);
        assertThat(reach.isClear()).isFalse();
        passing(Reach.SETTLING);
        assertThat(reach.isClear()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503, 504})
    void anAnswerThatTheServerIsNotWellIsTrouble(int status) {
        reach.failed(ApiException.ofStatus("a call", status, ""));
        assertThat(reach.isClear()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 409, 410, 422})
    void anAnswerToWhatWasAskedIsNone(int status) {
        reach.failed(ApiException.ofStatus("a call", status, ""));
        assertThat(reach.isClear()).isTrue();
    }

    private void passing(Duration passed) {
        time.addAndGet(passed.toNanos());
    }
}
