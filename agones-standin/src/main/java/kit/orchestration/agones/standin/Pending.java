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
    private final Set<Entry> added = new LinkedHashSet<>();
    private final Set<Entry> removed = new LinkedHashSet<>();

    /** A value of a list. */
    private record Entry(String list, String value) {}

    void state(String asked) {
        state = asked;
    }

    void label(String key, String value) {
        labels.put(key, value);
    }

    void annotation(String key, String value) {
        annotations.put(key, value);
    }

    void add(String list, String value) {
        add(new Entry(list, value));
    }

    void remove(String list, String value) {
        remove(new Entry(list, value));
    }

    private void add(Entry entry) {
        removed.remove(entry);
        added.add(entry);
    }

    private void remove(Entry entry) {
        added.remove(entry);
        removed.add(entry);
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
        changed = changed.metadata(labels, annotations);
        for (Map.Entry<String, ServerList> list : server.lists().entrySet()) {
            changed = changed.list(
                    list.getKey(),
                    list.getValue().remove(of(list.getKey(), removed)).add(of(list.getKey(), added)));
        }
        return changed;
    }

    private static List<String> of(String list, Set<Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.list.equals(list))
                .map(Entry::value)
                .toList();
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
