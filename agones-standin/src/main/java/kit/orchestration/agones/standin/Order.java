package kit.orchestration.agones.standin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.Priority;

/**
 * In which order servers are looked at. Packed: those on the node with the most allocated servers first, then with the
 * most ready ones, then by the priorities, then by name. Distributed: by the priorities, or by chance.
 */
final class Order {

    private Order() {}

    static List<GameServer> of(List<GameServer> servers, AllocationRequest request, RandomGenerator random) {
        List<GameServer> sorted = new ArrayList<>(servers);
        Optional<Comparator<GameServer>> order = byPriorities(request.getPrioritiesList());
        if (request.getScheduling() == SchedulingStrategy.Packed) {
            Comparator<GameServer> nodes =
                    byNode(servers, GameServer.ALLOCATED).thenComparing(byNode(servers, GameServer.READY));
            sorted.sort(order.map(nodes::thenComparing).orElse(nodes).thenComparing(GameServer::name));
        } else {
            for (int i = sorted.size() - 1; i > 0; i--) {
                Collections.swap(sorted, i, random.nextInt(i + 1));
            }
            order.ifPresent(sorted::sort);
        }
        return sorted;
    }

    /** Whether two requests want the same (Agones hashes these two fields, and no other). */
    static boolean isSame(AllocationRequest one, AllocationRequest other) {
        return one.getScheduling() == other.getScheduling()
                && one.getPrioritiesList().equals(other.getPrioritiesList());
    }

    private static Comparator<GameServer> byNode(List<GameServer> servers, String state) {
        Map<String, Integer> counts = new HashMap<>();
        servers.stream()
                .filter(server -> server.state().equals(state))
                .forEach(server -> counts.merge(server.spec().node(), 1, Integer::sum));
        return Comparator.comparingInt(
                server -> -counts.getOrDefault(server.spec().node(), 0));
    }

    /** By each in turn; empty if there is none that says anything. */
    private static Optional<Comparator<GameServer>> byPriorities(List<Priority> priorities) {
        return priorities.stream()
                .filter(priority -> priority.getType() == Priority.Type.List) // no server here has a counter
                .map(Order::byRoom)
                .reduce(Comparator::thenComparing);
    }

    /** Servers without the list come last, whatever the order. */
    private static Comparator<GameServer> byRoom(Priority priority) {
        String key = priority.getKey();
        Comparator<GameServer> room =
                Comparator.comparingLong(server -> server.list(key).available());
        return Comparator.<GameServer, Boolean>comparing(
                        server -> !server.lists().containsKey(key))
                .thenComparing(priority.getOrder() == Priority.Order.Descending ? room.reversed() : room);
    }
}
