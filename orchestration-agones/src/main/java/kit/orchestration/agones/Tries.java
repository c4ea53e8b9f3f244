package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * The requests with an id, as far as one allocator knows. The key of their claim is made of the id and the minute, and
 * all else in the value of the request, so that any allocator can work out what another one has written in the last
 * minutes, and look for it. Guarded by the pool's lock.
 */
final class Tries {

    /** Minutes that are looked back, and one that is looked ahead, for another allocator's clock. */
    static final int MINUTES_BACK = 10;

    private static final int REMEMBERED = 65_536;
    private static final char KEYED = 'r';

    /** The tries that are under way, by the digest of the id. */
    private final Map<String, Waiter> underWay = new HashMap<>();
    /** What was written last for an id. */
    private final Map<String, Written> written = bounded();
    /** Keys that were written, or may have been: no other claim gets them. */
    private final Map<String, Boolean> used = bounded();
    /** Keys of claims that are over, as far as this allocator has had a part in it. */
    private final Map<String, Boolean> over = bounded();
    /** How many callers have the session of a claim, by its key. */
    private final Map<String, Integer> holders = bounded();

    private record Written(RequestDigest digest, String key, String value) {}

    @Nullable
    Waiter underWay(RequestDigest digest) {
        return underWay.get(digest.id());
    }

    void begins(RequestDigest digest, Waiter waiter) {
        underWay.put(digest.id(), waiter);
    }

    void ends(Waiter waiter) {
        if (waiter.digest != null) {
            underWay.remove(waiter.digest.id(), waiter);
        }
    }

    /**
     * What the list may have for this request, by key: of the last minutes, and what this allocator itself has written.
     */
    Map<String, String> values(Waiter waiter, RequestDigest digest, Instant now) {
        Set<String> keys = new LinkedHashSet<>();
        minutes(now).forEach(minute -> keys.add(key(digest, minute)));
        Written last = written.get(digest.id());
        if (last != null && last.digest.equals(digest)) {
            keys.add(last.key);
        }
        keys.removeIf(over::containsKey);
        Map<String, String> values = new LinkedHashMap<>();
        keys.forEach(key -> values.put(key, Flight.value(waiter, key)));
        return values;
    }

    /** What was written for the same id with other contents; null if nothing is known. */
    @Nullable
    String conflict(RequestDigest digest) {
        Written last = written.get(digest.id());
        return last == null || last.digest.equals(digest) ? null : last.value;
    }

    /**
     * The key of the request's next claim: of this minute, or the next best that was not used. Where all that others
     * look for were, one of a minute to come: a key that is used again names a session that has ended.
     */
    String nextKey(RequestDigest digest, Instant now) {
        return Stream.concat(minutes(now).stream(), Stream.iterate(minute(now) + 2, minute -> minute + 1))
                .map(minute -> key(digest, minute))
                .filter(key -> !used.containsKey(key))
                .findFirst()
                .orElseThrow();
    }

    void maybeWritten(String key) {
        used.put(key, true);
    }

    void landed(RequestDigest digest, String key, String value) {
        used.put(key, true);
        written.put(digest.id(), new Written(digest, key, value));
    }

    /** So many callers have a session that this allocator has claimed just now; who gives it back is one of them. */
    void given(String key, int callers) {
        holders.put(key, callers);
    }

    /** So many more have it; where another allocator has claimed it, nobody knows who else has. */
    void givenTo(String key, int more) {
        holders.computeIfPresent(key, (id, callers) -> callers + more);
    }

    /** One of them gives it back; true if it was the last, and nobody else can have it: it is over. */
    boolean givenBack(String key) {
        Integer left = holders.computeIfPresent(key, (id, callers) -> callers - 1);
        if (left == null || left > 0) {
            return false;
        }
        over(key);
        return true;
    }

    /** The claim was released: to find it in a list is not to find the session. */
    void over(String key) {
        over.put(key, true);
    }

    boolean isOver(String key) {
        return over.containsKey(key);
    }

    /** Whether a claim's key is of a request with an id. */
    static boolean isKeyed(String key) {
        return key.charAt(0) == KEYED && key.indexOf('.') > 0;
    }

    /** When the time of a claim began, at the latest. */
    static Instant latestStart(String key) {
        long minute = Long.parseLong(key.substring(key.indexOf('.') + 1), Character.MAX_RADIX);
        return Instant.EPOCH.plus(Duration.ofMinutes(minute + 1));
    }

    /** This minute, the next, and those before, the best first. */
    private static List<Long> minutes(Instant now) {
        long minute = minute(now);
        List<Long> minutes = new ArrayList<>(MINUTES_BACK + 2);
        minutes.add(minute);
        minutes.add(minute + 1);
        for (int back = 1; back <= MINUTES_BACK; back++) {
            minutes.add(minute - back);
        }
        return minutes;
    }

    private static long minute(Instant time) {
        return Duration.between(Instant.EPOCH, time).toMinutes();
    }

    private static String key(RequestDigest digest, long minute) {
        return KEYED + digest.id() + '.' + Long.toString(minute, Character.MAX_RADIX);
    }

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }
}
