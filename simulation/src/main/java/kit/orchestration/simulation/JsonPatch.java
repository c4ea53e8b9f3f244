package kit.orchestration.simulation;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** A JSON Patch (RFC 6902) of an object of objects, as the API server's library does it. */
final class JsonPatch {

    /** What Go writes as an escape; it compares JSON as it stands, and a patch has these as they are. */
    private static final Pattern ESCAPED = Pattern.compile("[&<>\u2028\u2029]");

    private final Map<String, Object> object;
    /** What this patch itself has set stands as it has it. */
    private final Set<String> set = new HashSet<>();

    private JsonPatch(Map<String, Object> object) {
        this.object = object;
    }

    /** Changes the object; false if an operation fails, and it is of no use then. */
    static boolean apply(Map<String, Object> object, List<?> operations) {
        JsonPatch patch = new JsonPatch(object);
        return operations.stream().allMatch(each -> patch.apply((Map<?, ?>) each));
    }

    @SuppressWarnings("unchecked")
    private boolean apply(Map<?, ?> op) {
        String where = String.valueOf(op.get("path"));
        List<String> path = List.of(where.substring(1).split("/", -1));
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
                boolean differs =
                        value instanceof String text && ESCAPED.matcher(text).find() && !set.contains(where);
                return !differs && Objects.equals(parent.get(key), value); // what is missing counts as null
            }
            case "add" -> {
                parent.put(key, value);
                set.add(where);
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
