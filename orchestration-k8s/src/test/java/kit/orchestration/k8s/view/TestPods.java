package kit.orchestration.k8s.view;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        return pod("pod-template-hash", name, ready, leaving, deletionCost, state, drain, slots);
    }

    /** As that, with its template's revision in a label of this name. */
    public static KnownPod pod(
            String revisionLabel,
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
                Map.of("app", "duel", revisionLabel, "r1"),
                new PodAddress("192.0.2.1", 7777),
                ready,
                true,
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
            pod.told(lease(name, state, drain, Arrays.asList(slots)), null, 0, Instant.EPOCH);
        }
        return pod;
    }

    /** Its Lease says the same, but for the slots. */
    public static void toldNext(KnownPod pod, List<@Nullable String> slots) {
        Lease before = Objects.requireNonNull(pod.lease());
        String name = Objects.requireNonNull(before.podName());
        pod.told(lease(name, before.stateText(), before.drainText(), slots), null, 0, Instant.EPOCH);
    }

    /** The kubelet tells that nothing runs in it any more. */
    public static void stopped(KnownPod pod) {
        PodFacts facts = Objects.requireNonNull(pod.pod());
        pod.seen(new PodFacts(
                facts.name(),
                facts.leaseName(),
                facts.uid(),
                facts.version() + 1,
                facts.pool(),
                facts.labels(),
                facts.address(),
                false,
                false,
                false,
                false,
                facts.capacity(),
                facts.deletionCost(),
                true,
                "",
                null,
                null,
                null));
    }

    /** The watch tells that there is no Lease any more, as of one that has lost its label. */
    public static void lostLease(KnownPod pod) {
        pod.leaseIsGone();
    }

    private static Lease lease(
            String name, @Nullable String state, @Nullable String drain, List<@Nullable String> slots) {
        return new Lease(
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
                slots,
                Map.of(),
                false,
                null,
                null,
                100);
    }
}
