package kit.orchestration.k8s.view;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/** Pods as a view knows them, for the tests of others. */
public final class TestPods {

    private static long version;

    private TestPods() {}

    /** A pod with that state and mark in its Lease, by the kubelet ready or not. */
    public static KnownPod pod(
            String name,
            boolean ready,
            boolean leaving,
            int deletionCost,
            @Nullable String state,
            @Nullable String drain,
            @Nullable String... slots) {
        KnownPod pod = new KnownPod("uid-" + name);
        pod.seen(new PodFacts(
                name,
                "orchestration-" + name,
                "uid-" + name,
                1,
                "duel",
                Map.of("app", "duel", "pod-template-hash", "r1"),
                new PodAddress("192.0.2.1", 7777),
                ready,
                leaving,
                false,
                slots.length,
                deletionCost,
                true,
                "",
                null,
                null,
                null));
        if (state != null) {
            Lease lease = new Lease(
                    "orchestration-" + name,
                    "lease-" + name,
                    "",
                    ++version,
                    "duel",
                    name,
                    "uid-" + name,
                    false,
                    state,
                    null,
                    drain,
                    Arrays.asList(slots),
                    Map.of(),
                    false,
                    null,
                    null,
                    100);
            pod.told(lease, 0, 0, Instant.EPOCH);
        }
        return pod;
    }
}
