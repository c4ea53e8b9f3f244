package kit.orchestration.examples.arena;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.backend.agones.AgonesTarget;
import org.jspecify.annotations.Nullable;

/** The options that name an Agones that is there already. */
final class AgonesOptions {

    static final String ALLOCATOR = "--allocator";
    static final String SIDECARS = "--sidecars";
    static final String FLEET = "--fleet";
    static final String LIST = "--list";
    static final String PLAINTEXT = "--plaintext";
    static final String CA = "--ca";
    static final String CERT = "--cert";
    static final String KEY = "--key";

    private static final int LAST_PORT = 65_535;

    private final Map<String, String> values = new HashMap<>();

    /** Takes an option; a later one of the same name counts. */
    void set(String option, String value) {
        values.put(option, value);
    }

    /**
     * What they name together; empty if none of them was there.
     *
     * @param namespace what the option that is not for Agones alone says
     * @throws IllegalArgumentException if something is wrong, or missing; the message names the option
     */
    Optional<AgonesTarget> target(@Nullable String namespace) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        String allocator = values.get(ALLOCATOR);
        if (allocator == null) {
            throw new IllegalArgumentException("%s is for %s: name the host:port of Agones' allocator"
                    .formatted(values.keySet().iterator().next(), ALLOCATOR));
        }
        checkTransport();
        return Optional.of(new AgonesTarget(
                address(allocator),
                sidecars(),
                namespace,
                fleet(),
                values.getOrDefault(LIST, "sessions"),
                values.containsKey(PLAINTEXT),
                file(CA),
                file(CERT),
                file(KEY)));
    }

    private void checkTransport() {
        boolean files = values.containsKey(CA) || values.containsKey(CERT);
        if (values.containsKey(CERT) != values.containsKey(KEY)) {
            throw new IllegalArgumentException(
                    "%s and %s go together: the client's certificate and its private key, PEM".formatted(CERT, KEY));
        }
        if (files == values.containsKey(PLAINTEXT)) {
            throw new IllegalArgumentException(
                    files
                            ? "%s excludes %s, %s and %s: leave one or the others out"
                                    .formatted(PLAINTEXT, CA, CERT, KEY)
                            : ("%s needs %s, %s and %s, as Agones' allocator asks for by default, or %s where it has"
                                            + " TLS turned off")
                                    .formatted(ALLOCATOR, CA, CERT, KEY, PLAINTEXT));
        }
    }

    private static String address(String allocator) {
        try {
            return PodAddress.parse(allocator).toString();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s must be host:port, was %s".formatted(ALLOCATOR, allocator), e);
        }
    }

    private List<Integer> sidecars() {
        String text = values.get(SIDECARS);
        if (text == null) {
            throw new IllegalArgumentException(
                    ("%s needs %s: the ports of the sidecars on this machine, one for each game server, as"
                                    + " AGONES_SDK_HTTP_PORT has them, such as 9358,9368,9378")
                            .formatted(ALLOCATOR, SIDECARS));
        }
        Set<Integer> ports = new LinkedHashSet<>();
        for (String port : text.split(",", -1)) {
            if (!port.matches("[1-9][0-9]{0,4}")
                    || Integer.parseInt(port) > LAST_PORT
                    || !ports.add(Integer.parseInt(port))) {
                throw new IllegalArgumentException(
                        "%s must be different ports with a comma between them, such as 9358,9368, was %s"
                                .formatted(SIDECARS, text));
            }
        }
        return new ArrayList<>(ports);
    }

    private @Nullable String fleet() {
        String fleet = values.get(FLEET);
        if (fleet == null) {
            return null;
        }
        try {
            return Limits.checkPool(fleet);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s is a pool's name: %s".formatted(FLEET, e.getMessage()), e);
        }
    }

    private @Nullable Path file(String option) {
        String name = values.get(option);
        return name == null ? null : Options.file(option, name);
    }
}
