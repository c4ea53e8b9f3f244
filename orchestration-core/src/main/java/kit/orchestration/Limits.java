package kit.orchestration;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Every bound on what a request may hold, and the checks that name the field when one is passed. They are the same for
 * all backends, so that what works against Local works on a cluster: most are Kubernetes' own.
 */
public final class Limits {

    /** Characters in a pool's name, which is a DNS label (RFC 1123). */
    public static final int POOL_LENGTH = 63;
    /** Selectors in a request. */
    public static final int SELECTORS = 16;
    /** Annotations in a request. */
    public static final int ANNOTATIONS = 16;
    /** Bytes of all annotation keys and values of a request together, in UTF-8. */
    public static final int ANNOTATION_BYTES = 1_024;
    /** Characters in a request id, visible ASCII. */
    public static final int REQUEST_ID_LENGTH = 63;
    /** The longest {@code maxWait}. */
    public static final Duration MAX_WAIT = Duration.ofHours(1);
    /** The shortest {@code claimTtl}. */
    public static final Duration MIN_CLAIM_TTL = Duration.ofSeconds(1);
    /** The longest {@code claimTtl}. */
    public static final Duration MAX_CLAIM_TTL = Duration.ofDays(1);
    /** The {@code claimTtl} of a request that names none. */
    public static final Duration DEFAULT_CLAIM_TTL = Duration.ofSeconds(60);
    /** Characters in what names a session, a process's boot or a key: letters, digits, '-', '_' and '.'. */
    public static final int ID_LENGTH = 64;
    /** Slots in a pod. */
    public static final int CAPACITY = 1_000;
    /** Ports of a pod that have names. */
    public static final int PORTS = 32;
    /** What the keys of labels and annotations begin with that this library sets itself. */
    public static final String RESERVED_PREFIX = "orchestration.kit/";

    private static final int LABEL_LENGTH = 63;
    private static final Pattern LABEL_PREFIX = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");
    private static final Pattern VISIBLE_ASCII = Pattern.compile("[!-~]+");

    private Limits() {}

    /** Checks a pool's name and returns it. */
    public static String checkPool(String pool) {
        notNull("pool", pool);
        if (pool.length() > POOL_LENGTH || !isDnsLabel(pool)) {
            throw new IllegalArgumentException(
                    "pool must be a DNS label (lower case letters, digits and '-', at most %s), was %s"
                            .formatted(POOL_LENGTH, quote(pool)));
        }
        return pool;
    }

    /** Checks what a pod's port is called, and returns it. */
    static String checkPortName(String name) {
        notNull("name", name);
        if (name.length() > LABEL_LENGTH || !isWord(name, 0)) {
            throw new IllegalArgumentException("a port's name must be 1 to %s letters, digits, '-', '_' or '.', was %s"
                    .formatted(LABEL_LENGTH, quote(name)));
        }
        return name;
    }

    /** Checks the labels that a request selects pods by, and returns an immutable copy. */
    public static Map<String, String> checkSelectors(Map<String, String> selectors) {
        Map<String, String> copy = checkLabels("selectors", selectors);
        if (copy.size() > SELECTORS) {
            throw new IllegalArgumentException(
                    "selectors must have at most %s entries, had %s".formatted(SELECTORS, copy.size()));
        }
        for (String key : copy.keySet()) {
            checkNotReserved("selectors", key);
        }
        return copy;
    }

    /** Checks labels by Kubernetes' syntax, and returns an immutable copy; {@code field} is named in an error. */
    public static Map<String, String> checkLabels(String field, Map<String, String> labels) {
        Map<String, String> copy = copy(field, labels);
        copy.forEach((key, value) -> {
            int slash = key.indexOf('/');
            if ((slash >= 0 && !LABEL_PREFIX.matcher(key.substring(0, slash)).matches()) || !isLabel(key, slash + 1)) {
                throw new IllegalArgumentException(
                        ("%s must have Kubernetes label keys ([prefix/]name, the name at most 63 letters, digits,"
                                        + " '-', '_' or '.'), had key %s")
                                .formatted(field, quote(key)));
            }
            if (!value.isEmpty() && !isLabel(value, 0)) {
                throw new IllegalArgumentException(
                        ("%s must have Kubernetes label values (at most 63 letters, digits, '-', '_' or '.'), had %s"
                                        + " for key %s")
                                .formatted(field, quote(value), quote(key)));
            }
        });
        return copy;
    }

