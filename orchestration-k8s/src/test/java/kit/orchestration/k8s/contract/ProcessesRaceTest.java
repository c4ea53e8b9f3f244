package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three matchmakers, each a JVM of its own with 64 callers, race for the slots of one pool, on pods of a Deployment and
 * of a StatefulSet; one is killed in the middle. {@code -Dorchestration.race.sessions=…} makes it longer.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ProcessesRaceTest {

    private static final int PROCESSES = 3;
    private static final int CALLERS = 64;
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CLAIM_TTL = Duration.ofSeconds(10);
    private static final int SESSIONS = Integer.getInteger("orchestration.race.sessions", 3_000);

    private static Cluster cluster;

    @BeforeAll
    static void makeCluster() {
        cluster = new Cluster(ControlPlane.shared());
    }

    /** There is room for every caller at every moment, so that nobody is ever refused. */
    @Test
    void with_room_nobody_waits_and_nobody_is_refused() throws Exception {
        race(15, 100, Duration.ZERO);
    }

    /** Each caller has to wait for others to leave. */
    @Test
    void in_a_full_pool_everybody_gets_a_slot_in_time() throws Exception {
        race(4, 10, Duration.ofSeconds(60));
    }

    private void race(int podsOfEach, int capacity, Duration maxWait) throws Exception {
        long seed = new Random().nextLong();
        List<ProcessAllocator> allocators = new ArrayList<>();
        try (Fleet fleet = new Fleet(cluster)
                .add(Workload.DEPLOYMENT, podsOfEach, capacity)
                .add(Workload.STATEFUL_SET, podsOfEach, capacity)) {
            AllocateReq request = AllocateReq.builder(fleet.pool())
                    .maxWait(maxWait)
                    .claimTtl(CLAIM_TTL)
                    .build();
            Callers callers = new Callers(fleet, request, CALL_TIMEOUT, seed);
            try (callers) {
                for (int i = 0; i < PROCESSES; i++) {
                    allocators.add(open());
                }
                // A fresh JVM that shares two cores with two others may take longer to list than a call lasts.
                allocators.forEach(allocator -> await().atMost(Duration.ofSeconds(60))
                        .ignoreExceptions()
                        .until(() -> allocator.status(fleet.pool()).readyPods().orElse(0) == 2 * podsOfEach));
                allocators.forEach(allocator -> callers.ask(allocator, CALLERS));
                plays(callers, SESSIONS / 2);
                allocators.get(0).kill();
                plays(callers, SESSIONS / 2);
            }
            System.out.printf("%s matchmakers, seed %s: %s%n", PROCESSES, seed, callers);
            assertThat(callers.wrong()).isEmpty();
            await().atMost(CLAIM_TTL.plusSeconds(20))
                    .untilAsserted(() -> assertThat(cluster.held(fleet.pool())).isEmpty());
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> fleet.history().check());
        } finally {
            allocators.forEach(allocator -> allocator.process().kill());
        }
    }

    private static ProcessAllocator open() {
        return ProcessAllocator.open(
                AllocatorProcess.start(),
                Map.of(
                        "url", cluster.plane().url().toString(),
                        "ca", cluster.plane().caPem(),
                        "namespace", cluster.namespace(),
                        "token", cluster.allocatorToken(),
                        "callTimeout", CALL_TIMEOUT.toString()),
                () -> {});
    }

    private static void plays(Callers callers, int sessions) {
        int before = callers.played();
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(callers.played())
                        .as("%s; %s", callers, callers.wrong())
                        .isGreaterThan(before + sessions));
    }
}
