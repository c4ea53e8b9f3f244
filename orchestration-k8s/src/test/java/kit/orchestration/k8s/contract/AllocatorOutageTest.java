package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The API server dies, its store freezes, watches break, under the load of 256 callers: nothing is allocated twice,
 * nothing is lost, every call ends in its time with its session or a BackendException, and work goes on by itself.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AllocatorOutageTest {

    private static final int CALLERS = 256;
    private static final int PODS = 16;
    private static final int CAPACITY = 100;
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CLAIM_TTL = Duration.ofSeconds(15);
    /** So much is played before the fault, and after it. */
    private static final int SESSIONS = 1_000;

    private static ControlPlane plane;
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        plane = ControlPlane.start();
        cluster = new Cluster(plane);
    }

    @AfterAll
    static void end() {
        plane.close();
    }

    /** Something bad, and its end. */
    interface Fault {
        void happen(ApiRelay relay) throws Exception;
    }

    @Test
    void the_api_server_is_killed_and_started_again() throws Exception {
        withstand(relay -> {
            plane.kill(Component.API_SERVER);
            passing(Duration.ofSeconds(3));
            plane.restart(Component.API_SERVER);
        });
    }

    @Test
    void etcd_freezes_for_20_seconds() throws Exception {
        withstand(relay -> {
            plane.freeze(Component.ETCD);
            passing(Duration.ofSeconds(20));
            plane.thaw(Component.ETCD);
        });
    }

    @Test
    void watches_are_cut_again_and_again() throws Exception {
        withstand(relay -> {
            for (int i = 0; i < 20; i++) {
                relay.cutWatches();
                passing(Duration.ofMillis(100));
            }
        });
    }

    /** Sessions may have ended that no pod can write: "no capacity" would be a guess. */
    @Test
    void while_the_server_is_away_nobody_is_told_that_there_is_no_room() throws Exception {
        nobodyIsToldThatThereIsNoRoom(
                () -> plane.kill(Component.API_SERVER), () -> plane.restart(Component.API_SERVER));
    }

    /** The watches stand, and say nothing. */
    @Test
    void while_the_server_stands_still_nobody_is_told_that_there_is_no_room() throws Exception {
        nobodyIsToldThatThereIsNoRoom(() -> plane.freeze(Component.API_SERVER), () -> plane.thaw(Component.API_SERVER));
    }

    private void nobodyIsToldThatThereIsNoRoom(Runnable fault, Runnable end) throws Exception {
        try (Fleet fleet = new Fleet(cluster).add(Workload.DEPLOYMENT, 1, 2);
                KubernetesClient client = cluster.client(plane.url().toString());
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .pools(fleet.pool())
                        .callTimeout(CALL_TIMEOUT)
                        .build()) {
            AllocateReq request = AllocateReq.builder(fleet.pool())
                    .claimTtl(Duration.ofMinutes(10))
                    .build();
            List<Allocation> held = List.of(allocator.allocate(request), allocator.allocate(request));
            assertThatThrownBy(() -> allocator.allocate(request)).isInstanceOf(NoCapacityException.class);

            fault.run();
            try {
                // What was proven a moment ago counts for a moment.
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThatThrownBy(() -> allocator.allocate(request))
                                .isInstanceOfSatisfying(BackendException.class, error -> {
                                    assertThat(error.retryable()).isTrue();
                                    assertThat(error.outcome()).isEqualTo(BackendException.Outcome.NOT_APPLIED);
                                }));
            } finally {
                end.run();
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThatThrownBy(() -> allocator.allocate(request))
                            .isInstanceOf(NoCapacityException.class));
            held.forEach(allocator::release);
        }
    }

    private void withstand(Fault fault) throws Exception {
        long seed = new Random().nextLong();
        try (Fleet fleet = new Fleet(cluster).add(Workload.DEPLOYMENT, PODS, CAPACITY);
                ApiRelay relay = ApiRelay.open(plane.url(), ClusterAuthority.sockets(plane.caPem()));
                KubernetesClient client = cluster.client(relay.url());
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .pools(fleet.pool())
                        .callTimeout(CALL_TIMEOUT)
                        .build()) {
            AllocateReq request = AllocateReq.builder(fleet.pool())
                    .maxWait(Duration.ofSeconds(2))
                    .claimTtl(CLAIM_TTL)
                    .build();
            Callers callers = new Callers(fleet, request, CALL_TIMEOUT, seed);
            try (callers) {
                callers.ask(allocator, CALLERS);
                plays(callers, SESSIONS);
                fault.happen(relay);
                System.out.printf("outage, seed %s: at its end %s%n", seed, callers);
                plays(callers, SESSIONS);
            }
            System.out.printf("outage, seed %s: %s%n", seed, callers);
            assertThat(callers.wrong()).isEmpty();
            await().atMost(CLAIM_TTL.plusSeconds(30))
                    .untilAsserted(() -> assertThat(cluster.held(fleet.pool())).isEmpty());
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> fleet.history().check());
        }
    }

    private static void plays(Callers callers, int sessions) {
        int before = callers.played();
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(callers.played())
                        .as("%s; %s", callers, callers.wrong())
                        .isGreaterThan(before + sessions));
    }

    private static void passing(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
    }
}
