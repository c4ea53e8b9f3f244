package kit.orchestration.agones.standin.replay;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something that Agones does, and so the stand-in.
 *
 * @param name what is asked of it
 * @param recorded what a real one did when this was written down
 * @param observation asks, and tells what was done in the words of {@code recorded}
 */
record Assertion(String name, String recorded, Observation observation) {

    /** Does something to a site, and tells what came of it. */
    @FunctionalInterface
    interface Observation {
        String of(Site site) throws IOException, InterruptedException;
    }

    /**
     * What was seen.
     *
     * @param text in the words of the record, or why nothing was
     * @param complete false if the observation itself failed: it agrees with nothing then
     */
    record Observed(String text, boolean complete) {

        boolean agreesWith(Observed other) {
            return complete && other.complete && text.equals(other.text);
        }
    }

    /** All there are, in the order in which they are asked. */
    static List<Assertion> all() {
        return Stream.of(AllocatorAssertions.all(), ListAssertions.all(), SidecarAssertions.all())
                .flatMap(List::stream)
                .toList();
    }

    Observed expected() {
        return new Observed(recorded, true);
    }

    Observed at(Site site) throws InterruptedException {
        try {
            return new Observed(observation.of(site), true);
        } catch (IOException | IllegalStateException | StatusRuntimeException e) {
            return new Observed("not observed: " + e.getMessage(), false);
        }
    }
}
