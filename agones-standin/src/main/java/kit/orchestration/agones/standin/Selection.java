package kit.orchestration.agones.standin;

import java.util.List;
import java.util.Optional;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;

/** Which server a call gets: the first selector that any server matches counts, and of those servers the first. */
final class Selection {

    private Selection() {}

    /**
     * @param servers in the order of preference
     * @param wholly whether all values that the call adds have to fit
     */
    static Optional<GameServer> of(List<GameServer> servers, AllocationRequest request, boolean wholly) {
        List<GameServerSelector> selectors =
                request.getGameServerSelectorsList().isEmpty()
                        ? List.of(GameServerSelector.getDefaultInstance())
                        : request.getGameServerSelectorsList();
        for (GameServerSelector selector : selectors) {
            for (GameServer server : servers) {
                if (matches(server, selector) && (!wholly || fits(server, request))) {
                    return Optional.of(server);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean matches(GameServer server, GameServerSelector selector) {
        String state =
                selector.getGameServerState() == GameServerState.ALLOCATED ? GameServer.ALLOCATED : GameServer.READY;
        return server.state().equals(state)
                && server.labels()
                        .entrySet()
                        .containsAll(selector.getMatchLabelsMap().entrySet())
                && selector.getListsMap().entrySet().stream()
                        .allMatch(list -> server.lists().containsKey(list.getKey())
                                && matches(server.list(list.getKey()), list.getValue()));
    }

    private static boolean matches(ServerList list, ListSelector selector) {
        return (selector.getContainsValue().isEmpty() || list.values().contains(selector.getContainsValue()))
                && list.available() >= selector.getMinAvailable()
                && (selector.getMaxAvailable() == 0 || list.available() <= selector.getMaxAvailable());
    }

    private static boolean fits(GameServer server, AllocationRequest request) {
        return server.lists().entrySet().stream().allMatch(list -> {
            ListAction action = request.getListsOrDefault(list.getKey(), ListAction.getDefaultInstance());
            ServerList grown = Wire.grown(list.getValue(), action);
            return grown.available()
                    >= action.getAddValuesList().stream()
                            .filter(value -> !grown.values().contains(value))
                            .count();
        });
    }
}
