package kit.orchestration.agones;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.LabelSelector;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.agones.wire.MultiClusterSetting;
import kit.orchestration.agones.wire.Priority;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * The requests to Agones' allocator, of which there are four. All begin with what the settings say.
 *
 * @param namespace where the Fleets are
 * @param listKey the list of sessions
 * @param placement which server is preferred
 * @param matchLabels what every server must have beside what a request asks for
 * @param policyLabels chooses the clusters' policies; null for this cluster alone
 * @param withSdk whether the SDK runs in the servers, and says which of them take sessions
 * @param key the note of the key that verifies this allocator's tokens: each server that a token is for is given it
 */
record Messages(
        String namespace,
        String listKey,
        Placement placement,
        Map<String, String> matchLabels,
        @Nullable Map<String, String> policyLabels,
        boolean withSdk,
        AgonesNote key) {

    /** Free places that claims leave in a list of notes, for keys and releases: a server that has no more is full. */
    private static final int RESERVE = 150;

    /** The fullest servers are those that have sessions already; the emptiest those that have none. */
    private static final List<GameServerState> USED_FIRST = List.of(GameServerState.ALLOCATED, GameServerState.READY);

    private static final List<GameServerState> UNUSED_FIRST = List.of(GameServerState.READY, GameServerState.ALLOCATED);

    /**
     * Adds these values to the list of one server, and to its notes the allocator's key and those of requests: to one
     * that has room for all if there is one, since the fullest would take a few only; else one that has room at all.
     * What does not fit is cut, silently.
     */
    AllocationRequest claim(
            String pool, Map<String, String> selectors, Collection<String> values, Collection<AgonesNote> requests) {
        boolean packed = placement == Placement.PACKED;
        Map<String, String> labels = new HashMap<>(selectors);
        labels.putAll(claimable(pool)); // whatever a request says
        // Agones lists its servers anew for a call that wants another order than the one before: looks and releases
        // want none, and so see who is back.
        AllocationRequest.Builder request = start().setScheduling(
                        packed ? SchedulingStrategy.Packed : SchedulingStrategy.Distributed)
                .addPriorities(Priority.newBuilder()
                        .setType(Priority.Type.List)
                        .setKey(listKey)
                        .setOrder(packed ? Priority.Order.Ascending : Priority.Order.Descending))
                .putLists(
                        listKey, ListAction.newBuilder().addAllAddValues(values).build());
        List<AgonesNote> notes = new ArrayList<>(List.of(key)); // first: what does not fit is cut from the end
        notes.addAll(requests);
        if (withSdk) {
            request.putLists(AgonesNames.NOTES, adding(notes));
        }
        for (int room : values.size() == 1 ? List.of(1) : List.of(values.size(), 1)) {
            for (GameServerState state : packed ? USED_FIRST : UNUSED_FIRST) {
                GameServerSelector.Builder selector = GameServerSelector.newBuilder()
                        .putAllMatchLabels(labels)
                        .setGameServerState(state)
                        .putLists(listKey, available(room));
                if (withSdk) {
                    int added = room == 1 ? Math.min(2, notes.size()) : notes.size();
                    selector.putLists(AgonesNames.NOTES, available(RESERVE + added));
                }
                request.addGameServerSelectors(selector);
            }
        }
        return request.build();
    }

    /**
     * Finds a server that has the session of one of these requests, whether it takes new sessions or not, and whatever
     * its labels are by now; leaves the allocator's key there.
     */
    AllocationRequest find(String pool, Collection<RequestDigest> requests) {
        AllocationRequest.Builder request = start().putLists(AgonesNames.NOTES, adding(List.of(key)));
        for (GameServerState state : USED_FIRST) {
            for (RequestDigest digest : requests) {
                request.addGameServerSelectors(GameServerSelector.newBuilder()
                        .putMatchLabels(AgonesNames.FLEET_LABEL, pool)
                        .setGameServerState(state)
                        .putLists(
                                AgonesNames.NOTES,
                                ListSelector.newBuilder()
                                        .setContainsValue(
                                                AgonesNote.request(digest).format())
                                        .build()));
            }
        }
        return request.build();
    }

    /** Takes a note of a request out of the server of this boot, which has no session of it, and whose SDK does not. */
    AllocationRequest withdraw(String pool, String boot, RequestDigest request) {
        return ofBoot(pool, boot)
                .putLists(
                        AgonesNames.NOTES,
                        ListAction.newBuilder()
                                .addDeleteValues(AgonesNote.request(request).format())
                                .build())
                .build();
    }

    /** Tells the server of this boot that claims are released, whatever its labels are by now. */
    AllocationRequest release(String pool, String boot, Collection<AgonesNote> released) {
        return ofBoot(pool, boot).putLists(AgonesNames.NOTES, adding(released)).build();
    }

    private AllocationRequest.Builder ofBoot(String pool, String boot) {
        return anyOf(List.of(Map.of(AgonesNames.FLEET_LABEL, pool, AgonesNames.SDK_PREFIX + AgonesNames.BOOT, boot)));
    }

    /** A selector that no server of the pool can match which takes claims of this allocator; null if there is none. */
    @Nullable
    String contradiction(String pool, Map<String, String> selectors) {
        Map<String, String> labels = claimable(pool);
        return selectors.entrySet().stream()
                .filter(selector ->
                        !selector.getValue().equals(labels.getOrDefault(selector.getKey(), selector.getValue())))
                .map(selector -> selector + ", and all that may be chosen have " + labels.get(selector.getKey()))
                .findFirst()
                .orElse(null);
    }

    /**
     * Looks what the pool's servers are like, one that has sessions if there is one. It makes an Allocated server of a
     * Ready one, as each call does; so only of such as have our SDK, where the pool is to have it.
     */
    AllocationRequest look(String pool) {
        if (!withSdk) {
            return anyOf(List.of(labels(pool))).build();
        }
        Map<String, String> closed = claimable(pool);
        closed.put(AgonesNames.SDK_PREFIX + AgonesNames.OPEN, AgonesNames.OPEN_FALSE);
        return anyOf(List.of(claimable(pool), closed)).build();
    }

    private AllocationRequest.Builder anyOf(List<Map<String, String>> labels) {
        AllocationRequest.Builder request = start();
        for (GameServerState state : USED_FIRST) {
            for (Map<String, String> each : labels) {
                request.addGameServerSelectors(
                        GameServerSelector.newBuilder().putAllMatchLabels(each).setGameServerState(state));
            }
        }
        return request;
    }

    private AllocationRequest.Builder start() {
        AllocationRequest.Builder request = AllocationRequest.newBuilder().setNamespace(namespace);
        if (policyLabels != null) {
            request.setMultiClusterSetting(MultiClusterSetting.newBuilder()
                    .setEnabled(true)
                    .setPolicySelector(LabelSelector.newBuilder().putAllMatchLabels(policyLabels)));
        }
        return request;
    }

    private static ListAction adding(Collection<AgonesNote> notes) {
        return ListAction.newBuilder()
                .addAllAddValues(notes.stream().map(AgonesNote::format).toList())
                .build();
    }

    private static ListSelector available(int room) {
        return ListSelector.newBuilder().setMinAvailable(room).build();
    }

    private Map<String, String> claimable(String pool) {
        Map<String, String> labels = labels(pool);
        if (withSdk) {
            labels.put(AgonesNames.SDK_PREFIX + AgonesNames.OPEN, AgonesNames.OPEN_TRUE);
        }
        return labels;
    }

    private Map<String, String> labels(String pool) {
        Map<String, String> labels = new HashMap<>(matchLabels);
        labels.put(AgonesNames.FLEET_LABEL, pool);
        return labels;
    }
}
