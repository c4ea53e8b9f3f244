package kit.orchestration.controlplane;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as maps, lists, strings, numbers. */
final class Json {

    private Json() {}

    static Map<String, Object> parse(String json) {
        try {
            return JSONObjectUtils.parse(json);
        } catch (ParseException e) {
            throw new IllegalArgumentException("should be a JSON object: " + e.getMessage(), e);
        }
    }

    static String print(Map<String, ?> object) {
        return JSONObjectUtils.toJSONString(object);
    }

    /** The object at the path; empty if there is none. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> root, String... path) {
        Map<String, Object> object = root;
        for (String name : path) {
            object = (Map<String, Object>) object.getOrDefault(name, Map.of());
        }
        return object;
    }

    /** The objects in the list of that name; none if there is no list. */
    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Map<String, Object> object, String name) {
        return (List<Map<String, Object>>) object.getOrDefault(name, List.of());
    }

    /** The string at the path; null if there is none. */
    static @Nullable String text(Map<String, Object> root, String... path) {
        Map<String, Object> object = root;
        for (int i = 0; i < path.length - 1; i++) {
            object = object(object, path[i]);
        }
        Object value = object.get(path[path.length - 1]);
        return value == null ? null : value.toString();
    }

    /** {@link #text} that is there. */
    static String string(Map<String, Object> root, String... path) {
        String value = text(root, path);
        if (value == null) {
            throw new IllegalArgumentException("no " + String.join(".", path) + " in " + print(root));
        }
        return value;
    }

    /** A copy with one entry more, or another one. */
    static Map<String, Object> with(Map<String, Object> object, String name, Object value) {
        Map<String, Object> copy = new LinkedHashMap<>(object);
        copy.put(name, value);
        return copy;
    }
}
