package kit.orchestration.engine;

import java.util.concurrent.CompletableFuture;

/** What became of calls, for tests of backends. */
public final class Outcomes {

    private Outcomes() {}

    /** Done when the call is settled. */
    public static CompletableFuture<Claim> of(Call call) {
        return call.outcome();
    }
}
