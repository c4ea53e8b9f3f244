package kit.orchestration.simulation;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One operation of a JSON Patch (RFC 6902) on an object of objects, as the API server's library does it. */
final class JsonPatch {

    private JsonPatch() {}

    /** Changes the object; false if the operation fails. */
    @SuppressWarnings("unchecked")
    static boolean apply(Map<String, Object> object, Map<?, ?> op) {
        List<String> path = List.of(String.valueOf(op.get("path")).substring(1).split("/", -1));
        Map<String, Object> parent = object;
        for (String step : path.subList(0, path.size() - 1)) {
            if (!(parent.get(unescape(step)) instanceof Map<?, ?> child)) {
                return false;
            }
            parent = (Map<String, Object>) child;
        }
        String key = unescape(path.get(path.size() - 1));
        Object value = op.get("value");
        switch (String.valueOf(op.get("op"))) {
            case "test" -> {
                return Objects.equals(parent.get(key), value); // what is missing counts as null (tried on 1.36)
            }
            case "add" -> {
                parent.put(key, value);
                return true;
            }
            case "remove" -> {
                return parent.remove(key) != null;
            }
            default -> throw new IllegalArgumentException("an operation that nobody uses: " + op);
        }
    }

    private static String unescape(String step) {
        return step.replace("~1", "/").replace("~0", "~");
    }
}
