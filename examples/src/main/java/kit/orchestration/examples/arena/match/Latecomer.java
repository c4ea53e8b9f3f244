package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Limits;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** A player who comes when its claim has expired. Its slot is free again by then, without anybody having to ask. */
final class Latecomer implements Runnable {

    /** The pod counts the time from when it sees the claim, which may be a little later than we do. */
    private static final Duration LATE = Duration.ofMillis(300);

    private static final Duration WAIT_FOR_ROOM = Duration.ofSeconds(20);

    private final String name;
    private final Matchmaker matchmaker;
    private final Impostor impostor;
    private final Journal journal;

    Latecomer(String name, Matchmaker matchmaker, Impostor impostor, Journal journal) {
        this.name = name;
        this.matchmaker = matchmaker;
        this.impostor = impostor;
        this.journal = journal;
    }

    @Override
    public void run() {
        AllocateReq request = matchmaker
                .request(name)
                .maxWait(WAIT_FOR_ROOM)
                .claimTtl(Limits.MIN_CLAIM_TTL)
                .build();
        try {
            Allocation allocation = matchmaker.allocate(request);
            journal.add(new Event.SetAside(allocation.sessionId(), "to expire"));
            Thread.sleep(Limits.MIN_CLAIM_TTL.plus(LATE).toMillis());
            impostor.present(Mischief.EXPIRED, allocation.token().encoded(), allocation.podAddress());
        } catch (AllocationException | IOException e) {
            journal.add(new Event.Failed(name, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
