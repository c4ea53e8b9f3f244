package kit.orchestration.agones.standin.replay;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says.
 *
 * @param real where a real Agones is; null for none
 * @param list the name of the servers' list
 */
record Options(@Nullable Real real, String list) {

    private static final Set<String> NAMES =
            Set.of("--allocator", "--sidecars", "--namespace", "--fleet", "--list", "--ca", "--cert", "--key");
    private static final int SERVERS = 2;
    private static final int MAX_PORT = 65_535;

    /**
     * A real one.
     *
     * @param allocator host:port
     * @param sidecars ports on loopback of their REST gateways
     * @param namespace the servers'
     * @param fleet its name
     * @param files for mutual TLS; null for plaintext
     */
    record Real(
            String allocator,
            List<Integer> sidecars,
            String namespace,
            String fleet,
            @Nullable Files files) {

        /** How to speak to the allocator. */
        ChannelCredentials credentials() throws IOException {
            if (files == null) {
                return InsecureChannelCredentials.create();
            }
            return TlsChannelCredentials.newBuilder()
                    .trustManager(files.ca())
                    .keyManager(files.certificate(), files.key())
                    .build();
        }
    }

    /** PEM files: the server's authority, this client's certificate, and its key. */
    record Files(File ca, File certificate, File key) {}

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
            } else if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("unknown option " + name + "; --help tells all");
            } else if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(name + " needs a value");
            } else {
                given.put(name, arguments.get(++i));
            }
        }
        String list = given.getOrDefault("--list", "sessions");
        String allocator = given.remove("--allocator");
        if (allocator == null) {
            given.remove("--list");
            if (plaintext || !given.isEmpty()) {
                throw new IllegalArgumentException("--allocator host:port must be named with the other options");
            }
            return new Options(null, list);
        }
        return new Options(
                new Real(
                        allocator,
                        sidecars(given.getOrDefault("--sidecars", "")),
                        given.getOrDefault("--namespace", "default"),
                        given.getOrDefault("--fleet", "duel"),
                        files(given, plaintext)),
                list);
    }

    private static List<Integer> sidecars(String text) {
        List<Integer> ports;
        try {
            ports = Arrays.stream(text.split(","))
                    .map(Integer::valueOf)
                    .distinct()
                    .toList();
        } catch (NumberFormatException e) {
            throw wrongSidecars(text, e);
        }
        if (ports.size() < SERVERS || !ports.stream().allMatch(port -> port > 0 && port <= MAX_PORT)) {
            throw wrongSidecars(text, null);
        }
        return ports;
    }

    private static IllegalArgumentException wrongSidecars(String text, @Nullable NumberFormatException cause) {
        return new IllegalArgumentException(
                "--sidecars must be two loopback ports or more with commas between, was \"%s\"".formatted(text), cause);
    }

    private static @Nullable Files files(Map<String, String> given, boolean plaintext) {
        String ca = given.get("--ca");
        String certificate = given.get("--cert");
        String key = given.get("--key");
        if (plaintext && ca == null && certificate == null && key == null) {
            return null;
        }
        if (plaintext || ca == null || certificate == null || key == null) {
            throw new IllegalArgumentException("name either --plaintext, or --ca, --cert and --key");
        }
        return new Files(new File(ca), new File(certificate), new File(key));
    }
}
