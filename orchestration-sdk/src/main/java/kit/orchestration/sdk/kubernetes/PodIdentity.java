package kit.orchestration.sdk.kubernetes;

import java.util.Objects;
import java.util.regex.Pattern;
import kit.orchestration.Limits;
import kit.orchestration.ledger.LedgerNames;

/**
 * Which pod this process runs in.
 *
 * @param namespace the pod's namespace
 * @param podName the pod's name
 * @param podUid the pod's uid, which no other pod ever has
 * @param pool the pool it belongs to: its label
 * @param capacity how many sessions it hosts at once
 */
record PodIdentity(String namespace, String podName, String podUid, String pool, int capacity) {

    /** What may stand in a URL's path without being escaped; names of Kubernetes objects are no more than that. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");

    private static final Pattern UID = Pattern.compile("[A-Za-z0-9-]{1,128}");

    PodIdentity {
        checkName("namespace", namespace);
        checkName("podName", podName);
        checkUid(podUid);
        Limits.checkPool(pool);
        Limits.checkCapacity(capacity);
    }

    /** The name of the pod's Lease. */
    String lease() {
        return LedgerNames.lease(podName);
    }

    static String checkName(String field, String name) {
        return check(field, name, NAME);
    }

    static String checkUid(String podUid) {
        return check("podUid", podUid, UID);
    }

    private static String check(String field, String value, Pattern pattern) {
        Objects.requireNonNull(value, () -> field + " must not be null");
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException("%s must match %s, was \"%s\"".formatted(field, pattern, value));
        }
        return value;
    }
}
