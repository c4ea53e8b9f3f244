package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import kit.orchestration.Allocation;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerSlot.Held;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Releases by an allocator that has not claimed the session: whoever has its id may end it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ForeignReleaseTest extends BenchFixture {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private HandPod pod;
    private Matchmaker claims;
    private Matchmaker other;

    @BeforeEach
    void open() {
        pod = bench.pod(20);
        claims = bench.matchmaker();
        other = bench.matchmaker();
        claims.settle();
        other.settle();
    }

    @Test
    void a_session_that_was_claimed_a_moment_ago_is_ended_whether_its_claim_has_been_seen_or_not() throws Exception {
        for (int i = 0; i < 20; i++) {
            other.allocator().release(claims.allocate(bench.request()));
        }

        await().atMost(PATIENCE).untilAsserted(() -> assertAllAreEnded(20));
    }

    @Test
    void a_session_whose_claim_a_silent_watch_has_not_told_of_is_ended_when_it_does() throws Exception {
        other.relay().stallWatches("leases");
        other.allocator().release(claims.allocate(bench.request()));
        assertThat(pod.held().values()).noneMatch(Held::revoked);

        other.relay().stallWatches();

        await().atMost(PATIENCE).untilAsserted(() -> assertAllAreEnded(1));
    }

    @Test
    void a_session_outlives_the_allocator_that_has_claimed_it_and_is_ended_by_another() throws Exception {
        Allocation session = claims.allocate(bench.request());
        Allocation second = claims.allocate(bench.request());
        claims.allocator().close();
        other.settle();

        other.allocator().release(session);
        assertThat(pod.held().values())
                .filteredOn(Held::revoked)
                .extracting(Held::sessionId)
                .containsExactly(session.sessionId());

        Matchmaker later = bench.matchmaker();
        later.allocator().release(bench.pool(), second.sessionId());
        assertAllAreEnded(2);
    }

    private void assertAllAreEnded(int count) {
        assertThat(pod.held().values()).hasSize(count).allMatch(Held::revoked);
    }
}
