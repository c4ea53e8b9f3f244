package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two allocators that know nothing of each other are asked the same at the same instant. {@code
 * -Dorchestration.requestid.rounds=…} and {@code -Dorchestration.requestid.seed=…} set how often, and the delays.
 */
class RequestIdRaceTest {

    private static final int IN_FLIGHT = 200;
    private static final int LONGEST_DELAY_NANOS = 5_000_000;

    private final Set<String> sessions = ConcurrentHashMap.newKeySet();
    private final Queue<Object> wrong = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void one_requestId_gives_one_session_and_one_answer_through_two_allocators() throws Exception {
        int rounds = Integer.getInteger("orchestration.requestid.rounds", 10_000);
        long seed = Long.getLong("orchestration.requestid.seed", new Random().nextLong());
        System.out.printf("one requestId through two allocators, %s times, seed %s%n", rounds, seed);
        Random random = new Random(seed);
        Cluster cluster = new Cluster(ControlPlane.shared());
        var tls = ClusterAuthority.sockets(cluster.plane().caPem());
        ExecutorService players = Executors.newFixedThreadPool(16);
        try (Fleet fleet = new Fleet(cluster).add(Workload.DEPLOYMENT, 12, 100);
                ApiRelay one = ApiRelay.open(cluster.plane().url(), tls);
                ApiRelay two = ApiRelay.open(cluster.plane().url(), tls);
                KubernetesClient clientOne = cluster.client(one.url());
                KubernetesClient clientTwo = cluster.client(two.url());
                KubernetesAllocator first = allocator(clientOne, fleet.pool());
                KubernetesAllocator second = allocator(clientTwo, fleet.pool())) {
            for (ApiRelay relay : List.of(one, two)) {
                Random delays = new Random(random.nextLong());
                relay.delayWrites(() -> delays.nextInt(LONGEST_DELAY_NANOS));
            }
            Semaphore room = new Semaphore(IN_FLIGHT);
            for (int round = 0; round < rounds; round++) {
                room.acquire();
                AllocateReq req = AllocateReq.builder(fleet.pool())
                        .requestId("match-" + round)
                        .maxWait(Duration.ofSeconds(20))
                        .build();
                boolean swapped = random.nextBoolean();
                CompletableFuture<Allocation> here = (swapped ? second : first).allocateAsync(req);
                CompletableFuture<Allocation> there = (swapped ? first : second).allocateAsync(req);
                here.thenCombineAsync(there, (a, b) -> play(fleet, a, b), players)
                        .whenComplete((done, failure) -> {
                            room.release();
                            if (failure != null) {
                                wrong.add(failure);
                            }
                        });
            }
            room.acquire(IN_FLIGHT);

            assertThat(wrong).isEmpty();
            assertThat(sessions).hasSize(rounds);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(cluster.held(fleet.pool())).isEmpty());
            fleet.history().check();
        } finally {
            players.shutdownNow();
        }
    }

    private static KubernetesAllocator allocator(KubernetesClient client, String pool) {
        return KubernetesAllocator.builder().client(client).pools(pool).build();
    }

    /** Both answers are one session; its player comes with one of the tokens, and leaves. */
    private boolean play(Fleet fleet, Allocation a, Allocation b) {
        List<Object> same = new ArrayList<>(List.of(a.sessionId(), a.podAddress(), a.annotations()));
        if (!same.equals(List.of(b.sessionId(), b.podAddress(), b.annotations()))) {
            wrong.add("two answers: session %s on %s, and %s on %s"
                    .formatted(a.sessionId(), a.annotations(), b.sessionId(), b.annotations()));
        }
        if (!sessions.add(a.sessionId())) {
            wrong.add("session %s was given to two requests".formatted(a.sessionId()));
        }
        try {
            fleet.start(sessions.size() % 2 == 0 ? a : b).close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }
}
