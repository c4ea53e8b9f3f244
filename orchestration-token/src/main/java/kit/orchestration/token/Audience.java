package kit.orchestration.token;

import java.util.Objects;
import java.util.regex.Pattern;
import kit.orchestration.Limits;

/** What an audience may be made of: nothing that JSON, a URL or a log line must escape. */
final class Audience {

    /** Characters at most: a Kubernetes name (253), a slash, a boot id. */
    static final int LENGTH = 320;

    private static final Pattern TEXT = Pattern.compile("[A-Za-z0-9._:/@~+-]{1," + LENGTH + "}");

    private Audience() {}

    static String check(String audience) {
        Objects.requireNonNull(audience, "audience must not be null");
        if (!TEXT.matcher(audience).matches()) {
            throw new IllegalArgumentException("audience must be 1 to " + LENGTH
                    + " letters, digits, '-', '_', '.', ':', '/', '@', '~' or '+', was " + Limits.quote(audience));
        }
        return audience;
    }
}
