package kit.orchestration.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import kit.orchestration.ledger.LedgerJson;
import org.jspecify.annotations.Nullable;

/** An object as the server stores it; never changed, but replaced. */
final class Stored {

    private final Map<String, Object> object;
    private final String json;

    /** The map is not to be changed any more. */
    Stored(Map<String, Object> object) {
        this.object = object;
        this.json = LedgerJson.write(object);
    }

    Stored at(long version) {
        Map<String, Object> copy = copy();
        child(copy, "metadata").put("resourceVersion", Long.toString(version));
        return new Stored(copy);
    }

    String json() {
        return json;
    }

    Map<String, Object> copy() {
        return LedgerJson.read(json);
    }

    /** Whether it says the same. */
    boolean is(Map<String, Object> other) {
        return object.equals(other);
    }

    String name() {
        return text("name");
    }

    String uid() {
        return text("uid");
    }

    long version() {
        return Long.parseLong(text("resourceVersion"));
    }

    Map<String, String> labels() {
        return texts("labels");
    }

    Map<String, String> annotations() {
        return texts("annotations");
    }

    /** The uid of the pod that owns it; null if none does. */
    @Nullable
    String owner() {
        Object owners = child(object, "metadata").get("ownerReferences");
        if (!(owners instanceof Iterable<?> all)) {
            return null;
        }
        for (Object owner : all) {
            return String.valueOf(((Map<?, ?>) owner).get("uid"));
        }
        return null;
    }

    boolean isLeaving() {
        return child(object, "metadata").containsKey("deletionTimestamp");
    }

    Map<String, Object> status() {
        return child(object, "status");
    }

    private String text(String field) {
        return String.valueOf(child(object, "metadata").get(field));
    }

    private Map<String, String> texts(String field) {
        Map<String, String> texts = new LinkedHashMap<>();
        child(child(object, "metadata"), field).forEach((key, value) -> texts.put(key, String.valueOf(value)));
        return texts;
    }

    /** An object in an object; an empty one, which is nobody's, if it is not there. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> child(Map<String, Object> parent, String name) {
        return parent.get(name) instanceof Map<?, ?> child ? (Map<String, Object>) child : new LinkedHashMap<>();
    }
}
