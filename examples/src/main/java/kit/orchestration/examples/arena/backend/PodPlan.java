package kit.orchestration.examples.arena.backend;

import java.util.Map;

/**
 * A pod as the arena wants it.
 *
 * @param name its name
 * @param region where it is
 * @param slots how many sessions it hosts at once
 */
public record PodPlan(String name, String region, int slots) {

    /** The label with the region. */
    public static final String REGION = "region";
    /** The label with the name, so that each pod's slots can be tried at the end. */
    public static final String NAME = "arena-pod";

    /** What selectors are matched against. */
    public Map<String, String> labels() {
        return Map.of(REGION, region, NAME, name);
    }
}
