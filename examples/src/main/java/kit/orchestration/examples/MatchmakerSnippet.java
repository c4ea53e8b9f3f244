package kit.orchestration.examples;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.Token;

/** The matchmaker's side, in one call: the README shows the region below. It is the same on every backend. */
public final class MatchmakerSnippet {

    private final Allocator allocator;
    private final Players players;

    /** How this matchmaker speaks to the players of a match. */
    public interface Players {

        /** Tells them where to dial, and what to show there. */
        void go(String match, String address, Token token);

        /** Tells them that there is no room. */
        void tryLater(String match);
    }

    /** A matchmaker over any backend's allocator. */
    public MatchmakerSnippet(Allocator allocator, Players players) {
        this.allocator = allocator;
        this.players = players;
    }

    // tag::matchmaker[]
    void matched(String match, String region) throws InterruptedException {
        AllocateReq request = AllocateReq.builder("duel")
                .selectors(Map.of("region", region)) // pods with this label
                .maxWait(Duration.ofSeconds(10)) // for room, if there is none
                .requestId(match) // a retry gets the same session
                .build();
        try {
            Allocation allocation = allocator.allocate(request);
            players.go(match, allocation.podAddress().toString(), allocation.token());
        } catch (NoCapacityException full) {
            players.tryLater(match);
        }
    }
    // end::matchmaker[]
}
