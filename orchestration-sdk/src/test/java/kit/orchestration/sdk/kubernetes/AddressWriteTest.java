package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where players dial the pod, written into its Lease. */
class AddressWriteTest extends LedgerRig {

    private static final String A = "203.0.113.7:31007";
    private static final String B = "203.0.113.8:31007 query=31008";
    private static final Answer DENIED = new Answer(403, "{\"kind\":\"Status\",\"message\":\"denied by policy\"}", "");

    private void says(String address) {
        pod.address(PodAddress.parse(address));
        pod.step();
        time.advance(Duration.ofSeconds(1));
    }

    private void closes() {
        pod.open(false);
        pod.step();
        time.advance(Duration.ofSeconds(1));
    }

    /** The write between, of B, has no answer, and lands when {@link StoredLease#releasePatches} says. */
    private void saysOtherwiseAndGoesBack() {
        server.holdPatches = true;
        pod.address(PodAddress.parse(B));
        pod.step();
        time.advance(Duration.ofMillis(200));
        server.cutPatches();
        pod.address(PodAddress.parse(A));
    }

    private void policyDenies(int writes) {
        for (int i = 0; i < writes; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(DENIED));
        }
    }

    @Test
    void it_is_written_and_may_change_and_is_written_once() {
        says(A);
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        says(B);
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(B);
        long writes = server.writes();
        says(B);
        assertThat(server.writes()).isEqualTo(writes);
        assertThat(pod.problem()).isEmpty();
    }

    @Test
    void what_somebody_has_put_there_is_mended() {
        says(A);
        server.write(Map.of(LedgerNames.ADDRESS, "198.51.100.1:1"));
        time.advance(Duration.ofSeconds(1));
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
    }

    @Test
    void where_the_pod_has_not_said_any_none_stays() {
        server.write(Map.of(LedgerNames.ADDRESS, "198.51.100.1:1"));
        time.advance(Duration.ofSeconds(1));
        assertThat(server.stored.annotations()).doesNotContainKey(LedgerNames.ADDRESS);
    }

    @Test
    void a_lease_that_is_made_anew_has_it() {
        says(A);
        server.delete();
        time.advance(LedgerWriter.AWAY.plusSeconds(1));
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
    }

    /** Or a player would be sent to where the manifest says. */
    @Test
    void a_pod_opens_with_its_address_in_one_write() {
        closes();
        long writes = server.writes();
        pod.address(PodAddress.parse(A));
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        assertThat(server.writes()).isEqualTo(writes + 1);
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        assertThat(server.text(LedgerNames.STATE))
                .as("a claim that was computed while it was open before must fail")
                .isEqualTo(OPEN + " 1");
    }

    /** Claims for the address that it has are made meanwhile. */
    @Test
    void an_open_pod_is_ready_while_its_address_changes_and_a_closed_one_is_not_while_it_opens() {
        server.holdPatches = true;
        pod.address(PodAddress.parse(A));
        pod.step();
        time.advance(Duration.ofMillis(100));
        assertThat(pod.isSaid()).isFalse();
        assertThat(pod.problem()).isEmpty();
        server.releasePatches();
        time.advance(Duration.ofMillis(100));
        assertThat(pod.isSaid()).isTrue();
        closes();
        server.holdPatches = true;
        pod.open(true);
        pod.step();
        time.advance(Duration.ofMillis(100));
        assertThat(pod.problem().orElseThrow()).contains("does not show what was said");
        server.releasePatches();
        time.advance(Duration.ofMillis(100));
        assertThat(pod.problem()).isEmpty();
        server.holdPatches = true;
        pod.open(false);
        pod.step();
        assertThat(pod.problem().orElseThrow()).contains("does not show what was said");
    }

    /** As under the policy of an older version. */
    @Test
    void a_pod_that_may_not_say_it_frees_and_closes_all_the_same_and_does_not_open() {
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));
        policyDenies(1);
        pod.address(PodAddress.parse(A));
        pod.step();
        time.advance(Duration.ofMillis(1));
        assertThat(server.text(LedgerNames.ADDRESS)).isNull();
        assertThat(pod.problem().orElseThrow()).contains("denied by policy");
        pod.free(claim("s-1", 0));
        pod.step();
        time.advance(Duration.ofMillis(1_500));
        assertThat(server.text("0")).isEqualTo("8");

        policyDenies(1);
        pod.address(PodAddress.parse(B));
        pod.step();
        pod.open(false);
        pod.step();
        time.advance(Duration.ofMillis(500));
        assertThat(server.text(LedgerNames.STATE)).startsWith("closed/boot-1 1");
        policyDenies(3);
        pod.address(PodAddress.parse(A));
        pod.open(true);
        pod.step();
        time.advance(Duration.ofMillis(50));
        assertThat(server.text(LedgerNames.STATE)).startsWith("closed/boot-1 1");
        server.refusals.clear();
        time.advance(Duration.ofSeconds(30));
        assertThat(server.text(LedgerNames.STATE)).startsWith(OPEN);
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
    }

    /** So long that another write goes beside it; 422 is what a ValidatingAdmissionPolicy answers by default. */
    @ParameterizedTest
    @ValueSource(ints = {403, 422})
    void nor_does_a_denial_that_takes_seconds_hold_what_has_ended(int code) {
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));
        int[] denied = {0};
        server.refusals.add(new Supplier<>() {
            @Override
            public CompletableFuture<Answer> get() {
                Ask ask = server.asks.get(server.asks.size() - 1);
                CompletableFuture<Answer> answer = new CompletableFuture<>();
                if (ask.body().contains(LedgerNames.ADDRESS)) {
                    denied[0]++;
                    loop.after(Duration.ofSeconds(3), () -> answer.complete(new Answer(code, DENIED.body(), "")));
                } else {
                    server.refusals.clear();
                    server.send(ask).thenAccept(answer::complete);
                }
                server.refusals.add(this);
                return answer;
            }
        });
        pod.address(PodAddress.parse(A));
        pod.step();
        time.advance(Duration.ofSeconds(5));
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(10));

        assertThat(denied[0]).isPositive();
        assertThat(server.text("0")).isEqualTo("8");
    }

    /** It may be written after another that came later. */
    @Test
    void one_that_is_being_written_is_not_taken_for_said_when_it_is_taken_back() {
        says(A);
        server.holdPatches = true;
        pod.address(PodAddress.parse(B));
        pod.step();
        time.advance(Duration.ofMillis(200));
        pod.address(PodAddress.parse(A));
        assertThat(pod.isSaid()).isFalse();
        server.releasePatches();
        time.advance(Duration.ofSeconds(1));
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        assertThat(pod.isSaid()).isTrue();
    }

    /** It tests the state that it has read, and the allocator's caller would be sent to where the pod no more is. */
    @Test
    void a_claim_that_was_computed_before_fails() {
        says(A);
        String before = server.text(LedgerNames.STATE);
        says(B);
        assertThat(server.text(LedgerNames.STATE)).startsWith(OPEN).isNotEqualTo(before);
        assertThat(LedgerState.parse(server.text(LedgerNames.STATE))).isEqualTo(LedgerState.open("boot-1"));
    }

    /** The server goes on with what it has not answered in time. */
    @Test
    void one_that_is_written_late_changes_nothing_once_another_is_said() {
        says(A);
        saysOtherwiseAndGoesBack();
        pod.step();
        time.advance(Duration.ofSeconds(5));
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        assertThat(pod.isSaid()).isTrue();
        server.releasePatches();
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
    }

    /** As of a process that is dead, and that the next one says the same after. */
    @Test
    void nor_where_the_pod_is_closed() {
        closes();
        says(A);
        saysOtherwiseAndGoesBack();
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(5));
        assertThat(pod.isSaid()).isTrue();
        server.releasePatches();
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        assertThat(server.text(LedgerNames.STATE)).startsWith(OPEN);
    }

    /** And the watch has not told of it. */
    @Test
    void a_pod_does_not_open_at_an_address_that_was_written_late() {
        closes();
        says(A);
        saysOtherwiseAndGoesBack();
        server.silent = true;
        server.releasePatches();
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(B);

        server.holdReads = true;
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        assertThat(server.text(LedgerNames.STATE)).startsWith("closed");
        server.releaseReads();
        time.advance(Duration.ofSeconds(5));
        assertThat(server.text(LedgerNames.ADDRESS)).isEqualTo(A);
        assertThat(server.text(LedgerNames.STATE)).startsWith(OPEN);
    }
}
