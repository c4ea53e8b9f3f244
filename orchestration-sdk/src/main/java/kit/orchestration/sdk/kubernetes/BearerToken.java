package kit.orchestration.sdk.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service account's token, for a header. Asked for each call: the kubelet replaces the file's contents long before
 * a token expires, and to read it from memory costs nothing beside a call. Never shown in an error. Safe for any
 * thread.
 */
final class BearerToken {

    private static final Logger log = LoggerFactory.getLogger(BearerToken.class);

    /** RFC 6750, 2.1. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final Supplier<String> source;

    private BearerToken(Supplier<String> source) {
        this.source = source;
    }

    /** The token that the supplier has at the time. */
    static BearerToken of(Supplier<String> source) {
        return new BearerToken(source);
    }

    /** The token that the file has at the time; if it can't be read for a moment, the one before. */
    static BearerToken file(Path file) {
        return new BearerToken(new Supplier<>() {
            private volatile @Nullable String last;
            /** What is in the log already: a call comes many times a second. */
            private volatile String told = "";

            @Override
            public String get() {
                try {
                    last = Files.readString(file).strip();
                    told = "";
                } catch (IOException e) {
                    if (last == null) {
                        throw new IllegalStateException(
                                "the service account's token can't be read from %s: is automountServiceAccountToken on?"
                                        .formatted(file),
                                e);
                    }
                    if (!told.equals(e.toString())) {
                        told = e.toString();
                        log.warn("the service account's token can't be read anew, and is taken as it was", e);
                    }
                }
                return String.valueOf(last);
            }
        });
    }

    /** The value of the header. */
    String header() {
        String token = source.get();
        // The HTTP client would show it in its error.
        if (token == null || !TOKEN.matcher(token).matches()) {
            throw new IllegalArgumentException(
                    "the service account's token must be letters, digits and ._~+/-=, and was something else (it "
                            + "is not shown)");
        }
        return "Bearer " + token;
    }
}
