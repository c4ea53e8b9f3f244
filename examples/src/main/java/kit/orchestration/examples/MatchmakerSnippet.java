package kit.orchestration.examples;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;

/** The matchmaker's side, in one call: the README shows the region below. It is the same on every backend. */
public final class MatchmakerSnippet {

    private final Allocator allocator;
    private final Players players;

    /** How this matchmaker speaks to the players of a match. */
    public interface Players {

        /** Tells them where to dial, and what to show there. */
        void go(String match, String address, String token);

        /** Tells them that there is no room. */
        void tryLater(String match);
    }

    /** A matchmaker over any backend's allocator. */
    public MatchmakerSnippet(Allocator allocator, Players players) {
        this.allocator = allocator;
        this.players = players;
    }

    // tag::matchmaker[]
    void matched(String match) throws InterruptedException {
        AllocateReq request = AllocateReq.builder("duel")
                .maxWait(Duration.ofSeconds(10)) // for room, if there is none
                .requestId(match) // a retry gets the same session
                .build();
        try {
            Allocation allocation = allocator.allocate(request);
            players.go(
                    match,
                    allocation.podAddress().toString(),
                    allocation.token().encoded());
        } catch (NoCapacityException full) {
            players.tryLater(match);
        }
    }
    // end::matchmaker[]
}
