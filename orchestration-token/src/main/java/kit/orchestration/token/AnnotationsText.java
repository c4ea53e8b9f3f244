package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Annotations as one word, {@code key=value;key=value}: see {@link LedgerSlot}. Not for the empty map. */
final class AnnotationsText {

    /**
     * Not {@code &}: a {@code test} of the API server's JSON Patch compares the bytes of the JSON, in which Go writes it as
     * {@code \u0026} and others do not, so a text with it never passes one (seen on 1.36).
     */
    private static final String SEPARATOR = ";";

    private AnnotationsText() {}

    static String format(Map<String, String> annotations) {
        return new TreeMap<>(annotations)
                .entrySet().stream()
                        .map(entry -> URLEncoder.encode(entry.getKey(), UTF_8)
                                + '='
                                + URLEncoder.encode(entry.getValue(), UTF_8))
                        .collect(Collectors.joining(SEPARATOR));
    }

    static Map<String, String> parse(String text) {
        Map<String, String> annotations = new HashMap<>();
        for (String pair : text.split(SEPARATOR, -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw malformed(text);
            }
            annotations.put(decode(pair.substring(0, equals), text), decode(pair.substring(equals + 1), text));
        }
        // One text for each map: whatever the decoder let pass, duplicate keys and another order are found here.
        if (!format(annotations).equals(text)) {
            throw malformed(text);
        }
        return annotations;
    }

    private static String decode(String word, String text) {
        try {
            return URLDecoder.decode(word, UTF_8);
        } catch (IllegalArgumentException e) {
            throw malformed(text);
        }
    }

    private static LedgerFormatException malformed(String text) {
        return new LedgerFormatException(
                "annotations must be form-encoded key=value pairs with ; between them, sorted by key, each key once, was "
                        + Checks.quote(text));
    }
}
