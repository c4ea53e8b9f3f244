package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.controlplane.Api;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** "What if this changes now?", of each field of a pod's Lease: the table in docs/ledger.md, line by line. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EditedLedgerTest extends BenchFixture {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** Calls that are on their way while two pods are relabelled. On a busy machine some of them meet the next pod. */
    private static final int MEANWHILE = 12;

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"garbage", "", "-1", "3 garbage", "07", "1 id soon - -", "1 ❤ 60000 - -"})
    void a_slot_that_can_t_be_read_is_held_and_comes_back_when_it_can(String text) throws Exception {
        HandPod pod = bench.pod(4);
        Matchmaker matchmaker = bench.matchmaker();
        pod.slot(1, text);
        matchmaker.settle();

        for (int i = 0; i < 3; i++) {
            matchmaker.allocate(bench.request());
        }
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        assertThat(pod.held()).containsOnlyKeys(0, 2, 3);
        assertThat(pod.slot(1)).isEqualTo(text);
        assertThat(matchmaker.writes().failed()).isZero();

        pod.slot(1, "0");
        matchmaker.allocate(patient());
        assertThat(pod.held()).containsOnlyKeys(0, 1, 2, 3);
    }

    @Test
    void garbage_that_a_claim_meets_costs_that_claim_a_write_and_no_more() throws Exception {
        HandPod pod = bench.pod(16);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        matchmaker.settle().relay().stallWatches("leases");
        for (int slot = 0; slot < 16; slot++) {
            if (!pod.held().containsKey(slot)) {
                pod.slot(slot, "garbage");
            }
        }

        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);

        assertThat(matchmaker.writes().failed()).isLessThanOrEqualTo(2);
    }

    @Test
    void the_session_of_a_slot_that_was_made_garbage_is_there_again_when_the_slot_is() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation allocation = matchmaker.allocate(bench.request("again"));
        int slot = pod.held().keySet().iterator().next();
        String text = pod.slot(slot);
        pod.slot(slot, "garbage");
        matchmaker.settle();
        pod.slot(slot, text);
        matchmaker.settle();

        assertThat(matchmaker.allocate(bench.request("again")).sessionId()).isEqualTo(allocation.sessionId());
    }

    @Test
    void a_use_count_that_was_lowered_begins_a_new_story() throws Exception {
        HandPod pod = bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        for (int i = 0; i < 3; i++) {
            matchmaker.allocate(patient());
            pod.freeAll();
        }
        pod.slot(0, "0");

        matchmaker.settle().allocate(patient());
        assertThat(pod.held()).containsOnlyKeys(0);
    }

    @Test
    void slots_beyond_the_pod_s_capacity_are_not_given_out() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        for (int slot = 2; slot < 12; slot++) {
            pod.slot(slot, "0");
        }
        matchmaker.settle();

        matchmaker.allocate(bench.request());
        matchmaker.allocate(bench.request());
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        assertThat(pod.held()).containsOnlyKeys(0, 1);
    }

    @Test
    void an_own_key_whose_text_was_changed_is_written_again() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        String name = keyOf(pod);
        String text = Objects.requireNonNull(pod.annotations().get(name));

        pod.annotate(name, "not the key");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(pod.annotations()).containsEntry(name, text));
    }

    @Test
    void an_own_key_that_was_taken_away_comes_with_the_next_claim() throws Exception {
        HandPod pod = bench.pod(3);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request());
        String name = keyOf(pod);
        String text = Objects.requireNonNull(pod.annotations().get(name));
        matchmaker.settle();

        pod.annotate(name, null);
        matchmaker.settle().allocate(bench.request());
        assertThat(pod.annotations()).containsEntry(name, text);

        // also when the watch has not told of it
        matchmaker.settle().relay().stallWatches("leases");
        pod.annotate(name, null);
        matchmaker.allocate(bench.request());
        assertThat(pod.annotations()).containsEntry(name, text);
    }

    private static String keyOf(HandPod pod) {
        return pod.annotations().keySet().stream()
                .filter(key -> !LedgerNames.kidOf(key).isEmpty())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"garbage", "open", "open/", "ajar/boot-1 1", "open/boot-1 x"})
    void a_state_that_can_t_be_read_is_not_ready(String text) throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        pod.state(text);
        matchmaker.settle();

        assertNotReady(matchmaker);

        pod.state(LedgerState.open("boot-2").format());
        matchmaker.settle().allocate(bench.request());
    }

    @Test
    void an_owner_that_was_taken_away_takes_the_pod_out_until_it_is_back() throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        pod.owned(false);
        matchmaker.settle();

        assertNotReady(matchmaker);

        pod.owned(true);
        matchmaker.settle().allocate(bench.request());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "elsewhere")
    void a_Lease_in_another_pool_than_its_pod_takes_no_claims_until_it_is_back(String other) throws Exception {
        HandPod pod = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation running = matchmaker.allocate(bench.request("running"));
        matchmaker.settle();

        pod.leasePool(other);
        matchmaker.settle();

        assertNotReady(matchmaker);
        if (other != null) {
            assertThat(matchmaker.allocate(bench.request("running")).sessionId())
                    .isEqualTo(running.sessionId());
            matchmaker.allocator().release(running);
            assertThat(pod.held().values())
                    .allSatisfy(held -> assertThat(held.revoked()).isTrue());
        }
        pod.leasePool(bench.pool());
        matchmaker.settle().allocate(bench.request());
    }

    /** It was stalled for good, also for calls without an id, until the matchmaker was started anew. */
    @ParameterizedTest
    @ValueSource(strings = {"pods", "leases"})
    void two_pods_that_were_relabelled_hold_up_nobody_and_when_they_are_gone_the_pool_is_whole_again(String which)
            throws Exception {
        List<HandPod> odd = List.of(bench.pod(10), bench.pod(10));
        String elsewhere = bench.newPool();
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request("first"));
        matchmaker.settle().relay().stallWatches(which);
        odd.forEach(pod -> {
            if (which.equals("pods")) {
                pod.podPool(elsewhere);
            } else {
                pod.leasePool(elsewhere);
            }
        });
        List<CompletableFuture<Allocation>> meanwhile = new ArrayList<>();
        for (int i = 0; i < MEANWHILE / 2; i++) {
            meanwhile.add(matchmaker.allocator().allocateAsync(bench.request("meanwhile-" + i)));
            meanwhile.add(matchmaker.allocator().allocateAsync(bench.request()));
        }
        matchmaker.relay().stallWatches();
        HandPod good = bench.pod(MEANWHILE + 8);
        matchmaker.settle();
        assertAllOn(good, matchmaker, 3);
        await().atMost(PATIENCE).until(() -> meanwhile.stream().allMatch(CompletableFuture::isDone));
        long metGood = meanwhile.stream()
                .filter(call -> !call.isCompletedExceptionally())
                .filter(call -> call.join().podAddress().host().equals(good.host()))
                .count();
        assertThat(good.held()).hasSize(6 + (int) metGood);
        matchmaker.settle();
        assertAllOn(good, matchmaker, 1);

        odd.forEach(HandPod::remove);
        HandPod next = bench.pod(10);
        matchmaker.settle();
        assertThat(matchmaker.allocate(bench.request("first")).podAddress().host())
                .isIn(good.host(), next.host());
        List<CompletableFuture<Allocation>> rest = new ArrayList<>();
        for (int left = MEANWHILE + 18 - good.held().size() - next.held().size(); left > 0; left--) {
            AllocateReq request = left % 2 == 0 ? bench.request() : bench.request("rest-" + left);
            rest.add(matchmaker.allocator().allocateAsync(request));
        }
        assertThat(rest).allSatisfy(call -> assertThat(call).succeedsWithin(Bench.CALL_TIMEOUT));
        assertThat(good.held()).hasSize(MEANWHILE + 8);
        assertThat(next.held()).hasSize(10);
        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(error.pods())
                                .isEqualTo(PodCounts.builder(2).full(2).build()));
    }

    private void assertAllOn(HandPod good, Matchmaker matchmaker, int calls) throws InterruptedException {
        for (int i = 0; i < calls; i++) {
            assertThat(matchmaker.allocate(patient()).podAddress().host()).isEqualTo(good.host());
            assertThat(matchmaker
                            .allocate(AllocateReq.builder(bench.pool())
                                    .requestId("good-" + bench.cluster().number())
                                    .maxWait(PATIENCE)
                                    .build())
                            .podAddress()
                            .host())
                    .isEqualTo(good.host());
        }
    }

    /** A Lease in use has another version by the time that a test of it comes. */
    @Test
    void a_mark_lands_on_a_Lease_that_has_changed_since_it_was_read_but_not_over_another_mark() {
        HandPod pod = bench.pod(2);
        Api api = bench.cluster().plane().api();
        String path = bench.cluster().leases() + "/" + LedgerNames.lease(pod.name());
        Lease read = Lease.read(api.get(path).ok().body());
        pod.slot(0, "2");

        String ours = LeasePatch.of(read)
                .change(LedgerNames.DRAIN, null, "scaler/duel one")
                .text();
        assertThat(api.jsonPatch(path, ours).status()).isEqualTo(200);
        String another =
                LeasePatch.of(read).change(LedgerNames.DRAIN, null, "another").text();
        assertThat(api.jsonPatch(path, another).status()).isEqualTo(422);
        assertThat(pod.annotations()).containsEntry(LedgerNames.DRAIN, "scaler/duel one");
    }

    @Test
    void a_Lease_made_anew_is_a_new_story() throws Exception {
        HandPod pod = bench.pod(1);
        Matchmaker matchmaker = bench.matchmaker();
        matchmaker.allocate(bench.request("one"));
        pod.recreateLease(1);

        Allocation second = matchmaker.settle().allocate(bench.request("one"));
        assertThat(pod.held().get(0).sessionId()).isEqualTo(second.sessionId());
    }

    @Test
    void a_Lease_of_another_name_is_no_ledger_of_the_pod() throws Exception {
        HandPod pod = bench.pod(1);
        pod.secondLease(bench.pool(), "aaa-" + pod.name());
        Matchmaker matchmaker = bench.matchmaker();

        matchmaker.allocate(bench.request());
        assertThatThrownBy(() -> matchmaker.allocate(bench.request())).isInstanceOf(NoCapacityException.class);
        assertThat(pod.held()).hasSize(1);
    }

    @Test
    void the_first_ledger_that_names_a_session_keeps_it() throws Exception {
        HandPod honest = bench.pod(2);
        HandPod forger = bench.pod(2);
        forger.ready(false);
        Matchmaker matchmaker = bench.matchmaker();
        Allocation session = matchmaker.allocate(bench.request("stolen"));
        assertThat(session.podAddress().host()).isEqualTo(honest.host());
        int slot = honest.held().keySet().iterator().next();
        String text = Objects.requireNonNull(honest.slot(slot));
        matchmaker.settle();

        forger.slot(0, text);
        matchmaker.settle();

        assertThat(matchmaker.allocate(bench.request("stolen")).podAddress()).isEqualTo(session.podAddress());
        matchmaker.allocator().release(session);
        assertThat(honest.slot(slot)).endsWith(" revoked");
        assertThat(forger.slot(0)).isEqualTo(text);
        honest.freeAll();
        matchmaker.settle();
        Allocation next = matchmaker.allocate(bench.request("stolen"));
        assertThat(next.podAddress()).isEqualTo(session.podAddress());
        assertThat(next.sessionId()).isNotEqualTo(session.sessionId());
    }

    @Test
    void a_session_is_found_only_on_a_pod_that_its_request_matches() throws Exception {
        bench.pod(2, Map.of("map", "dust"));
        HandPod forger = bench.pod(2, Map.of("map", "lake"));
        Matchmaker matchmaker = bench.matchmaker();
        AllocateReq request = AllocateReq.builder(bench.pool())
                .selectors(Map.of("map", "dust"))
                .requestId("guessed")
                .build();
        forger.slot(0, textOf(request));
        matchmaker.settle();

        assertThat(matchmaker.allocate(request).podAddress().host()).isNotEqualTo(forger.host());
    }

    @Test
    void a_session_in_a_Lease_of_a_pod_in_another_pool_is_not_found() throws Exception {
        HandPod honest = bench.pod(2);
        HandPod forger = bench.pod(2);
        forger.podPool(bench.newPool());
        forger.slot(0, textOf(bench.request("guessed")));
        Matchmaker matchmaker = bench.matchmaker();

        assertThat(matchmaker.allocate(bench.request("guessed")).podAddress().host())
                .isEqualTo(honest.host());
    }

    private String textOf(AllocateReq request) {
        return LedgerSlot.Free.NEW
                .hold(
                        "forged-" + bench.cluster().number(),
                        Duration.ofMinutes(1),
                        kit.orchestration.ledger.RequestDigest.of(request),
                        request.annotations())
                .format();
    }

    private void assertNotReady(Matchmaker matchmaker) {
        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(List.of(
                                        Bench.outOfUse(error), error.pods().full()))
                                .isEqualTo(List.of(1, 0)));
    }

    private AllocateReq patient() {
        return AllocateReq.builder(bench.pool()).maxWait(PATIENCE).build();
    }
}
