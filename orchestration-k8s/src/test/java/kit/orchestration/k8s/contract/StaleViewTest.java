package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import kit.orchestration.ledger.lease.ApiException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an allocator knows is not what is: watches that are refused, end, or say nothing, and a server that takes no
 * writes.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StaleViewTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Bench bench;

    @BeforeEach
    void open() {
        bench = new Bench(new Cluster(ControlPlane.shared()));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource({",pods", "coordination.k8s.io,leases"})
    void who_may_list_and_not_watch_is_told_of_that_right_and_never_of_no_capacity(String group, String resource)
            throws Exception {
        bench.cluster().withoutRight(group == null ? "" : group, resource, "watch");
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        matchmaker.allocate(bench.request());

        for (int i = 0; i < 4; i++) {
            pod.freeAll();
            try {
                matchmaker.allocate(bench.request()); // it lists again and again
            } catch (BackendException refused) {
                assertThat(refused).hasMessageContaining("watching " + resource).hasMessageContaining("role");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leases", "pods"})
    void watches_that_the_server_ends_at_once_are_made_up_for_by_lists(String resource) throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        matchmaker.relay().endWatches(resource);
        matchmaker.allocate(bench.request());
        pod.freeAll();

        matchmaker.allocate(patient());
        pod.kill();
        HandPod other = bench.pod(100);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                matchmaker.allocate(patient()).podAddress().host())
                        .isEqualTo(other.host()));
    }

    @Test
    void a_slot_that_went_free_behind_a_silent_watch_is_found_before_anybody_is_refused() throws Exception {
        HandPod pod = bench.pod(3);
        Matchmaker matchmaker = bench.matchmaker();
        for (int i = 0; i < 3; i++) {
            matchmaker.allocate(bench.request());
        }
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        matchmaker.settle().relay().stallWatches("leases");

        pod.freeAll();

        // What was proven a moment ago counts for a moment.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThatCode(() -> matchmaker.allocate(bench.request()))
                        .doesNotThrowAnyException());
    }

    @Test
    void a_silent_watch_does_not_look_fresh() throws Exception {
        bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        matchmaker.relay().stallWatches("leases");

        await().atMost(Duration.ofSeconds(60))
                .until(() -> matchmaker
                                .allocator()
                                .status(bench.pool())
                                .viewAge()
                                .orElseThrow()
                                .compareTo(Duration.ofSeconds(20))
                        > 0);
    }

    @Test
    void while_the_watch_of_Leases_is_silent_calls_with_a_requestId_are_answered_and_hold_up_nobody() throws Exception {
        bench.pod(50);
        bench.pod(50);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request("first"));
        matchmaker.settle().relay().stallWatches("leases");

        List<CompletableFuture<Allocation>> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            calls.add(matchmaker.allocator().allocateAsync(bench.request("id-" + i)));
            calls.add(matchmaker.allocator().allocateAsync(bench.request()));
        }

        assertThat(calls).allSatisfy(call -> assertThat(call).succeedsWithin(Bench.CALL_TIMEOUT));
        assertThat(matchmaker.allocate(bench.request("id-7")).sessionId())
                .isEqualTo(calls.get(14).get().sessionId());
    }

    @Test
    void a_pod_that_drains_behind_a_silent_watch_is_left_for_the_next_one() throws Exception {
        HandPod one = bench.pod(10);
        HandPod two = bench.pod(10);
        Matchmaker matchmaker = bench.matchmaker();
        String first = matchmaker.allocate(bench.request()).podAddress().host();
        HandPod drained = one.host().equals(first) ? one : two;
        matchmaker.settle().relay().stallWatches("leases");

        drained.drain();

        for (int i = 0; i < 5; i++) {
            assertThat(matchmaker.allocate(bench.request()).podAddress().host()).isNotEqualTo(drained.host());
        }
        assertThat(drained.held()).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void while_the_server_takes_no_writes_a_full_pool_is_not_known_to_be_full() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        matchmaker.allocate(bench.request());
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);

        matchmaker.relay().refuseWrites(true); // nor does it take those of the pods, whose sessions end now

        // What was proven a moment ago counts for a moment.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                        .isInstanceOfSatisfying(
                                BackendException.class,
                                error -> assertThat(error.retryable()).isTrue())
                        .hasMessageContaining("429"));
        matchmaker.relay().refuseWrites(false);
        pod.freeAll();
        matchmaker.allocate(patient());
    }

    /** The watches stand, and the server is well: only that this pool is full can't be made sure of. */
    @Test
    void a_pool_that_can_not_be_proven_full_says_what_is_in_the_way() throws Exception {
        HandPod pod = bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        pod.fillUp();
        matchmaker.settle();

        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOfSatisfying(BackendException.class, error -> {
                    assertThat(error.retryable()).isTrue();
                    assertThat(error.outcome()).isEqualTo(BackendException.Outcome.NOT_APPLIED);
                    assertThat(error).hasCauseInstanceOf(ApiException.class);
                })
                .hasMessageContainingAll(
                        "no answer within " + Bench.CALL_TIMEOUT.toMillis() + " ms: that the pool is full could not be",
                        "the patch of lease orchestration-" + pod.name(),
                        "422")
                .message()
                .satisfies(DocumentedErrors::assertDocumented);
    }

    @Test
    void without_the_right_to_get_Leases_a_lost_race_ends_in_an_error_that_names_it_and_holds_no_writer()
            throws Exception {
        bench.cluster().withoutRight("coordination.k8s.io", "leases", "get");
        HandPod pod = bench.pod(40);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        for (int i = 0; i < 3; i++) {
            matchmaker.settle().relay().stallWatches("leases");
            pod.holdByHand(freeSlots(pod));
            assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("reading lease");
            pod.freeAll();
            matchmaker.relay().stallWatches();
            matchmaker.settle();
        }

        for (int i = 0; i < 10; i++) {
            matchmaker.allocate(bench.request("id-" + i));
        }
    }

    private static Integer[] freeSlots(HandPod pod) {
        List<Integer> free = new ArrayList<>(List.of(HandPod.slots(40)));
        free.removeAll(pod.held().keySet());
        return free.toArray(new Integer[0]);
    }

    private AllocateReq patient() {
        return AllocateReq.builder(bench.pool()).maxWait(PATIENCE).build();
    }
}
