package kit.orchestration.sdk.kubernetes;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import kit.orchestration.token.VerificationKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys that the pod's Lease holds. Reading a key's text costs 125 to 190 µs, so each is read once, when a token
 * first names it. Safe for any thread.
 */
final class Keys {

    private static final Logger log = LoggerFactory.getLogger(Keys.class);

    /** A text, and the key that it is; empty if it is none, or another's than its name says. */
    private record Read(String text, Optional<VerificationKey> key) {}

    private volatile Map<String, String> texts = Map.of();
    private final Map<String, Read> read = new ConcurrentHashMap<>();

    /** Takes over what the Lease has now. */
    void update(Map<String, String> newTexts) {
        texts = newTexts;
        read.keySet().retainAll(newTexts.keySet());
    }

    Optional<VerificationKey> get(String kid) {
        String text = texts.get(kid);
        if (text == null) {
            return Optional.empty();
        }
        Read known = read.get(kid);
        if (known == null || !known.text().equals(text)) {
            known = new Read(text, parse(kid, text));
            read.put(kid, known);
        }
        return known.key();
    }

    Map<String, String> texts() {
        return texts;
    }

    private static Optional<VerificationKey> parse(String kid, String text) {
        try {
            VerificationKey key = VerificationKey.parse(text);
            if (key.kid().equals(kid)) {
                return Optional.of(key);
            }
            log.warn("the ledger's key {} is not used: its kid is {}", kid, key.kid());
        } catch (IllegalArgumentException e) {
            log.warn("the ledger's key {} is not used: {}", kid, e.getMessage());
        }
        return Optional.empty();
    }
}
