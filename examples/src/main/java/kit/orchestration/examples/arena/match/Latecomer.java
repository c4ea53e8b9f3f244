package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Limits;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** A player who comes when its claim has expired. Its slot is free again by then, without anybody having to ask. */
final class Latecomer implements Runnable {

    /** How long after the claim's time the pod must have noticed. */
    private static final Duration LATE = Duration.ofSeconds(5);

    private final String name;
    private final Matchmaker matchmaker;
    private final Impostor impostor;
    private final Duration patience;
    private final Journal journal;

    /**
     * A latecomer.
     *
     * @param patience how long it waits for room
     */
    Latecomer(String name, Matchmaker matchmaker, Impostor impostor, Duration patience, Journal journal) {
        this.name = name;
        this.matchmaker = matchmaker;
        this.impostor = impostor;
        this.patience = patience;
        this.journal = journal;
    }

    @Override
    public void run() {
        AllocateReq request = matchmaker
                .request(name, Map.of())
                .maxWait(patience)
                .claimTtl(Limits.MIN_CLAIM_TTL)
                .build();
        try {
            Allocation allocation = matchmaker.allocate(request);
            journal.add(new Event.SetAside(allocation.sessionId(), Event.SetAside.TO_EXPIRE));
            // The pod counts the time, from when it sees the claim: it says when that has passed.
            journal.await(
                    event -> event instanceof Event.Freed freed
                            && freed.session().equals(allocation.sessionId()),
                    Limits.MIN_CLAIM_TTL.plus(LATE));
            impostor.present(Mischief.EXPIRED, allocation.token(), allocation.podAddress());
        } catch (AllocationException | IOException e) {
            journal.add(new Event.Failed(name, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
