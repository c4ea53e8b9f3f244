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

    /** What was set, or else what the environment says, or else what Kubernetes does unasked. */
    public static Duration of(@Nullable Duration set, Map<String, String> environment) {
        String seconds = environment.getOrDefault(VARIABLE, "");
        if (set != null || seconds.isEmpty()) {
            return set == null ? DEFAULT : set;
        }
        return check(VARIABLE, Duration.ofSeconds(number(VARIABLE, seconds)));
    }

    /** The number that a variable of the environment has. */
    public static int number(String variable, String value) {
        try {
            return Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(variable + " must be a whole number, was \"" + value + "\"", e);
        }
    }

    /** The grace itself, if it is zero to 365 days. */
    public static Duration check(Duration grace) {
        return check("terminationGrace", grace);
    }

    private static Duration check(String field, Duration grace) {
        return Limits.checkRange(field, grace, Duration.ZERO, Duration.ofDays(365));
    }
}
