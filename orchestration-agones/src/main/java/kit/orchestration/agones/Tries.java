package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/** The requests with an id, as far as one allocator knows. Guarded by the pool's lock. */
final class Tries {

    /** So long a list may show a claim that is over: a server that Agones has lost sight of, the longest. */
    private static final Duration SHOWN = Duration.ofMinutes(3);
    /** So long after they were told callers may find that they don't want it. */
    private static final Duration TOLD = Duration.ofMinutes(1);

    /** In a hundred thousand years. */
    private static final long MAX_SECOND = 1L << 41;

    private static final char KEYED = 'r';

    /** The tries that are under way, by the digest of the id. */
    private final Map<String, Waiter> underWay = new HashMap<>();
    /** Keys of claims that are over, as far as this allocator has had a part in it. */
    private final Recent<Boolean> over = new Recent<>(SHOWN);
    /** How many callers have the session of a claim of this allocator, by its key. */
    private final Recent<Integer> holders = new Recent<>(TOLD);

    /** What is remembered for a while, by the claim's key. */
    private static final class Recent<V> {

        private record Entry<V>(V value, long since) {}

        private final long nanos;
        private final Map<String, Entry<V>> entries = new LinkedHashMap<>();

        Recent(Duration time) {
            nanos = time.toNanos();
        }

        void put(String key, V value, long now) {
            Iterator<Entry<V>> eldest = entries.values().iterator();
            while (eldest.hasNext() && now - eldest.next().since > nanos) {
                eldest.remove();
            }
            entries.remove(key); // to be the youngest
            entries.put(key, new Entry<>(value, now));
        }

        @Nullable
        V get(String key) {
            Entry<V> entry = entries.get(key);
            return entry == null ? null : entry.value;
        }

        void replace(String key, V value) {
            entries.computeIfPresent(key, (same, entry) -> new Entry<>(value, entry.since));
        }
    }

    @Nullable
    Waiter underWay(RequestDigest digest) {
        return underWay(digest.id());
    }

    /** As that, by the digest of the id alone. */
    @Nullable
    Waiter underWay(String id) {
        return underWay.get(id);
    }

    boolean areUnderWay() {
        return !underWay.isEmpty();
    }

    void begins(RequestDigest digest, Waiter waiter) {
        underWay.put(digest.id(), waiter);
    }

    void ends(Waiter waiter) {
        if (waiter.digest != null) {
            underWay.remove(waiter.digest.id(), waiter);
        }
    }

    /** So many callers have a session that this allocator has claimed just now; who gives it back is one of them. */
    void given(String key, int callers, long now) {
        holders.put(key, callers, now);
    }

    /** So many more have it; where another allocator has claimed it, nobody knows who else has. */
    void givenTo(String key, int more) {
        Integer callers = holders.get(key);
        if (callers != null) {
            holders.replace(key, callers + more);
        }
    }

    /** One of them gives it back; true if it was the last, and nobody else can have it: it is over. */
    boolean givenBack(String key, long now) {
        Integer callers = holders.get(key);
        if (callers == null) {
            return false;
        }
        holders.replace(key, callers - 1);
        if (callers > 1) {
            return false;
        }
        over(key, now);
        return true;
    }

    /** The claim was released: to find it in a list is not to find the session. */
    void over(String key, long now) {
        over.put(key, true, now);
    }

    boolean isOver(String key) {
        return over.get(key) != null;
    }

    /** Of a request's claims on a server those that are not over, as far as is known here or noted there. */
    List<Held> live(Answer server, RequestDigest digest) {
        return server.claimsOf(digest).stream()
                .filter(claim -> !isOver(claim.sessionId()) && !server.isReleased(claim))
                .toList();
    }

    /** The key of a request's claim: nobody can foretell it, and it says when its time began. */
    static String key(String random, Instant now) {
        return KEYED + random + '.' + Long.toString(now.getEpochSecond(), Character.MAX_RADIX);
    }

    /** Whether a claim's key is of a request with an id. */
    static boolean isKeyed(String key) {
        return key.charAt(0) == KEYED && key.indexOf('.') > 0;
    }

    /** When the time of a claim ends at the latest, which another allocator may have made; by the clock of that. */
    static Instant latestEnd(String key, Duration claimTtl, Instant now) {
        Instant ours = now.plus(claimTtl);
        long second = second(key);
        Instant theirs = second < 0 ? ours : Instant.ofEpochSecond(second + 1).plus(claimTtl);
        return theirs.isBefore(ours) ? theirs : ours;
    }

    /** When it was made, in seconds since the epoch; −1 if its key does not say so. */
    private static long second(String key) {
        try {
            long second = Long.parseLong(key.substring(key.indexOf('.') + 1), Character.MAX_RADIX);
            return second >= 0 && second < MAX_SECOND ? second : -1;
        } catch (NumberFormatException strange) {
            return -1;
        }
    }
}
