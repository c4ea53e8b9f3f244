package kit.orchestration.agones.standin;

import com.google.protobuf.Int64Value;
import io.grpc.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;

/** The allocator's messages: what is wrong with a request, what it does to a server, and what its answer says. */
final class Wire {

    /** Agones notes it with each allocation. */
    static final String LAST_ALLOCATED = "agones.dev/last-allocated";

    private Wire() {}

    /** Why a request is refused before any server is looked at; empty if it is not. */
    static Optional<Status> refusal(AllocationRequest request, boolean wrongCodes) {
        for (GameServerSelector selector : request.getGameServerSelectorsList()) {
            for (Map.Entry<String, String> label : selector.getMatchLabelsMap().entrySet()) {
                if (!Labels.isValue(label.getValue())) {
                    return Optional.of(invalid("matchLabels", label.getKey(), wrongCodes));
                }
            }
            for (Map.Entry<String, ListSelector> list : selector.getListsMap().entrySet()) {
                if (list.getValue().getMinAvailable() < 0 || list.getValue().getMaxAvailable() < 0) {
                    return Optional.of(invalid("lists", list.getKey(), wrongCodes));
                }
            }
        }
        for (Map.Entry<String, String> label :
                request.getMetadata().getLabelsMap().entrySet()) {
            if (!Labels.isValue(label.getValue())) {
                return Optional.of(invalid("metadata.labels", label.getKey(), wrongCodes));
            }
        }
        return Optional.empty();
    }

    /** What the call makes of the server that it gets. A list that it doesn't have is passed over. */
    static GameServer applied(AllocationRequest request, GameServer server) {
        GameServer changed = server.state(GameServer.ALLOCATED)
                .metadata(
                        request.getMetadata().getLabelsMap(),
                        request.getMetadata().getAnnotationsMap())
                .metadata(Map.of(), Map.of(LAST_ALLOCATED, Instant.now().toString()));
        for (String name : server.lists().keySet()) {
            if (request.containsLists(name)) {
                ListAction action = request.getListsOrThrow(name);
                ServerList list = grown(server.list(name), action);
                changed = changed.list(name, list.add(action.getAddValuesList()).remove(action.getDeleteValuesList()));
            }
        }
        return changed;
    }

    /** The list with the capacity that the call gives it. */
    static ServerList grown(ServerList list, ListAction action) {
        return action.hasCapacity() ? list.capacity(action.getCapacity().getValue()) : list;
    }

    static AllocationResponse answer(GameServer server) {
        StandinGameServer spec = server.spec();
        AllocationResponse.Builder answer = AllocationResponse.newBuilder()
                .setGameServerName(server.name())
                .setAddress(spec.address())
                .setNodeName(spec.node())
                .setSource("local")
                .addPorts(AllocationResponse.GameServerStatusPort.newBuilder()
                        .setName("default")
                        .setPort(spec.port()))
                .addAddresses(AllocationResponse.GameServerStatusAddress.newBuilder()
                        .setType("InternalIP")
                        .setAddress(spec.address()))
                .setMetadata(AllocationResponse.GameServerMetadata.newBuilder()
                        .putAllLabels(server.labels())
                        .putAllAnnotations(server.annotations()));
        server.lists()
                .forEach((name, list) -> answer.putLists(
                        name,
                        AllocationResponse.ListStatus.newBuilder()
                                .addAllValues(list.values())
                                .setCapacity(Int64Value.of(list.capacity()))
                                .build()));
        return answer.build();
    }

    private static Status invalid(String field, String key, boolean wrongCodes) {
        // 422 is no code of gRPC's, which makes it UNKNOWN; Java can't send a number that has no name.
        Status code = wrongCodes ? Status.UNKNOWN : Status.INVALID_ARGUMENT;
        return code.withDescription("GameServerAllocation is invalid: %s: \"%s\"".formatted(field, key));
    }
}
