package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import kit.orchestration.k8s.LogOf;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

/** What keeps a pod from taking sessions is in the log, once, in words that the docs have; in a process of its own. */
class LoggedFaultsTest {

    @Test
    void each_pod_that_takes_no_sessions_is_named_with_the_reason_once() throws Exception {
        List<String> lines = LogOf.main(FivePods.class).lines().toList();

        assertSaid(lines, "no-sdk", "it is ready, and no SDK in it has made its lease: embed orchestration-sdk");
        assertSaid(lines, "relabelled", "the pod's label says pool \"duel\", its lease's \"elsewhere\"");
        assertSaid(lines, "not-made", "its lease can't be made: creating a lease in namespace games");
        assertSaid(lines, "label-gone", "it has no label orchestration.kit/pool, and its lease says pool \"duel\"");
        assertThat(lines).noneMatch(line -> line.contains("pod healthy takes"));
    }

    /** As on a quiet cluster, whose server has no bookmark to send. */
    @Test
    void that_nothing_was_written_for_a_while_is_not_told() throws Exception {
        assertThat(LogOf.main(QuietCluster.class)).doesNotContain("may be old");
    }

    private static void assertSaid(List<String> lines, String pod, String why) {
        assertThat(lines)
                .filteredOn(line -> line.contains("pod " + pod + " takes no sessions"))
                .singleElement()
                .satisfies(line -> assertThat(line).contains(pod + " takes no sessions: " + why));
        DocumentedErrors.assertDocumented(why);
    }

    /** An allocator that sees one for some minutes. */
    static final class QuietCluster {

        private QuietCluster() {}

        public static void main(String[] args) {
            PaperCluster paper = new PaperCluster();
            paper.pod("pod", "0");
            paper.start();
            for (int i = 0; i < 8; i++) {
                paper.clock.advance(Duration.ofSeconds(25));
                int before = paper.lists.size();
                paper.watchesEnd();
                paper.clock.advance(Duration.ofMillis(1));
                if (paper.lists.size() < before + 2) {
                    throw new AssertionError("pods and leases are to be listed");
                }
            }
        }
    }

    /** An allocator that sees them for some minutes. */
    static final class FivePods {

        private FivePods() {}

        public static void main(String[] args) {
            PaperCluster paper = new PaperCluster();
            paper.creation = 403;
            paper.pod("healthy", "0");
            paper.relabelled.put(LedgerNames.lease("relabelled"), "elsewhere");
            paper.pod("relabelled", "0");
            paper.address("no-sdk", "192.0.2.2");
            paper.manifest.put(LedgerNames.CAPACITY_ANNOTATION, "1");
            paper.manifest.put(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE);
            paper.address("not-made", "192.0.2.3");
            paper.pod("label-gone", "0");
            paper.start();
            paper.losesLabel("label-gone");
            paper.clock.advance(Duration.ofMinutes(3)); // after the time that the garbage collector has
            if (paper.pool.status(Optional.empty()).readyPods().orElseThrow() != 1) {
                throw new AssertionError("the healthy one takes sessions, and no other");
            }
        }
    }
}
