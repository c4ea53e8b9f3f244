package kit.orchestration.token;

import java.util.Objects;
import java.util.regex.Pattern;

/** What the texts in tokens and ledgers may be made of: nothing that JSON, a URL or a space-separated line must escape. */
final class Checks {

    /** Characters in a session id, a boot id, a kid. */
    static final int ID_LENGTH = 64;
    /** Characters in an audience: a Kubernetes name (253), a slash, a boot id. */
    static final int AUDIENCE_LENGTH = 320;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1," + ID_LENGTH + "}");
    private static final Pattern AUDIENCE = Pattern.compile("[A-Za-z0-9._:/@~+-]{1," + AUDIENCE_LENGTH + "}");
    private static final int SHOWN = 80;

    private Checks() {}

    static String id(String field, String value) {
        return matching(field, value, ID, "1 to " + ID_LENGTH + " letters, digits, '-', '_' or '.'");
    }

    static String audience(String value) {
        return matching(
                "audience",
                value,
                AUDIENCE,
                "1 to " + AUDIENCE_LENGTH + " letters, digits, '-', '_', '.', ':', '/', '@', '~' or '+'");
    }

    private static String matching(String field, String value, Pattern pattern, String words) {
        Objects.requireNonNull(value, () -> field + " must not be null");
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException(field + " must be " + words + ", was " + quote(value));
        }
        return value;
    }

    /** A value from outside as an error may show it: quoted, cut, and with nothing that could forge a line of a log. */
    static String quote(String value) {
        String cut =
                value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "... (" + value.length() + " characters)";
        return '"' + cut.replaceAll("[^ -~]", "?") + '"';
    }
}
