package kit.orchestration.agones;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Claim;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
import org.jspecify.annotations.Nullable;

/**
 * From a GameServer that has a claim's value to what the engine calls a claim.
 *
 * @param portName the port that players dial; null for the server's first
 * @param key the note of the allocator's key, which its tokens are checked by; null if no SDK runs in the servers
 */
record ClaimReader(@Nullable String portName, @Nullable AgonesNote key) {

    private static final Pattern PORT_NAME = Pattern.compile("[A-Za-z0-9._-]{1,63}");

    /** A server on which a claim landed that nobody can dial, or prove to be its own. */
    static final class UnusableServerException extends Exception {

        private static final long serialVersionUID = 1L;

        UnusableServerException(String message) {
            super(message);
        }

        Failure failure() {
            return new Failure(Kind.MISCONFIGURED, String.valueOf(getMessage()), null);
        }
    }

    Claim of(String pool, Answer server, String claimKey, Map<String, String> annotations, Instant expiresAt)
            throws UnusableServerException {
        String boot = server.boot();
        if (boot == null && key != null) {
            throw new UnusableServerException(
                    ("GameServer %s has no label %s%s, so no SDK runs in it: embed orchestration-sdk, or say"
                                    + " withoutSdk(true)")
                            .formatted(server.name(), AgonesNames.SDK_PREFIX, AgonesNames.BOOT));
        }
        if (key != null && !server.has(key)) {
            throw new UnusableServerException(
                    "GameServer %s was not given the key of this allocator's tokens: its list \"%s\" is full"
                            .formatted(server.name(), AgonesNames.NOTES));
        }
        try {
            return new Claim(
                    pool,
                    server.name(),
                    new PodAddress(server.address(), port(server), named(server)),
                    AgonesNames.audience(server.name(), boot),
                    AgonesNames.sessionId(boot, claimKey),
                    OptionalInt.empty(),
                    annotations,
                    expiresAt);
        } catch (IllegalArgumentException strange) {
            throw new UnusableServerException(
                    "GameServer %s can't be used: %s".formatted(server.name(), strange.getMessage()));
        }
    }

    /** Those whose names Kubernetes would have, too: Agones takes any. */
    private static Map<String, Integer> named(Answer server) {
        return server.ports().stream()
                .filter(port -> PORT_NAME.matcher(port.name()).matches())
                .limit(Limits.PORTS)
                .collect(Collectors.toMap(Answer.Port::name, Answer.Port::number, (first, same) -> first));
    }

    private int port(Answer server) throws UnusableServerException {
        return server.ports().stream()
                .filter(port -> portName == null || portName.equals(port.name()))
                .findFirst()
                .orElseThrow(() -> new UnusableServerException(
                        "GameServer %s has no port%s: put it into the Fleet's template, under spec.ports"
                                .formatted(server.name(), portName == null ? "" : " \"" + portName + '"')))
                .number();
    }
}
