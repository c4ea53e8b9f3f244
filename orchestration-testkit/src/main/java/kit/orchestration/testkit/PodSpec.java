package kit.orchestration.testkit;

import java.util.Map;
import java.util.function.Supplier;
import kit.orchestration.sdk.SessionListener;

/**
 * A pod that a test asks for.
 *
 * @param pool its pool
 * @param capacity how many sessions it hosts at once
 * @param labels what selectors are matched against
 * @param listener gives what hears of the sessions, to each process of the pod its own
 */
public record PodSpec(
        String pool, int capacity, Map<String, String> labels, Supplier<? extends SessionListener> listener) {

    /** Copies the labels. */
    public PodSpec {
        labels = Map.copyOf(labels);
    }
}
