package kit.orchestration.token;

import com.nimbusds.jose.util.JSONArrayUtils;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * JSON for whoever keeps a ledger behind an HTTP API, by the library that reads tokens: a game server needs no second one.
 * Objects are maps, arrays lists, whole numbers {@link Long}s, other numbers {@link Double}s.
 */
public final class LedgerJson {

    private LedgerJson() {}

    /**
     * Reads an object.
     *
     * @throws LedgerFormatException if the text is none; the message does not show the text
     */
    public static Map<String, Object> read(String text) {
        Objects.requireNonNull(text, "text must not be null");
        // The library also takes 'null', and an array of pairs.
        if (text.startsWith("{")) {
            try {
                return JSONObjectUtils.parse(text);
            } catch (ParseException e) {
                // said below
            }
        }
        throw new LedgerFormatException(
                "text must be a JSON object without duplicate keys, was %d characters of something else"
                        .formatted(text.length()));
    }

    /** The text of an object. */
    public static String write(Map<String, ?> object) {
        return JSONObjectUtils.toJSONString(object);
    }

    /** The text of an array. */
    public static String write(List<?> array) {
        return JSONArrayUtils.toJSONString(array);
    }
}
