package kit.orchestration.k8s.contract;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.Allocator;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.KubernetesAllocatorBuilder;
import kit.orchestration.k8s.Seams;
import kit.orchestration.local.ManualClock;

/** An allocator in the test's JVM. */
final class InThisProcess implements OpenAllocator {

    private final KubernetesClient client;
    private final KubernetesAllocator allocator;
    private final AtomicBoolean dead = new AtomicBoolean();

    InThisProcess(KubernetesClient client, ManualClock clock, Duration callTimeout) {
        this.client = client;
        KubernetesAllocatorBuilder builder =
                KubernetesAllocator.builder().client(client).callTimeout(callTimeout);
        allocator = Seams.timing(builder, new Timing(clock, clock::nanoTime, clock.scheduler()))
                .build();
    }

    @Override
    public Allocator allocator() {
        return allocator;
    }

    @Override
    public boolean hasSeen(long pods, long leases) {
        return dead.get() || Seams.hasSeen(allocator, pods, leases);
    }

    @Override
    public void die() {
        dead.set(true);
        allocator.close();
    }

    @Override
    public void dispose() {
        allocator.close();
        client.close();
    }
}
