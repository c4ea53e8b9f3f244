package kit.orchestration.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import kit.orchestration.AllocateReq;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * A request in short, as the ledger remembers it: which id it had, and what it asked for, so that a retry is recognised
 * and the same id with other contents is too. Each part is 96 bits of SHA-256. Immutable.
 *
 * @param id digest of the {@code requestId}: 16 characters of base64url
 * @param contents digest of pool, selectors, priority, annotations and claimTtl: 16 characters of base64url. How long
 *     the request waits is not in it: a retry may have less time
 */
public record RequestDigest(String id, String contents) {

    private static final int BYTES = 12;
    /** Twelve bytes are sixteen characters, without a bit left over: each text is another digest. */
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_-]{16}");

    /** Checks both parts. */
    public RequestDigest {
        check("id", id);
        check("contents", contents);
    }

    /** The digest of a request; null if it has no {@link AllocateReq#requestId()}. */
    public static @Nullable RequestDigest of(AllocateReq request) {
        String requestId = request.requestId();
        if (requestId == null) {
            return null;
        }
        Hash contents = new Hash();
        contents.add(request.pool());
        contents.add(request.selectors());
        contents.add(Integer.toString(request.priority()));
        contents.add(request.annotations());
        contents.add(request.claimTtl().toString());
        Hash id = new Hash();
        id.add(requestId);
        return new RequestDigest(id.text(), contents.text());
    }

    /**
     * The digest that a text says.
     *
     * @throws LedgerFormatException if it is no such text
     */
    public static RequestDigest parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        int dot = text.indexOf('.');
        try {
            return new RequestDigest(text.substring(0, Math.max(dot, 0)), text.substring(dot + 1));
        } catch (IllegalArgumentException e) {
            throw new LedgerFormatException(
                    "digest must be <id>.<contents>, each 16 characters of base64url, was " + Limits.quote(text));
        }
    }

    /** {@code <id>.<contents>}, 33 characters, which {@link #parse} reads. */
    public String text() {
        return id + '.' + contents;
    }

    private static void check(String part, String value) {
        Objects.requireNonNull(value, () -> part + " must not be null");
        if (!PART.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    part + " must be 16 characters of base64url, was " + Limits.quote(value));
        }
    }

    /** SHA-256 over texts, each after its length, so that no two lists of texts look the same. */
    private static final class Hash {
        private final MessageDigest sha256;

        Hash() {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform must have SHA-256", e);
            }
        }

        void add(String text) {
            byte[] bytes = text.getBytes(UTF_8);
            sha256.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            sha256.update(bytes);
        }

        void add(Map<String, String> map) {
            add(Integer.toString(map.size()));
            new TreeMap<>(map).forEach((key, value) -> {
                add(key);
                add(value);
            });
        }

        String text() {
            return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(sha256.digest(), BYTES));
        }
    }
}
