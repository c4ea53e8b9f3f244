package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.examples.arena.backend.Patience;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** Looks whether every slot is free again, in the one way that counts: by claiming it. */
final class Audit {

    /** Claims at a time: slots are many where servers are large, and some backends answer in a second. */
    private static final int AT_ONCE = 64;

    private final Matchmaker matchmaker;
    private final Patience patience;
    private final Journal journal;

    /**
     * An audit.
     *
     * @param patience how long a pod may take to be seen, and to give back what has just ended
     */
    Audit(Matchmaker matchmaker, Patience patience, Journal journal) {
        this.matchmaker = matchmaker;
        this.patience = patience;
        this.journal = journal;
    }

    /**
     * Claims each slot of these pods once, and gives them all back. The first of each tells that the pod is seen at
     * all; with the others it is known soon. Returns how many could not be had.
     */
    int slotsNotFree(List<PodPlan> pods) throws InterruptedException {
        List<AllocateReq> first = new ArrayList<>();
        List<AllocateReq> others = new ArrayList<>();
        for (PodPlan pod : pods) {
            first.add(request(pod, 0, patience.seen()));
            for (int slot = 1; slot < pod.slots(); slot++) {
                others.add(request(pod, slot, patience.free()));
            }
        }
        ExecutorService hands = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Allocation> claims = new ArrayList<>();
            for (List<AllocateReq> requests : List.of(first, others)) {
                claims.addAll(successes(
                        hands.invokeAll(requests.stream().map(this::claim).toList())));
            }
            successes(hands.invokeAll(claims.stream().map(this::giveBack).toList()));
            return first.size() + others.size() - claims.size();
        } finally {
            hands.shutdownNow();
        }
    }

    private AllocateReq request(PodPlan pod, int slot, Duration maxWait) {
        return matchmaker
                .request("audit-%s-%s".formatted(pod.name(), slot), Map.of(PodPlan.NAME, pod.name()))
                .maxWait(maxWait)
                .build();
    }

    private Callable<Allocation> claim(AllocateReq request) {
        return () -> {
            Allocation allocation = matchmaker.allocate(request);
            journal.add(new Event.SetAside(allocation.sessionId(), Event.SetAside.TO_AUDIT));
            return allocation;
        };
    }

    private Callable<Allocation> giveBack(Allocation claim) {
        return () -> {
            matchmaker.release(claim);
            return claim;
        };
    }

    private List<Allocation> successes(List<Future<Allocation>> done) throws InterruptedException {
        List<Allocation> successes = new ArrayList<>();
        for (Future<Allocation> each : done) {
            try {
                successes.add(each.get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof AllocationException)) {
                    throw new IllegalStateException("the audit failed", e.getCause());
                }
                if (!(e.getCause() instanceof NoCapacityException)) { // which is an answer
                    journal.add(new Event.Failed(
                            "audit", String.valueOf(e.getCause().getMessage())));
                }
            }
        }
        return successes;
    }
}
