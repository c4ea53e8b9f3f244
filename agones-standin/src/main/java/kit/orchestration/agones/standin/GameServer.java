package kit.orchestration.agones.standin;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * @param capacity of its list
 * @param values of its list
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
        long capacity,
        List<String> values,
        boolean deleted) {

    static final String SCHEDULED = "Scheduled";
    static final String READY = "Ready";
    static final String ALLOCATED = "Allocated";
    static final String RESERVED = "Reserved";
    static final String UNHEALTHY = "Unhealthy";
    static final String SHUTDOWN = "Shutdown";

    /** No list holds more. */
    private static final long MAX_CAPACITY = 1_000;

    GameServer {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        values = List.copyOf(values);
    }

    /** As Agones' controller leaves it to the sidecar. */
    static GameServer made(StandinGameServer spec, String uid, long created) {
        Map<String, String> labels = new LinkedHashMap<>(spec.labels());
        labels.put(AgonesNames.FLEET_LABEL, spec.fleet());
        return new GameServer(spec, uid, created, 0, SCHEDULED, labels, Map.of(), spec.capacity(), List.of(), false);
    }

    String name() {
        return spec.name();
    }

    long available() {
        return capacity - values.size();
    }

    GameServer version(long other) {
        return new GameServer(spec, uid, created, other, state, labels, annotations, capacity, values, deleted);
    }

    GameServer state(String other) {
        return new GameServer(spec, uid, created, version, other, labels, annotations, capacity, values, deleted);
    }

    GameServer leaving() {
        return new GameServer(spec, uid, created, version, state, labels, annotations, capacity, values, true);
    }

    GameServer metadata(Map<String, String> moreLabels, Map<String, String> moreAnnotations) {
        Map<String, String> newLabels = new LinkedHashMap<>(labels);
        newLabels.putAll(moreLabels);
        Map<String, String> newAnnotations = new LinkedHashMap<>(annotations);
        newAnnotations.putAll(moreAnnotations);
        return new GameServer(spec, uid, created, version, state, newLabels, newAnnotations, capacity, values, deleted);
    }

    /** Sets the capacity, if it is one that Agones takes; values beyond it are cut. */
    GameServer capacity(long other) {
        if (other < 0 || other > MAX_CAPACITY) {
            return this;
        }
        List<String> kept = values.size() <= other ? values : values.subList(0, (int) other);
        return new GameServer(spec, uid, created, version, state, labels, annotations, other, kept, deleted);
    }

    /** Adds values in their order, without those that are there, until the list is full. */
    GameServer add(List<String> more) {
        Set<String> all = new LinkedHashSet<>(values);
        for (String value : more) {
            if (all.size() < capacity) {
                all.add(value);
            }
        }
        return values(List.copyOf(all));
    }

    GameServer remove(List<String> less) {
        return values(values.stream().filter(value -> !less.contains(value)).toList());
    }

    private GameServer values(List<String> other) {
        return new GameServer(spec, uid, created, version, state, labels, annotations, capacity, other, deleted);
    }
}
