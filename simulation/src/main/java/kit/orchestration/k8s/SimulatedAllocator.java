package kit.orchestration.k8s;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.token.SigningKey;

/** Makes allocators whose time, chance and network are a simulation's. */
public final class SimulatedAllocator {

    private SimulatedAllocator() {}

    /** One of that name. The client is asked for nothing but how to read JSON. */
    public static KubernetesAllocator of(
            String identity,
            Placement placement,
            KubernetesClient client,
            Transport transport,
            Loop loop,
            Timing timing,
            Executor executor,
            RandomGenerator random,
            SigningKey key,
            String... pools) {
        return KubernetesAllocator.builder()
                .surroundings(new KubernetesAllocatorBuilder.Surroundings(transport, loop))
                .client(client)
                .namespace("games")
                .pools(pools)
                .identity(identity)
                .placement(placement)
                .timing(timing)
                .executor(executor)
                .random(random)
                .key(key)
                .build();
    }
}
