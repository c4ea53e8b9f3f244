package kit.orchestration.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kit.orchestration.Limits;

/**
 * Annotations as one word, {@code key=value,key=value}: see {@link LedgerSlot}. Not for the empty map.
 *
 * <p>A comma, and no {@code &}: in a JSON Patch's test the API server compares texts as they stand in the JSON, and Go
 * writes {@code &}, {@code <} and {@code >} as escapes, which others don't. Such a test fails for ever (tried on 1.36).
 */
final class AnnotationsText {

    private AnnotationsText() {}

    static String format(Map<String, String> annotations) {
        return new TreeMap<>(annotations)
                .entrySet().stream()
                        .map(entry -> URLEncoder.encode(entry.getKey(), UTF_8)
                                + '='
                                + URLEncoder.encode(entry.getValue(), UTF_8))
                        .collect(Collectors.joining(","));
    }

    static Map<String, String> parse(String text) {
        Map<String, String> annotations = new HashMap<>();
        for (String pair : text.split(",", -1)) {
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
                "annotations must be form-encoded key=value pairs with commas between them, sorted by key, each "
                        + "key once, was "
                        + Limits.quote(text));
    }
}
