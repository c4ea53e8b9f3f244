package kit.orchestration.agones.standin;

import java.util.regex.Pattern;

/** What Kubernetes takes as a label. */
final class Labels {

    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");
    /** After the prefix, which is a domain and a slash, and here always a good one. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    private Labels() {}

    static boolean isValue(String text) {
        return VALUE.matcher(text).matches();
    }

    /** Whether it is the key of a label or of an annotation. */
    static boolean isKey(String text) {
        return NAME.matcher(text.substring(text.indexOf('/') + 1)).matches();
    }
}
