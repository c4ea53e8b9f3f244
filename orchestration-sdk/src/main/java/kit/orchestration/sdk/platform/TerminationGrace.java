package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/** How long the kubelet lets a process go on after SIGTERM: the pod's {@code terminationGracePeriodSeconds}. */
public final class TerminationGrace {

    /** Seconds from SIGTERM to SIGKILL: the same number as the pod's {@code terminationGracePeriodSeconds}. */
    public static final String VARIABLE = "ORCHESTRATION_TERMINATION_GRACE_SECONDS";

    /** Kubernetes' own {@code terminationGracePeriodSeconds}, where the manifest says nothing. */
    private static final Duration DEFAULT = Duration.ofSeconds(30);

    private TerminationGrace() {}

    /**
     * What was set, or else what the environment says, or else what Kubernetes does unasked.
     *
     * @throws IllegalArgumentException if the environment says nonsense
     */
    public static Duration of(@Nullable Duration set, Map<String, String> environment) {
        String seconds = environment.getOrDefault(VARIABLE, "");
        if (set != null || seconds.isEmpty()) {
            return set == null ? DEFAULT : set;
        }
        try {
            return check(Duration.ofSeconds(Integer.parseInt(seconds.strip())));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s must be a whole number, was \"%s\"".formatted(VARIABLE, seconds), e);
        }
    }

    /**
     * The grace itself.
     *
     * @throws IllegalArgumentException if it is not zero to 365 days
     */
    public static Duration check(Duration grace) {
        return Limits.checkRange("terminationGrace", grace, Duration.ZERO, Duration.ofDays(365));
    }
}
