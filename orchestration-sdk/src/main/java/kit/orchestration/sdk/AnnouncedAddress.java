package kit.orchestration.sdk;

import java.util.Map;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.platform.TerminationGrace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where players dial the pod, as its environment says. */
final class AnnouncedAddress {

    /** All of it, as {@link PodAddress#parse} reads it. */
    static final String ADDRESS = "ORCHESTRATION_ADDRESS";
    /** Or the host, as the Downward API has the node's in {@code status.hostIP}, */
    static final String HOST = "ORCHESTRATION_HOST";
    /**
     * and the port that is to be dialled there. Alone it says nothing: for a Service of the name {@code orchestration}
     * the kubelet sets it to something else in each container.
     */
    static final String PORT = "ORCHESTRATION_PORT";

    private static final Logger log = LoggerFactory.getLogger(AnnouncedAddress.class);

    private AnnouncedAddress() {}

    /**
     * Null if the environment says nothing of it.
     *
     * @throws IllegalArgumentException if what it says is no address; the message names the variable
     */
    static @Nullable PodAddress of(Map<String, String> environment) {
        String address = environment.getOrDefault(ADDRESS, "").strip();
        String host = environment.getOrDefault(HOST, "").strip();
        String port = environment.getOrDefault(PORT, "").strip();
        if (address.isEmpty() && host.isEmpty()) {
            if (isNumber(port)) {
                log.warn(
                        "{} is set, and neither {} nor {}: alone it says nothing, and players dial what allocators "
                                + "know",
                        PORT,
                        HOST,
                        ADDRESS);
            }
            return null;
        }
        if (!host.isEmpty() && port.isEmpty()) {
            throw new IllegalArgumentException(
                    HOST + " is set and " + PORT + " is not: players dial both of them together");
        }
        if (!address.isEmpty() && !host.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s and %s are both set: which of them do players dial?".formatted(ADDRESS, HOST));
        }
        try {
            return host.isEmpty()
                    ? PodAddress.parse(address)
                    : new PodAddress(host, TerminationGrace.number(PORT, port));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    (host.isEmpty() ? ADDRESS : HOST + " and " + PORT) + ": " + e.getMessage(), e);
        }
    }

    /** What the kubelet sets for a Service is "tcp://…". */
    private static boolean isNumber(String port) {
        return !port.isEmpty() && port.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
