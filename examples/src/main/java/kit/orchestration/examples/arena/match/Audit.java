package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** Looks whether every slot is free again, in the one way that counts: by claiming it. */
final class Audit {

    /** A pod may take a moment to give back what has just ended. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Matchmaker matchmaker;
    private final Journal journal;

    Audit(Matchmaker matchmaker, Journal journal) {
        this.matchmaker = matchmaker;
        this.journal = journal;
    }

    /** Claims each slot of these pods once, and gives them all back. Returns how many could not be had. */
    int slotsNotFree(List<PodPlan> pods) throws InterruptedException {
        List<Allocation> claims = new ArrayList<>();
        int missing = 0;
        for (PodPlan pod : pods) {
            for (int slot = 0; slot < pod.slots(); slot++) {
                try {
                    claims.add(claim(pod, slot));
                } catch (NoCapacityException e) {
                    missing += pod.slots() - slot; // the pod has no more to give
                    break;
                }
            }
        }
        claims.forEach(matchmaker::release);
        return missing;
    }

    private Allocation claim(PodPlan pod, int slot) throws InterruptedException {
        AllocateReq request = matchmaker
                .request("audit-%s-%d".formatted(pod.name(), slot))
                .selectors(Map.of(PodPlan.NAME, pod.name()))
                .maxWait(PATIENCE)
                .build();
        Allocation allocation = matchmaker.allocate(request);
        journal.add(new Event.SetAside(allocation.sessionId(), Event.SetAside.TO_AUDIT));
        return allocation;
    }
}
