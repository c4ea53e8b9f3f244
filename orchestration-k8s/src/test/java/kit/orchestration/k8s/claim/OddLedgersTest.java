package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.AllocateReq;
import kit.orchestration.NoCapacityException;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods whose ledgers are of another version, edited, missing, or in doubt; nothing here takes time. */
class OddLedgersTest {

    private static final Duration SECOND = Duration.ofMillis(1_001);
    private static final String POD = LedgerNames.lease("pod");

    private final PaperCluster paper = new PaperCluster();

    private void passes(int seconds) {
        for (int i = 0; i < seconds; i++) {
            paper.clock.advance(SECOND);
            paper.applyAll();
        }
    }

    /** A rolling upgrade, allocators first or pods first: the words that a later format adds are left as they are. */
    @ParameterizedTest
    @ValueSource(strings = {"open/boot", "open/boot 1 word", "open/boot 2", "open/boot 2 word another"})
    void a_pod_of_another_format_takes_claims_retries_and_releases(String state) {
        paper.pod("pod", "0", "0");
        paper.leases.get(POD).put(LedgerNames.STATE, state);
        paper.start();
        Call call = paper.place(request -> request.requestId("match"));
        passes(1);
        String session = session(call);

        Call retry = paper.place(request -> request.requestId("match"));
        passes(1);
        assertThat(session(retry)).isEqualTo(session);
        assertThat(paper.held("pod")).containsExactly(session);
        assertThat(paper.leases.get(POD))
                .containsEntry(LedgerNames.STATE, state)
                .containsEntry("0", "0 " + session + " 60000 " + digest(call) + " -");

        paper.pool.release(session);
        passes(1);
        assertThat(paper.leases.get(POD).values()).anyMatch(text -> text.endsWith(" revoked"));
    }

    /** It looks the fuller one, so it is asked first. */
    @Test
    void a_pod_whose_slots_were_made_garbage_behind_the_watch_keeps_nobody_from_the_pod_beside_it() {
        paper.pod("bad", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0");
        String[] free = new String[60];
        Arrays.fill(free, "0");
        paper.pod("pod", free);
        paper.start();
        Map<String, String> texts = paper.leases.get(LedgerNames.lease("bad"));
        texts.replaceAll((name, text) -> LedgerNames.slotOf(name) < 0 ? text : "garbage");
        paper.silent = true;
        paper.changed(LedgerNames.lease("bad"));
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            String id = "match-" + i;
            calls.add(paper.place(request -> id.hashCode() % 2 == 0 ? request : request.requestId(id)));
        }
        int writes = 0;
        for (int i = 0; i < 20; i++) {
            writes += paper.patches.size();
            paper.applyAll();
            paper.clock.advance(Duration.ofMillis(100));
        }
        assertThat(calls).allSatisfy(call -> assertThat(Outcomes.of(call)).isCompleted());
        assertThat(paper.held("pod")).hasSize(48);
        assertThat(writes).isLessThan(20);
    }

    /** It is held, keeps its session, and comes back: also if somebody has retried meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {"garbage", ""})
    void a_retry_while_the_slot_of_its_session_can_not_be_read_gets_that_session(String spoilt) {
        paper.pod("pod", "0", "0", "0", "0");
        paper.start();
        Call first = paper.place(request -> request.requestId("match"));
        passes(1);
        String session = session(first);
        String slot = paper.leases.get(POD).entrySet().stream()
                .filter(text -> text.getValue().contains(" " + session + " "))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        String text = Objects.requireNonNull(paper.leases.get(POD).get(slot));
        if (spoilt.isEmpty()) {
            paper.leases.get(POD).remove(slot);
        } else {
            paper.leases.get(POD).put(slot, spoilt);
        }
        paper.changed(POD);
        passes(1);

        Call retry = paper.place(request -> request.requestId("match"));
        passes(2);
        assertThat(session(retry)).isEqualTo(session);

        paper.leases.get(POD).put(slot, text);
        paper.changed(POD);
        passes(2);
        paper.pool.release(session);
        passes(2);
        assertThat(paper.leases.get(POD).get(slot)).endsWith(" revoked");
    }

    @Test
    void a_ready_pod_whose_Lease_nobody_makes_counts_as_misconfigured() {
        paper.start();
        paper.address("pod", "192.0.2.1");
        assertThat(refusal().pods().notReady()).isEqualTo(1);
        passes(15);
        assertThat(refusal().pods().misconfigured()).isEqualTo(1);
    }

    private NoCapacityException refusal() {
        Call call = paper.place();
        passes(1);
        AtomicReference<NoCapacityException> refused = new AtomicReference<>();
        assertThat(Outcomes.of(call))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .satisfies(cause -> refused.set((NoCapacityException) cause));
        return refused.get();
    }

    private static String digest(Call call) {
        return Objects.requireNonNull(RequestDigest.of(call.request())).text();
    }

    private static String session(Call call) {
        assertThat(Outcomes.of(call)).isCompleted();
        return Outcomes.of(call).join().sessionId();
    }

    /** It is neither full nor free before that is known. */
    @Test
    void while_the_outcome_of_the_last_claim_is_not_known_nobody_is_refused_and_the_slot_is_given_after_the_fence() {
        paper.pod("pod", "0");
        paper.start();
        Call first = paper.place();
        paper.refuse(500, "");
        Call second = paper.place();
        first.fail(new CancellationException());
        paper.clock.advance(Duration.ofMillis(100));
        assertThat(second.isSettled()).isFalse();
        assertThat(paper.patches).as("the fence").isNotEmpty();

        passes(6);
        assertThat(Outcomes.of(second)).isCompleted();
        assertThat(paper.held("pod")).hasSize(1);
        assertThat(LedgerSlot.version(paper.leases.get(POD).get("0")))
                .as("fenced first")
                .isGreaterThan(2);
    }

