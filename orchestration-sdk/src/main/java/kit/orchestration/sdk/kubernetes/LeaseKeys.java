package kit.orchestration.sdk.kubernetes;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import kit.orchestration.token.VerificationKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of the allocators that have claimed here. The Lease has the newest; a key that was taken out of it to
 * bound it is kept for as long as a session of that moment lives, since a token for it may come yet. Each text is read
 * once: that costs 125 to 190 µs. Confined to one thread, but {@link #get}.
 */
final class LeaseKeys {

    /** Keys that a Lease may have before the older half is taken out: an allocator adds one with each start. */
    static final int MOST = 32;

    private static final Logger log = LoggerFactory.getLogger(LeaseKeys.class);

    /** Keys that were taken out of the Lease, and the sessions that held slots then. */
    private record Dropped(Map<String, VerificationKey> keys, Set<String> sessions) {}

    /** What the Lease has; the oldest first. */
    private final Map<String, VerificationKey> shown = new LinkedHashMap<>();
    /** What the Lease has in place of a key. */
    private final Map<String, String> spoilt = new LinkedHashMap<>();

    private final List<Dropped> dropped = new ArrayList<>();
    private Map<String, String> texts = Map.of();
    private volatile Map<String, VerificationKey> all = Map.of();

    /** Takes over what the Lease has now. */
    void update(Map<String, String> newTexts) {
        if (newTexts.equals(texts)) {
            return;
        }
        shown.keySet().retainAll(newTexts.keySet());
        spoilt.keySet().retainAll(newTexts.keySet());
        newTexts.forEach((kid, text) -> {
            if (!text.equals(texts.get(kid))) {
                read(kid, text);
            }
        });
        texts = newTexts;
        publish();
    }

    /** Forgets keys that were dropped, and that none of the sessions that hold slots can need any more. */
    void prune(Supplier<Set<String>> sessions) {
        if (!dropped.isEmpty()) {
            Set<String> live = sessions.get();
            if (dropped.removeIf(each -> Collections.disjoint(each.sessions(), live))) {
                publish();
            }
        }
    }

    /** Any thread. */
    Optional<VerificationKey> get(String kid) {
        return Optional.ofNullable(all.get(kid));
    }

    /** The oldest keys of the Lease, if it has too many; else none. */
    List<String> surplus() {
        return shown.size() <= MOST
                ? List.of()
                : shown.keySet().stream().limit(shown.size() - MOST / 2).toList();
    }

    /** These are about to be taken out of the Lease: they count until the sessions have ended that hold slots now. */
    void drop(List<String> kids, Set<String> sessions) {
        Map<String, VerificationKey> keys = new HashMap<>(shown);
        keys.keySet().retainAll(kids);
        dropped.removeIf(
                each -> shown.keySet().containsAll(each.keys().keySet())); // those were not taken out, or are back
        if (!keys.isEmpty()) {
            dropped.add(new Dropped(keys, sessions));
        }
    }

    /** The Lease was made anew by somebody, perhaps without its keys. */
    void replaced(Set<String> sessions) {
        drop(List.copyOf(shown.keySet()), sessions);
    }

    /** What the Lease has in place of a key, by the key's id. */
    Map<String, String> spoilt() {
        return spoilt;
    }

    /** The ids of those that were good before. */
    List<String> spoiltGood() {
        return spoilt.keySet().stream().filter(shown::containsKey).toList();
    }

    /** The texts that a Lease is to have, which is made anew. */
    Map<String, String> wanted() {
        Map<String, String> wanted = new LinkedHashMap<>();
        shown.forEach((kid, key) -> wanted.put(kid, key.text()));
        return wanted;
    }

    private void publish() {
        Map<String, VerificationKey> known = new HashMap<>();
        dropped.forEach(each -> known.putAll(each.keys()));
        known.putAll(shown);
        all = known;
    }

    private void read(String kid, String text) {
        try {
            VerificationKey key = VerificationKey.parse(text);
            if (key.kid().equals(kid)) {
                shown.put(kid, key);
                spoilt.remove(kid);
                return;
            }
            log.warn("the ledger's key {} is not used, and taken out: its text is that of key {}", kid, key.kid());
        } catch (IllegalArgumentException e) {
            log.warn("the ledger's key {} is not used, and taken out: {}", kid, e.getMessage());
        }
        spoilt.put(kid, text);
    }
}
