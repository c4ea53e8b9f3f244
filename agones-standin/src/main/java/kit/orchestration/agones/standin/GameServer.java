package kit.orchestration.agones.standin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.AgonesNames;

/**
 * One version of a GameServer.
 *
 * @param spec what it was made from
 * @param uid its identity
 * @param created seconds since the epoch
 * @param version its resourceVersion
 * @param state its state
 * @param labels its labels
 * @param annotations its annotations
 * @param lists its lists, by name
 * @param deleted whether it is being deleted
 */
record GameServer(
        StandinGameServer spec,
        String uid,
        long created,
        long version,
        String state,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, ServerList> lists,
        boolean deleted) {

    static final String SCHEDULED = "Scheduled";
    static final String READY = "Ready";
    static final String ALLOCATED = "Allocated";
    static final String RESERVED = "Reserved";
    static final String UNHEALTHY = "Unhealthy";
    static final String SHUTDOWN = "Shutdown";

    GameServer {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        lists = Map.copyOf(lists);
    }

    /** As Agones' controller leaves it to the sidecar. */
    static GameServer made(StandinGameServer spec, String uid, long created) {
        Map<String, String> labels = new LinkedHashMap<>(spec.labels());
        labels.put(AgonesNames.FLEET_LABEL, spec.fleet());
        Map<String, ServerList> lists = new LinkedHashMap<>();
        lists.put(spec.list(), new ServerList(spec.capacity(), List.of()));
        lists.put(AgonesNames.NOTES, new ServerList(AgonesNames.MAX_CAPACITY, List.of()));
        return new GameServer(spec, uid, created, 0, SCHEDULED, labels, Map.of(), lists, false);
    }

    String name() {
        return spec.name();
    }

    /** A list; an empty one without any room if it has none of that name. */
    ServerList list(String name) {
        return lists.getOrDefault(name, new ServerList(0, List.of()));
    }

    /** With another list of that name, which it has. */
    GameServer list(String name, ServerList other) {
        Map<String, ServerList> changed = new LinkedHashMap<>(lists);
        changed.put(name, other);
        return new GameServer(spec, uid, created, version, state, labels, annotations, changed, deleted);
    }

    GameServer version(long other) {
        return new GameServer(spec, uid, created, other, state, labels, annotations, lists, deleted);
    }

    GameServer state(String other) {
        return new GameServer(spec, uid, created, version, other, labels, annotations, lists, deleted);
    }

    GameServer leaving() {
        return new GameServer(spec, uid, created, version, state, labels, annotations, lists, true);
    }

    GameServer metadata(Map<String, String> moreLabels, Map<String, String> moreAnnotations) {
        Map<String, String> newLabels = new LinkedHashMap<>(labels);
        newLabels.putAll(moreLabels);
        Map<String, String> newAnnotations = new LinkedHashMap<>(annotations);
        newAnnotations.putAll(moreAnnotations);
        return new GameServer(spec, uid, created, version, state, newLabels, newAnnotations, lists, deleted);
    }
}