    /** As by a typo in a label, or a pod that somebody has broken into. */
    @Test
    void a_pool_that_a_Lease_names_and_its_pod_does_not_is_unknown() {
        paper.relabelled.put(LedgerNames.lease("pod"), "elsewhere");
        paper.pod("pod", "0");
        paper.start();
        assertThatThrownBy(() -> paper.pools.of("elsewhere", null)).isInstanceOf(UnknownPoolException.class);
    }

    /** Its sessions can be released, and found by their request ids. */
    @Test
    void a_pool_whose_one_pod_was_taken_out_of_it_is_known() {
        paper.relabelled.put(LedgerNames.lease("pod"), "elsewhere");
        paper.pod("pod", "0");
        paper.leaves("pod"); // the watch has those with a label alone
        KubernetesPool early = paper.pools.of("elsewhere", null);
        AllocateReq request =
                AllocateReq.builder("elsewhere").maxWait(Duration.ofMinutes(1)).build();
        Call call = new Call(request, null, early.placer(), 0, paper.clock.nanoTime());
        early.placer().place(call);
        paper.start();
        assertThat(paper.pools.of("elsewhere", null)).isSameAs(early);
        assertThat(call.isSettled()).as("it came before the list").isFalse();
    }

    /** Who writes what it has read in another's, as a pod can that somebody has broken into, makes its own later. */
    @ParameterizedTest
    @CsvSource({"aaa, zzz", "zzz, aaa"})
    void of_two_ledgers_that_name_a_session_the_one_that_was_made_first_has_it(String real, String copy) {
        paper.pod(real, claim("match"));
        paper.clock.advance(SECOND);
        paper.pod(copy, claim("other"));
        paper.start();

        assertHas(real, copy);
        Call other = paper.place(request -> request.requestId("other"));
        passes(1);
        assertThat(Outcomes.of(other)).isCompletedExceptionally();
    }

    /** By hand, as no pod can; else it could be neither retried nor released for as long as it lives. */
    @Test
    void but_a_copy_that_comes_later_takes_it_from_nobody() {
        paper.created.put(LedgerNames.lease("copy"), "1970-01-01T00:00:00Z");
        paper.pod("copy", "0");
        paper.pod("real", claim("match"));
        paper.start();
        paper.leases.get(LedgerNames.lease("copy")).put("0", claim("match"));
        paper.changed(LedgerNames.lease("copy"));

        assertHas("real", "copy");
    }

    private static String claim(String requestId) {
        AllocateReq request =
                AllocateReq.builder(PaperCluster.POOL).requestId(requestId).build();
        return new LedgerSlot.Free(0)
                .hold("s-1", Duration.ofMinutes(1), RequestDigest.of(request), Map.of())
                .format();
    }

    private void assertHas(String real, String copy) {
        Call retry = paper.place(request -> request.requestId("match"));
        passes(1);
        assertThat(Outcomes.of(retry)).isCompleted();
        assertThat(Outcomes.of(retry).join().podName()).isEqualTo(real);
        paper.pool.release("s-1");
        passes(1);
        assertThat(paper.leases.get(LedgerNames.lease(real)).get("0")).endsWith(" revoked");
        assertThat(paper.leases.get(LedgerNames.lease(copy)).get("0")).doesNotEndWith(" revoked");
    }

    @Test
    void a_pod_that_has_moved_to_another_pool_with_its_Lease_takes_requests_there() {
        paper.pod("pod", "0", "0", "0");
        paper.start();
        paper.relabelled.put("pod", "elsewhere");
        paper.relabelled.put(POD, "elsewhere");
        paper.address("pod", "192.0.2.1");
        paper.changed(POD);

        Call call = paper.place("elsewhere", request -> request.requestId("match"));
        passes(1);
        assertThat(paper.held("pod")).containsExactly(session(call));
    }

    /** And the claim on it was written before that was told. */
    @Test
    void what_is_claimed_on_a_pod_that_leaves_the_pool_is_for_the_pod_to_end() {
        paper.pod("pod", "0");
        paper.start();
        paper.place(request -> request.requestId("match"));
        paper.relabelled.put("pod", "elsewhere");
        paper.relabelled.put(POD, "elsewhere");
        paper.address("pod", "192.0.2.1");
        paper.changed(POD);
        passes(3);
        assertThat(paper.leases.get(POD).get("0")).endsWith(" revoked");
    }

    /** A matchmaker was started anew; which of the two lists comes first is chance. */
    @Test
    void a_retry_finds_its_session_by_the_labels_that_the_pod_had_though_Leases_were_listed_before_pods() {
        paper.labels.put("map", "dust");
        AllocateReq request = AllocateReq.builder(PaperCluster.POOL)
                .requestId("match")
                .selector("map", "dust")
                .build();
        paper.pod(
                "pod",
                "0",
                new LedgerSlot.Free(0)
                        .hold("s-1", Duration.ofMinutes(1), RequestDigest.of(request), Map.of())
                        .format());
        paper.podListIsLate = true;
        paper.start();
        paper.labels.put("map", "lake");
        paper.address("pod", "192.0.2.1");

        Call retry = paper.place(again -> again.requestId("match").selector("map", "dust"));
        passes(1);
        assertThat(session(retry)).isEqualTo("s-1");
    }
}
