package kit.orchestration.benchmarks.agones;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says of an allocator that runs already.
 *
 * @param target it; null for the stand-in
 * @param sidecars ports on loopback of its servers' sidecars, for which game servers are started; empty if they run
 *     already
 * @param slots of all servers; 0 where the game servers that are started tell it
 */
record Options(@Nullable Target target, List<String> sidecars, int slots) {

    private static final Set<String> NAMES = Set.of(
            "--target", "--namespace", "--fleet", "--ca", "--cert", "--key", "--batch-wait", "--sidecars", "--slots");

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if they make no sense; the message names the option
     */
    static Options of(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        boolean plaintext = false;
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (name.equals("--plaintext")) {
                plaintext = true;
            } else if (NAMES.contains(name) && i + 1 < arguments.size()) {
                given.put(name, arguments.get(++i));
            } else {
                throw new IllegalArgumentException(
                        NAMES.contains(name)
                                ? name + " needs a value"
                                : "unknown option " + name + "; --help tells all");
            }
        }
        String endpoint = given.get("--target");
        if (endpoint == null) {
            if (plaintext || !given.isEmpty()) {
                throw new IllegalArgumentException(
                        "--target host:port must be named with the other options of a target");
            }
            return new Options(null, List.of(), 0);
        }
        List<String> sidecars = Arrays.stream(
                        given.getOrDefault("--sidecars", "").split(","))
                .filter(port -> !port.isBlank())
                .toList();
        int slots = number(given, "--slots", 0);
        if (sidecars.isEmpty() == (slots <= 0)) {
            throw new IllegalArgumentException(
                    "name either --sidecars PORT,PORT…, for which game servers are started here,"
                            + " or --slots N, all slots of the Fleet, if its game servers run the SDK already");
        }
        Target target = new Target(
                endpoint,
                given.getOrDefault("--namespace", "default"),
                given.getOrDefault("--fleet", "duel"),
                certificates(given, plaintext),
                Duration.ofMillis(number(given, "--batch-wait", 500)));
        return new Options(target, sidecars, slots);
    }

    private static Target.@Nullable Certificates certificates(Map<String, String> given, boolean plaintext) {
        String ca = given.get("--ca");
        String certificate = given.get("--cert");
        String key = given.get("--key");
        if (plaintext && ca == null && certificate == null && key == null) {
            return null;
        }
        if (plaintext || ca == null || certificate == null || key == null) {
            throw new IllegalArgumentException("name either --plaintext, or --ca, --cert and --key");
        }
        return new Target.Certificates(Path.of(certificate), Path.of(key), Path.of(ca));
    }

    private static int number(Map<String, String> given, String name, int otherwise) {
        String value = given.get(name);
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("%s must be a number, was \"%s\"".formatted(name, value), e);
        }
    }
}
