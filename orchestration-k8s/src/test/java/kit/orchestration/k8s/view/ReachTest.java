package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReachTest {

    private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 1_000); // a monotonic clock may overflow
    private final Reach reach = new Reach(time::get);

    @Test
    void itIsClearUntilSomethingFails() {
        assertThat(reach.doubt()).isEmpty();
        reach.ended(Duration.ofMillis(1_900), null);
        assertThat(reach.doubt()).isEmpty();
    }

    @Test
    void aCallWithoutAnswerIsTroubleUntilThePodsHaveCaughtUp() {
        reach.ended(Duration.ZERO, ApiException.failed("a call", new ConnectException("refused")));
        assertThat(reach.doubt().orElseThrow().why()).contains("refused");
        passing(Reach.SETTLING.minusNanos(1));
        assertThat(reach.doubt()).isPresent();
        passing(Duration.ofNanos(1));
        assertThat(reach.doubt()).isEmpty();
    }

    @Test
    void aSlowAnswerIsTroubleFromWhenItCame() {
        reach.ended(Duration.ofSeconds(20), null);
        assertThat(reach.doubt()).isPresent();
        passing(Reach.SETTLING);
        assertThat(reach.doubt()).isEmpty();
    }

    /** Others are asked the same, and stay away for up to half as long again. */
    @Test
    void whatTheServerAsksForLastsLongerThanAnyTroubleThatFollows() {
        reach.ended(Duration.ZERO, ApiException.answered("a call", new Answer(429, "", "30")));
        reach.ended(Duration.ofSeconds(20), null);
        passing(Duration.ofSeconds(45).plus(Reach.SETTLING).minusNanos(1));
        assertThat(reach.doubt().orElseThrow().why()).contains("429");
        passing(Duration.ofNanos(1));
        assertThat(reach.doubt()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503, 504})
    void anAnswerThatTheServerIsNotWellIsTrouble(int status) {
        reach.ended(Duration.ZERO, ApiException.answered("a call", new Answer(status, "", "")));
        assertThat(reach.doubt()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 409, 410, 422})
    void anAnswerToWhatWasAskedIsNone(int status) {
        reach.ended(Duration.ZERO, ApiException.answered("a call", Statuses.answer(status)));
        assertThat(reach.doubt()).isEmpty();
    }

    private void passing(Duration passed) {
        time.addAndGet(passed.toNanos());
    }
}
