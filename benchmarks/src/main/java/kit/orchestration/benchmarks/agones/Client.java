package kit.orchestration.benchmarks.agones;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Whoever asks Agones for a session. */
interface Client extends AutoCloseable {

    /** How long a claim is kept that no player comes for: all of them, since none comes. */
    Duration TTL = Duration.ofSeconds(1);

    /** What became of it. */
    enum Outcome {
        /** A session. */
        CLAIMED,
        /** No room, it was said. */
        REFUSED,
        /** An error, or a session that is not in the list of the server that was named. */
        FAILED
    }

    /** Asks once. */
    CompletionStage<Outcome> claim();

    @Override
    void close();
}
