package kit.orchestration.sdk.agones;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import kit.orchestration.PodAddress;

/**
 * The GameServer that this process runs in, at a moment.
 *
 * @param name its name
 * @param namespace its namespace
 * @param uid its uid, which no other GameServer ever has
 * @param created when it was made, in whole seconds
 * @param state as Agones says it: {@code Ready}, {@code Allocated}, {@code Reserved}, and others
 * @param address where players reach it; empty if it has none yet
 * @param ports the ports that players dial there, by the names that the Fleet gives them, in the Fleet's order
 * @param labels its labels; those that a game sets begin with {@code agones.dev/sdk-}
 * @param annotations its annotations; those that a game sets begin with {@code agones.dev/sdk-}
 */
public record AgonesGameServer(
        String name,
        String namespace,
        String uid,
        Instant created,
        String state,
        String address,
        Map<String, Integer> ports,
        Map<String, String> labels,
        Map<String, String> annotations) {

    /** Copies the maps. */
    public AgonesGameServer {
        ports = Collections.unmodifiableMap(new LinkedHashMap<>(ports));
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /**
     * What players dial: the address, and all its ports by their names.
     *
     * @param portName the port that comes first; empty for the Fleet's first
     * @return empty as long as the GameServer has no address, or no port
     * @throws NoSuchElementException if it has no port of that name; the message says which it has
     * @throws IllegalArgumentException if no client could dial that
     */
    public Optional<PodAddress> podAddress(String portName) {
        if (address.isEmpty() || ports.isEmpty()) {
            return Optional.empty();
        }
        PodAddress all = new PodAddress(address, ports.values().iterator().next(), ports);
        return Optional.of(portName.isEmpty() ? all : new PodAddress(address, all.port(portName), ports));
    }
}
