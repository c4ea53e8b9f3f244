package kit.orchestration.agones.standin;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a pod has asked its sidecar for and what is not written yet. Not safe for several threads. */
final class Pending {

    private @Nullable String state;
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final Map<String, String> annotations = new LinkedHashMap<>();
    private final Set<String> added = new LinkedHashSet<>();
    private final Set<String> removed = new LinkedHashSet<>();

    void state(String asked) {
        state = asked;
    }

    void label(String key, String value) {
        labels.put(key, value);
    }

    void annotation(String key, String value) {
        annotations.put(key, value);
    }

    void add(String value) {
        removed.remove(value);
        added.add(value);
    }

    void remove(String value) {
        added.remove(value);
        removed.add(value);
    }

    boolean isEmpty() {
        return state == null && labels.isEmpty() && annotations.isEmpty() && added.isEmpty() && removed.isEmpty();
    }

    /**
     * The server with all of it. Values go by their text alone: one that an allocator has added anew since is removed
     * too, and those that no longer fit are cut. Unhealthy and Shutdown are final, and so is the state of a server that
     * was deleted: all else of it is written until its pod is gone (pkg/sdkserver/sdkserver.go).
     */
    GameServer applied(GameServer server) {
        boolean isFinal = server.deleted()
                || server.state().equals(GameServer.UNHEALTHY)
                || server.state().equals(GameServer.SHUTDOWN);
        GameServer changed = state == null || isFinal ? server : server.state(state);
        return changed.metadata(labels, annotations)
                .remove(List.copyOf(removed))
                .add(List.copyOf(added));
    }

    /** Takes all of it out. */
    Pending drain() {
        Pending all = new Pending();
        all.merge(this);
        state = null;
        labels.clear();
        annotations.clear();
        added.clear();
        removed.clear();
        return all;
    }

    /** After a conflict: what was asked for before is still to be written, beneath what was asked for since. */
    void putBack(Pending earlier) {
        Pending later = drain();
        merge(earlier);
        merge(later);
    }

    private void merge(Pending other) {
        if (other.state != null) {
            state = other.state;
        }
        labels.putAll(other.labels);
        annotations.putAll(other.annotations);
        other.added.forEach(this::add);
        other.removed.forEach(this::remove);
    }
}
