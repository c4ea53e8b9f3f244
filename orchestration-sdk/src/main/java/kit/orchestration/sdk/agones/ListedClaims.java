package kit.orchestration.sdk.agones;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values of the list as last seen, and what became of each. A value is a claim until the SDK has ended it; then it
 * is to be taken out, and holds its slot until it is gone. Confined to one thread; no I/O.
 */
final class ListedClaims {

    /**
     * Keys of claims that are over and are remembered, the newest. More than the SDK remembers: a claim that it takes
     * for an old one, it never frees. (A request id's key may come again within its minute.)
     */
    static final int REMEMBERED = 10_000;

    private static final Logger log = LoggerFactory.getLogger(ListedClaims.class);

    /** A value of the list; without a claim if it never was one of this boot's. */
    private static final class Value {
        final @Nullable ClaimedSlot claim;
        /** The digest of the request's id; null if it had none. */
        final @Nullable String request;

        boolean over;

        Value(@Nullable ClaimedSlot claim, @Nullable String request, boolean over) {
            this.claim = claim;
            this.request = request;
            this.over = over;
        }
    }

    private final String boot;
    private final Map<String, Value> values = new LinkedHashMap<>();
    /** The texts of the claims that stand, by key. */
    private final Map<String, String> live = new LinkedHashMap<>();
    /** The texts that are to be taken out, in the order of their ends. */
    private final Set<String> over = new LinkedHashSet<>();

    private final Set<String> past = new LinkedHashSet<>();
    private final BitSet slots = new BitSet();

    ListedClaims(String boot) {
        this.boot = boot;
    }

    /** Takes values over that belong to an earlier process: none is a claim, and all are to be taken out. */
    void leave(List<String> seen) {
        drop(seen, null);
        for (String text : seen) {
            if (values.putIfAbsent(text, new Value(null, null, true)) == null) {
                over.add(text);
            }
        }
    }

    /** Takes the values over and tells what differs. */
    void update(List<String> seen, PlatformListener listener) {
        drop(seen, listener);
        for (String text : seen) {
            if (!values.containsKey(text)) {
                take(text, listener);
            }
        }
    }

    /** The SDK has ended the session. */
    void end(String sessionId) {
        String text = live.remove(AgonesNames.keyOf(sessionId));
        if (text != null) {
            Value value = values.get(text);
            if (value != null) {
                value.over = true;
            }
            over.add(text);
            remember(AgonesNames.keyOf(sessionId));
        } // else it is gone already
    }

    /** The claim for the session; null if none stands. */
    @Nullable
    ClaimedSlot find(String sessionId) {
        String text = live.get(AgonesNames.keyOf(sessionId));
        Value value = text == null ? null : values.get(text);
        ClaimedSlot claim = value == null ? null : value.claim;
        return claim != null && claim.sessionId().equals(sessionId) ? claim : null;
    }

    /** The session of a claim that stands, by the claim's key; null if none does. */
    @Nullable
    String sessionOf(String key) {
        return live.containsKey(key) ? AgonesNames.sessionId(boot, key) : null;
    }

    /** The digests of the ids of those requests whose claims stand. */
    Set<String> requests() {
        Set<String> requests = new LinkedHashSet<>();
        for (String text : live.values()) {
            Value value = values.get(text);
            if (value != null && value.request != null) {
                requests.add(value.request);
            }
        }
        return requests;
    }

    /** The values that are to be taken out, the first to end first. */
    Collection<String> over() {
        return over;
    }

    /** How many claims stand. */
    int standing() {
        return live.size();
    }

    /** How many values the list has. */
    int size() {
        return values.size();
    }

    private void drop(List<String> seen, @Nullable PlatformListener listener) {
        Set<String> still = new HashSet<>(seen);
        values.entrySet().removeIf(entry -> {
            if (still.contains(entry.getKey())) {
                return false;
            }
            over.remove(entry.getKey());
            ClaimedSlot claim = entry.getValue().claim;
            if (claim != null) {
                slots.clear(claim.slot());
                if (!entry.getValue().over) {
                    String key = AgonesNames.keyOf(claim.sessionId());
                    live.remove(key);
                    remember(key);
                    if (listener != null) {
                        listener.gone(claim.sessionId());
                    }
                }
            }
            return true;
        });
    }

    private void take(String text, PlatformListener listener) {
        Held held = read(text);
        if (held == null) {
            values.put(text, new Value(null, null, false));
            return;
        }
        String key = held.sessionId();
        if (live.containsKey(key) || past.contains(key)) {
            log.debug("a claim with the key {} came again, and is taken out", key);
            values.put(text, new Value(null, null, true));
            over.add(text);
            return;
        }
        int slot = slots.nextClearBit(0);
        slots.set(slot);
        ClaimedSlot claim = new ClaimedSlot(AgonesNames.sessionId(boot, key), slot, held.ttl(), held.annotations());
        RequestDigest digest = held.digest();
        values.put(text, new Value(claim, digest == null ? null : digest.id(), false));
        live.put(key, text);
        listener.claimed(claim);
    }

    private void remember(String key) {
        past.add(key);
        if (past.size() > REMEMBERED) {
            past.remove(past.iterator().next());
        }
    }

    private @Nullable Held read(String text) {
        try {
            if (LedgerSlot.parse(text) instanceof Held held) {
                AgonesNames.sessionId(boot, held.sessionId()); // or it makes no id
                return held;
            }
            log.warn("a value of the list is no claim, and is left alone until the pod starts anew: {}", text);
        } catch (LedgerFormatException e) {
            log.warn(
                    "a value of the list is no claim, and is left alone until the pod starts anew: {}", e.getMessage());
        } catch (IllegalArgumentException e) {
            log.warn("a value of the list makes no session, and is left alone: {}", e.getMessage());
        }
        return null;
    }
}
