package kit.orchestration.simulation;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.SimulatedAllocator;
import kit.orchestration.ledger.lease.Loop;
import org.jspecify.annotations.Nullable;

/** A matchmaker's process, with an allocator in it. */
final class Matchmaker {

    /** Reads JSON, and connects to nothing. */
    private static final KubernetesClient CLIENT = new KubernetesClientBuilder()
            .withConfig(new ConfigBuilder(Config.empty())
                    .withMasterUrl("https://api.simulation")
                    .build())
            .build();

    final SimProcess process;
    private final World world;
    private final SimThread callers;
    private final KubernetesAllocator allocator;

    Matchmaker(World world, String name, Placement placement, int key, String... pools) {
        this.world = world;
        process = world.process(name);
        callers = process.thread();
        SimThread timers = process.thread();
        allocator = SimulatedAllocator.of(
                name,
                placement,
                CLIENT,
                new Wire(process, world.server, world.weather, world.watches),
                new Loop(process.thread(), process::nanoTime),
                new Timing(process.clock(), process::nanoTime, timers),
                process.thread(),
                world.time.random,
                Keys.get(key),
                pools);
    }

    /** What becomes of a call. */
    interface Told {
        void told(@Nullable Allocation allocation, @Nullable Throwable failure);
    }

    /** Asks, and gives up after a while, if that is not null. */
    void allocate(AllocateReq request, @Nullable Duration patience, Told told) {
        callers.execute(() -> {
            var future = allocator.allocateAsync(request);
            future.whenComplete((allocation, failure) -> world.guard(() -> told.told(allocation, failure)));
            if (patience != null) {
                callers.schedule(() -> future.cancel(false), patience.toNanos(), TimeUnit.NANOSECONDS);
            }
        });
    }

    void release(String pool, String sessionId, Told told) {
        callers.execute(() -> allocator
                .releaseAsync(pool, sessionId)
                .whenComplete((done, failure) -> world.guard(() -> told.told(null, failure))));
    }
}
