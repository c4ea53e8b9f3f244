package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** "What if this changes now?", of each field of a Pod; and where a retry finds its session. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class OddPodTest extends BenchFixture {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "another")
    void a_pod_that_was_taken_out_of_its_pool_gets_no_session_and_keeps_those_it_has(String other) throws Exception {
        HandPod pod = bench.pod(3);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation running = matchmaker.allocate(bench.request("running"));
        String slot = pod.slot(pod.held().keySet().iterator().next());
        matchmaker.settle();

        pod.podPool(other);
        matchmaker.settle();

        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        assertThat(matchmaker.allocate(bench.request("running")).sessionId()).isEqualTo(running.sessionId());
        if (other != null) {
            assertThatThrownBy(() -> matchmaker.allocate(AllocateReq.of("another")))
                    .isInstanceOfSatisfying(
                            NoCapacityException.class,
                            error -> assertThat(error.pods().misconfigured()).isEqualTo(1));
        }
        matchmaker.allocator().release(running);
        assertThat(pod.held().values())
                .singleElement()
                .satisfies(held -> assertThat(held.format()).isEqualTo(slot + " revoked"));
    }

    @Test
    void an_allocator_that_starts_later_finds_the_session_of_a_pod_that_was_taken_out_of_its_pool() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation running = matchmaker.allocate(bench.request("running"));
        matchmaker.settle();
        pod.podPool(null);
        HandPod other = bench.pod(2);
        matchmaker.settle();

        Matchmaker later = bench.matchmaker();
        later.settle();
        assertThat(later.allocate(bench.request("running")).sessionId()).isEqualTo(running.sessionId());
        assertThat(other.held()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Failed", "Succeeded"})
    void a_pod_that_has_ended_is_gone_with_its_sessions(String phase) throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation lost = matchmaker.allocate(bench.request("match"));
        matchmaker.settle();

        pod.ended(phase);
        HandPod next = bench.pod(2);
        matchmaker.settle();

        Allocation again = matchmaker.allocate(bench.request("match"));
        assertThat(again.sessionId()).isNotEqualTo(lost.sessionId());
        assertThat(again.podAddress().host()).isEqualTo(next.host());
        Allocation through = bench.matchmaker().allocate(bench.request("match"));
        assertThat(through.sessionId()).isEqualTo(again.sessionId());
        assertThat(matchmaker.allocator().status(bench.pool()).claimed()).hasValue(1);
    }

    @Test
    void a_pod_that_is_gone_takes_its_sessions_with_it_also_for_a_retry() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation lost = matchmaker.allocate(bench.request("match"));
        HandPod next = bench.pod(2);
        matchmaker.settle().relay().stallWatches("pods"); // it is not told of the end

        pod.kill();
        matchmaker.relay().stallWatches();
        matchmaker.settle();

        Allocation again = matchmaker.allocate(bench.request("match"));
        assertThat(again.sessionId()).isNotEqualTo(lost.sessionId());
        assertThat(again.podAddress().host()).isEqualTo(next.host());
    }

    @Test
    void a_retry_finds_its_session_on_a_pod_that_drains_is_full_or_not_ready_from_any_allocator() throws Exception {
        HandPod pod = bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation session = matchmaker.allocate(bench.request("match"));
        assertThat(matchmaker.allocate(bench.request("match")).sessionId()).isEqualTo(session.sessionId());

        pod.ready(false);
        assertThat(matchmaker.settle().allocate(bench.request("match")).sessionId())
                .isEqualTo(session.sessionId());
        assertThat(bench.matchmaker().allocate(bench.request("match")).sessionId())
                .isEqualTo(session.sessionId());

        pod.drain();
        assertThat(matchmaker.settle().allocate(bench.request("match")).sessionId())
                .isEqualTo(session.sessionId());
        Matchmaker later = bench.matchmaker();
        assertThat(later.allocate(bench.request("match")).sessionId()).isEqualTo(session.sessionId());
        assertThat(later.allocate(bench.request("match")).podAddress()).isEqualTo(session.podAddress());
    }

    @Test
    void an_address_that_is_announced_anew_is_the_one_that_is_told_and_none_is_a_mistake() throws Exception {
        HandPod pod = bench.pod(4);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request("match"));

        pod.podAnnotation(LedgerNames.ADDRESS_ANNOTATION, "203.0.113.7:4711");
        matchmaker.settle();
        assertThat(matchmaker.allocate(bench.request("match")).podAddress().port())
                .isEqualTo(4711);
        assertThat(matchmaker.allocate(bench.request()).podAddress().port()).isEqualTo(4711);

        pod.podAnnotation(LedgerNames.ADDRESS_ANNOTATION, "nowhere");
        matchmaker.settle();
        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(Bench.outOfUse(error)).isEqualTo(1));
    }

    @Test
    void a_capacity_that_is_lowered_counts_and_takes_no_session_away() throws Exception {
        HandPod pod = bench.pod(4);
        Matchmaker matchmaker = bench.matchmaker();
        Set<String> sessions = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            sessions.add(matchmaker.allocate(bench.request("match-" + i)).sessionId());
        }
        pod.podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "2");
        matchmaker.settle();

        Set<String> again = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            again.add(matchmaker.allocate(bench.request("match-" + i)).sessionId());
        }
        assertThat(again).isEqualTo(sessions);
        pod.freeAll();
        matchmaker.settle();
        matchmaker.allocate(bench.request());
        matchmaker.allocate(bench.request());
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void labels_that_change_are_what_new_sessions_match_and_a_retry_still_finds_its_own() throws Exception {
        HandPod pod = bench.pod(3, Map.of("map", "dust"));
        Matchmaker matchmaker = bench.matchmaker();
        AllocateReq dust = AllocateReq.builder(bench.pool())
                .selectors(Map.of("map", "dust"))
                .requestId("match")
                .build();
        Allocation session = matchmaker.allocate(dust);
        matchmaker.settle();

        pod.podLabel("map", "lake");
        matchmaker.settle();

        assertThat(matchmaker.allocate(dust).sessionId()).isEqualTo(session.sessionId());
        AllocateReq other = AllocateReq.builder(bench.pool())
                .selectors(Map.of("map", "dust"))
                .build();
        assertThatThrownBy(() -> matchmaker.allocate(other)).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void a_Lease_that_is_full_of_bytes_is_left_for_the_next_pod() throws Exception {
        bench.pod(300);
        bench.pod(300);
        Matchmaker matchmaker = bench.matchmaker();
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put("key", "x".repeat(997));
        Set<String> hosts = new HashSet<>();
        for (int i = 0; i < 400; i++) {
            hosts.add(matchmaker
                    .allocate(AllocateReq.builder(bench.pool())
                            .annotations(annotations)
                            .build())
                    .podAddress()
                    .host());
        }
        assertThat(hosts).hasSize(2);
        assertThat(matchmaker.writes().failed()).isLessThan(5);

        // What is small still finds room; what is large is told that there is none, not that the backend failed.
        matchmaker.allocate(bench.request());
        for (int i = 0; i < 200; i++) {
            try {
                matchmaker.allocate(AllocateReq.builder(bench.pool())
                        .annotations(annotations)
                        .build());
            } catch (NoCapacityException full) {
                return;
            }
        }
        throw new AssertionError("600 sessions of 1,000 bytes can't be in two Leases of 256 KiB");
    }

    @Test
    void a_new_pod_under_the_name_of_an_old_one_is_another_pod() throws Exception {
        HandPod pod = bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request("match"));
        pod.kill();
        matchmaker.settle();
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        bench.pod(1);
        matchmaker.allocate(AllocateReq.builder(bench.pool())
                .requestId("match")
                .maxWait(PATIENCE)
                .build());
    }
}
