package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time that a pool's pods get to write what has ended by now: twice what a write takes, for one may be under way.
 * But a pod gathers what ends while it has a free slot, or while it is full and others were not; it writes that when
 * its last slot is taken, and when it is told that somebody waits. So full ones that gather are told, and get what one
 * write takes from when that, and the claims that fill others, are answered. A full pod that could not be told may
 * gather for half a second from now, and one that does not know that it is full for a second. All of it on the loop.
 */
final class PodsTime {

    private static final Logger log = LoggerFactory.getLogger(PodsTime.class);

    /** What a write takes, at least, and at most: a server that is slower for long is in trouble. */
    private static final Duration LEAST_WRITE = Duration.ofMillis(15);

    private static final Duration LONGEST_WRITE = Duration.ofMillis(50);

    /** So many pods that gather, at most, are being told at a time that somebody waits for what ends there. */
    private static final int TOLD = 32;

    private final ClusterContext context;
    private final Set<KnownPod> pods;
    private final Supplier<CompletionStage<Void>> claimsUnderWay;
    /** What a write takes, smoothed as TCP does with its round trips (RFC 6298). */
    private long writeNanos = 2 * LEAST_WRITE.toNanos();
    /** Of those that gather by what is known of them: proofs that overlap tell each once. */
    private final Map<KnownPod, Telling> tellings = new HashMap<>();

    /**
     * Of a pool.
     *
     * @param pods its pods; looked at on the loop
     * @param claimsUnderWay done when the claims that are under way now are answered, or are slow to be
     */
    PodsTime(ClusterContext context, Set<KnownPod> pods, Supplier<CompletionStage<Void>> claimsUnderWay) {
        this.context = context;
        this.pods = pods;
        this.claimsUnderWay = claimsUnderWay;
    }

    /** So long a write took, just now. */
    void wrote(long nanos) {
        long bounded = Math.min(LONGEST_WRITE.toNanos(), Math.max(LEAST_WRITE.toNanos(), nanos));
        writeNanos += (bounded - writeNanos) / 8;
    }

    /** Does something when it is over. */
    void then(Runnable over) {
        long start = now();
        Set<KnownPod> gathering = gathering();
        tellings.keySet().retainAll(gathering); // or those of pods that are gone would stay
        List<Telling> known =
                gathering.stream().map(this::telling).flatMap(Optional::stream).toList();
        CompletableFuture<Void> allTold =
                CompletableFuture.allOf(known.stream().map(Telling::told).toArray(CompletableFuture<?>[]::new));
        if (!gathering.isEmpty()) {
            context.loop().after(Lease.GATHER_WHILE_FULL, () -> allTold.complete(null)); // by then they write anyway
        }
        // Not at once: who is being placed now departs in a moment, and may fill a pod that gathers until then.
        after(
                start + writeNanos,
                () -> context.loop()
                        .whenDone(
                                allTold.thenCombine(claimsUnderWay.get(), (told, answered) -> known),
                                (tried, none) -> after(
                                        Math.max(now() + writeNanos, start + 2 * writeNanos),
                                        () -> ends(start, gathering, tried, over))));
    }

    /** Who could not be told, or has begun to gather since, writes by itself. */
    private void ends(long start, Set<KnownPod> gathered, List<Telling> tried, Runnable over) {
        Set<KnownPod> told =
                tried.stream().filter(Telling::isTold).map(Telling::pod).collect(Collectors.toSet());
        Duration gathers = pods.stream().anyMatch(KnownPod::gathersThoughFull)
                ? Lease.GATHER
                : told.containsAll(gathered) && told.containsAll(gathering()) ? Duration.ZERO : Lease.GATHER_WHILE_FULL;
        after(gathers.isZero() ? now() : start + gathers.toNanos() + writeNanos, over);
    }

    private long now() {
        return context.loop().nanoTime();
    }

    private void after(long nanoTime, Runnable step) {
        context.loop().after(Duration.ofNanos(Math.max(0, nanoTime - now())), step);
    }

    private Set<KnownPod> gathering() {
        return pods.stream().filter(KnownPod::gathersWhileFull).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** What is under way, or was tried with the Lease as it is; or a new one, if there are not too many. */
    private Optional<Telling> telling(KnownPod pod) {
        Lease lease = Objects.requireNonNull(pod.lease());
        Telling known = tellings.get(pod);
        if (known != null && (!known.told.isDone() || known.lease.version() == lease.version())) {
            return Optional.of(known);
        }
        if (tellings.values().stream().filter(telling -> !telling.told.isDone()).count() >= TOLD) {
            return Optional.empty();
        }
        LeasePatch patch = LeasePatch.of(lease).roomElsewhere(false);
        Telling telling =
                new Telling(pod, lease, context.api().patch(lease.name(), patch).handle((version, failure) -> {
                    if (failure != null) {
                        log.debug("{} could not be told that somebody waits for what ends there", pod, failure);
                    }
                    return failure == null;
                }));
        tellings.put(pod, telling);
        return Optional.of(telling);
    }

    /** That a pod is told by a patch of its Lease as it was; true if it took it. */
    private record Telling(KnownPod pod, Lease lease, CompletableFuture<Boolean> told) {

        private boolean isTold() {
            return told.getNow(false);
        }
    }
}
