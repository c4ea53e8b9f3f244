package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.local.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is wrong with a pod is said once, and again when it has come back. */
class ReporterTest {

    private final ManualClock clock = new ManualClock();
    private final Reporter reporter = new Reporter(new Loop(clock.scheduler(), clock::nanoTime), new Nobody());
    private final KnownPod pod = new KnownPod("uid");

    @Test
    void a_fault_that_was_healed_and_has_come_back_is_said_again() {
        assertThat(said("capacity must be a number")).isTrue();
        assertThat(said("capacity must be a number")).isFalse();
        clock.advance(Duration.ofMinutes(2));
        assertThat(said("capacity must be a number")).isFalse();
        assertThat(said(null)).isFalse();
        assertThat(said("capacity must be a number")).isTrue();
    }

    @Test
    void a_pod_that_changes_its_mind_all_the_time_does_not_flood_the_log() {
        assertThat(said("fault 0")).isTrue();
        int lines = 0;
        for (int i = 1; i < 600; i++) {
            clock.advance(Duration.ofSeconds(1));
            lines += said("fault " + i) ? 1 : 0;
            said(null);
        }
        assertThat(lines).isBetween(5, 10);
    }

    /** Whether it is to be said. */
    private boolean said(@Nullable String mistake) {
        pod.seen(new PodView(
                "pod-1",
                "orchestration-pod-1",
                "uid",
                1,
                "duel",
                Map.of(),
                new PodAddress("192.0.2.1", 7777),
                true,
                false,
                false,
                1,
                true,
                mistake));
        return reporter.isNews(pod);
    }

    private static final class Nobody implements ClusterNews, PoolNews {
        @Override
        public PoolNews known(String name) {
            return this;
        }

        @Override
        public PoolNews named(String name) {
            return this;
        }

        @Override
        public Collection<PoolNews> all() {
            return List.of(this);
        }

        @Override
        public void listed() {}

        @Override
        public void orphaned(Lease lease) {}

        @Override
        public void lacksLease(PodView pod) {}

        @Override
        public void joined(KnownPod pod) {}

        @Override
        public void changed(KnownPod pod) {}

        @Override
        public void left(KnownPod pod) {}

        @Override
        public void slots(KnownPod pod, List<Change> changes, int listing) {}

        @Override
        public void doubtChanged() {}
    }
}
