package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import kit.orchestration.AllocateReq;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.sdk.Session;
import kit.orchestration.testkit.Racers;
import org.junit.jupiter.api.Test;

/** Rule 4.4 under load, through several allocators that know nothing of each other. */
class AlmostFullTest {

    private static final int SLOTS = 12;
    private static final int CALLERS = 10;
    private static final int ROUNDS = 120;

    /**
     * What goes free others are given as well, and the ledger is always a moment behind what has ended: one call in two
     * hundred saw no room then, and was refused.
     */
    @Test
    void none_of_ten_callers_is_ever_refused_by_twelve_slots_through_three_allocators() throws Exception {
        Cluster cluster = new Cluster(ControlPlane.shared());
        List<KubernetesAllocator> allocators = new ArrayList<>();
        try (Fleet fleet = new Fleet(cluster).add(Workload.DEPLOYMENT, 4, SLOTS / 4)) {
            for (int i = 0; i < 3; i++) {
                allocators.add(KubernetesAllocator.builder()
                        .client(cluster.client(cluster.plane().url().toString()))
                        .pools(fleet.pool())
                        .build());
            }
            List<Integer> refusals = Racers.race(CALLERS, caller -> {
                Random random = new Random(caller);
                int refused = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    try {
                        KubernetesAllocator allocator = allocators.get(random.nextInt(3));
                        Session session = fleet.start(allocator.allocate(AllocateReq.of(fleet.pool())));
                        Thread.sleep(random.nextInt(100));
                        session.close();
                    } catch (NoCapacityException e) {
                        refused++;
                    }
                }
                return refused;
            });
            assertThat(refusals).containsOnly(0);
            fleet.history().check();
        } finally {
            allocators.forEach(KubernetesAllocator::close);
        }
    }
}