    /** Checks a request's annotations, and returns an immutable copy. */
    public static Map<String, String> checkAnnotations(Map<String, String> annotations) {
        Map<String, String> copy = copy("annotations", annotations);
        if (copy.size() > ANNOTATIONS) {
            throw new IllegalArgumentException(
                    "annotations must have at most %s entries, had %s".formatted(ANNOTATIONS, copy.size()));
        }
        int bytes = 0;
        for (Map.Entry<String, String> entry : copy.entrySet()) {
            if (entry.getKey().isEmpty()) {
                throw new IllegalArgumentException("annotations must not have an empty key");
            }
            checkNotReserved("annotations", entry.getKey());
            bytes += utf8Length(entry.getKey(), entry.getKey()) + utf8Length(entry.getKey(), entry.getValue());
        }
        if (bytes > ANNOTATION_BYTES) {
            throw new IllegalArgumentException(
                    "annotations must have at most %s bytes of keys and values in UTF-8, had %s"
                            .formatted(ANNOTATION_BYTES, bytes));
        }
        return copy;
    }

    /** Checks how long a request may wait for room. */
    public static Duration checkMaxWait(Duration maxWait) {
        return checkRange("maxWait", maxWait, Duration.ZERO, MAX_WAIT);
    }

    /** Checks how long a claim waits for its player. */
    public static Duration checkClaimTtl(Duration claimTtl) {
        return checkRange("claimTtl", claimTtl, MIN_CLAIM_TTL, MAX_CLAIM_TTL);
    }

    /** Checks a request id and returns it. */
    public static String checkRequestId(String requestId) {
        notNull("requestId", requestId);
        if (requestId.length() > REQUEST_ID_LENGTH
                || !VISIBLE_ASCII.matcher(requestId).matches()) {
            throw new IllegalArgumentException("requestId must be 1 to %s characters of visible ASCII, was %s"
                    .formatted(REQUEST_ID_LENGTH, quote(requestId)));
        }
        return requestId;
    }

    /** Checks the number of a pod's slots and returns it. */
    public static int checkCapacity(int capacity) {
        if (capacity < 1 || capacity > CAPACITY) {
            throw new IllegalArgumentException("capacity must be 1 to %s, was %s".formatted(CAPACITY, capacity));
        }
        return capacity;
    }

    /** Checks what names a session, a process's boot or a key, and returns it; {@code field} is named in an error. */
    public static String checkId(String field, String id) {
        notNull(field, id);
        if (id.length() > ID_LENGTH || !isWord(id, 0)) {
            throw new IllegalArgumentException("%s must be 1 to %s letters, digits, '-', '_' or '.', was %s"
                    .formatted(field, ID_LENGTH, quote(id)));
        }
        return id;
    }

    /** Checks that a duration is within two bounds, both allowed; {@code field} is named in an error. */
    public static Duration checkRange(String field, Duration value, Duration min, Duration max) {
        notNull(field, value);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("%s must be %s to %s, was %s".formatted(field, min, max, value));
        }
        return value;
    }

    private static void checkNotReserved(String field, String key) {
        if (key.startsWith(RESERVED_PREFIX)) {
            throw new IllegalArgumentException("%s must not have keys under %s, which the library sets itself; had %s"
                    .formatted(field, RESERVED_PREFIX, quote(key)));
        }
    }

    private static boolean isDnsLabel(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isEnd = i == 0 || i == text.length() - 1;
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || isEnd)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** A label's value, or its key after the prefix: what begins at that character, up to the end. */
    private static boolean isLabel(String text, int begin) {
        return text.length() - begin <= LABEL_LENGTH
                && isWord(text, begin)
                && isLetterOrDigit(text.charAt(begin))
                && isLetterOrDigit(text.charAt(text.length() - 1));
    }

    /**
     * One or more letters, digits, '-', '_' and '.'. By hand, since regular expressions took half the time of building
     * a request, and 16 % of a pod's.
     */
    private static boolean isWord(String text, int begin) {
        for (int i = begin; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '-' && c != '_' && c != '.') {
                return false;
            }
        }
        return text.length() > begin;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    }

    private static Map<String, String> copy(String field, Map<String, String> map) {
        notNull(field, map);
        try {
            return Map.copyOf(map);
        } catch (NullPointerException e) {
            String which = map.entrySet().stream()
                    .filter(entry -> entry.getKey() == null || entry.getValue() == null)
                    .findFirst()
                    .map(entry -> ", had " + quote(entry.getKey() + "=" + entry.getValue()))
                    .orElse("");
            throw new NullPointerException(field + " must not have a null key or value" + which);
        }
    }

    private static int utf8Length(String key, String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException(
                        "annotations must be well-formed Unicode, but %s has half a surrogate pair at %s"
                                .formatted(quote(key), i));
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        return bytes;
    }

    private static void notNull(String field, Object value) {
        Objects.requireNonNull(value, () -> field + " must not be null");
    }

    /** A value from outside as an error may show it: quoted, cut to a length that a log line bears, and printable. */
    public static String quote(String value) {
        String cut = value.length() <= 80 ? value : value.substring(0, 80) + "… (" + value.length() + " characters)";
        return '"' + printable(cut) + '"';
    }

    /**
     * A text as a line of a log may show it: with {@code ?} for whatever could begin another line (also U+0085, U+2028
     * and U+2029), move the cursor or turn the direction of writing.
     */
    static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }
}
