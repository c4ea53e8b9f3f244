package kit.orchestration.sdk.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Watcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether allocators see the pod open is on the probe, whatever keeps them from it. */
class LostLeaseTest extends LedgerRig {

    @Test
    void a_lease_that_is_gone_and_may_not_be_made_anew_is_a_problem_until_it_is_there() {
        assertThat(pod.problem()).isEmpty();
        server.forbidCreation = true;
        server.delete();
        time.advance(Duration.ofSeconds(1));
        assertThat(pod.problem()).isPresent();

        time.advance(LedgerWriter.AWAY.plusSeconds(5));
        assertThat(pod.problem().orElse("")).contains("orchestration-arena-1").contains("403");
        assertThat(pod.lost()).isEmpty();

        server.forbidCreation = false;
        time.advance(Duration.ofMinutes(2));
        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        assertThat(pod.problem()).isEmpty();
    }

    /** It may come late, when the pod has said that it takes none. */
    @Test
    void a_lease_that_is_made_anew_is_closed_until_it_is_there() {
        server.delete();
        server.asks.clear();
        time.advance(LedgerWriter.AWAY.plusSeconds(1));

        assertThat(server.asks)
                .filteredOn(ask -> ask.method().equals("POST"))
                .singleElement()
                .satisfies(ask ->
                        assertThat(ask.body()).contains("closed/boot-1 1").doesNotContain(OPEN));
        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
    }

    @Test
    void that_somebody_has_made_it_anew_is_told_of_somebody_else_alone() throws Exception {
        assertThat(warnings("pod")).contains("was deleted").doesNotContain("by somebody");
        assertThat(warnings("somebody")).contains("by somebody");
    }

    private static String warnings(String maker) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Making.class.getName(),
                        maker)
                .start();
        String warnings = new String(process.getErrorStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(warnings).isZero();
        return warnings;
    }

    /** The Lease is deleted, and made anew by the pod or by somebody else; in a process whose log can be read. */
    static final class Making {

        private Making() {}

        public static void main(String[] args) {
            LostLeaseTest rig = new LostLeaseTest();
            rig.open();
            rig.server.delete();
            rig.time.advance(Duration.ofSeconds(1));
            if (args[0].equals("somebody")) {
                rig.server.uid = "somebody-s";
                rig.server.write(Map.of(LedgerNames.STATE, OPEN));
            }
            rig.time.advance(LedgerWriter.AWAY.plusSeconds(1));
            assertThat(rig.server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        }
    }

    @Test
    void a_lease_that_is_gone_is_no_problem_of_a_pod_that_takes_no_claims() {
        pod.open(false);
        pod.step();
        server.delete();
        time.advance(Duration.ofSeconds(1));

        assertThat(pod.problem()).isEmpty();
    }

    /** It would get claims, and know of none. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void that_the_role_has_lost_a_verb_is_a_problem_until_it_has_it_again(boolean list) {
        server.forbidLists = list;
        server.forbidWatches = true;
        server.cutWatches();
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofMinutes(1));

        assertThat(pod.problem().orElse("")).contains("does not hear").contains("403");
        assertThat(pod.lost()).isEmpty();

        server.forbidLists = false;
        server.forbidWatches = false;
        time.advance(Duration.ofMinutes(1));
        assertThat(pod.problem()).isEmpty();
        assertThat(told).containsExactly("claimed s-1");
    }

    /** As of a server that has just started, and does not know the roles yet. */
    @Test
    void one_refusal_that_passes_is_none() {
        server.forbidLists = true;
        server.forbidWatches = true;
        server.cutWatches();
        time.advance(Duration.ofSeconds(2));
        server.forbidLists = false;
        server.forbidWatches = false;
        for (int seconds = 0; seconds < 30; seconds++) {
            assertThat(pod.problem()).isEmpty();
            time.advance(Duration.ofSeconds(1));
        }
    }

    /** A proxy says so, or a storage that is not the right one. */
    @Test
    void a_lease_that_one_read_did_not_find_is_believed_to_be_there_when_the_next_one_does() {
        oneReadDoesNotFindIt();
    }

    private void oneReadDoesNotFindIt() {
        server.missedReads = 1;
        pod.find("s-9", "none", new CompletableFuture<>());
        time.advance(Duration.ofSeconds(1));
        assertThat(server.missedReads).isZero();
        time.advance(Duration.ofMinutes(1));
        assertThat(pod.problem()).isEmpty();
        CompletableFuture<Void> said = new CompletableFuture<>();
        pod.open(false);
        pod.await(pod::isSaid, said);
        time.advance(Duration.ofSeconds(1));
        assertThat(said).isCompleted();
    }

    /** Of a replica that is behind, say. */
    @Test
    void nor_does_it_count_for_ever_that_a_list_had_not_found_it_before() {
        server.missedLists = 1;
        server.silent = true;
        time.advance(Watcher.SILENCE.plusSeconds(10));
        assertThat(server.missedLists).isZero();
        assertThat(pod.problem()).isEmpty();

        oneReadDoesNotFindIt();
    }

    @Test
    void a_pod_that_another_process_has_is_lost() {
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));
        server.write(Map.of(LedgerNames.STATE, "open/boot-2 1"));
        time.advance(Duration.ofSeconds(1));

        assertThat(pod.lost().orElse("")).contains("another process has taken");
        assertThat(pod.problem()).isEqualTo(pod.lost());
        assertThat(told).containsExactly("claimed s-1", "lost");
        pod.free(claim("s-1", 0));
        assertThat(pod.isClean()).as("nothing is left to free").isTrue();
    }
}
