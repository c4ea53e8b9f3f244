package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import org.jspecify.annotations.Nullable;

/**
 * One version of the GameServer, as the sidecar told it.
 *
 * @param server what games may see of it
 * @param version its resourceVersion: of two versions the higher one is newer; −1 if it is no number, as with a sidecar
 *     that runs without Agones ({@code --local})
 * @param leaving whether it was deleted
 * @param heartbeat how often the sidecar wants to hear that the game is healthy; null if it doesn't
 * @param lists its lists, by name
 * @param counters its counters, by name
 */
record Sighting(
        AgonesGameServer server,
        long version,
        boolean leaving,
        @Nullable Duration heartbeat,
        Map<String, AgonesList> lists,
        Map<String, Counter> counters) {

    /** A counter: what it says, and the most that it may say. */
    record Counter(long count, long capacity) {}

    /** What Agones takes where a Fleet says nothing. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    /** Of a GameServer's JSON (proto3's): what is false, zero or empty may be left out; 64-bit integers are texts. */
    static Sighting of(Map<String, Object> json) {
        Map<String, Object> meta = object(json.get("object_meta"));
        Map<String, Object> status = object(json.get("status"));
        String name = text(meta.get("name"));
        if (name.isEmpty()) {
            throw new LedgerFormatException("a GameServer must have an object_meta with a name");
        }
        Map<String, Integer> ports = new LinkedHashMap<>();
        if (status.get("ports") instanceof List<?> list) {
            list.forEach(port -> ports.put(
                    text(object(port).get("name")), (int) number(object(port).get("port"))));
        }
        Map<String, AgonesList> lists = new LinkedHashMap<>();
        object(status.get("lists")).forEach((list, content) -> lists.put(list, listing(object(content))));
        Map<String, Counter> counters = new LinkedHashMap<>();
        object(status.get("counters")).forEach((counter, content) -> counters.put(counter, counting(object(content))));
        return new Sighting(
                new AgonesGameServer(
                        name,
                        text(meta.get("namespace")),
                        text(meta.get("uid")),
                        Instant.ofEpochSecond(number(meta.get("creation_timestamp"))),
                        text(status.get("state")),
                        text(status.get("address")),
                        ports,
                        texts(meta.get("labels")),
                        texts(meta.get("annotations"))),
                version(text(meta.get("resource_version"))),
                number(meta.get("deletion_timestamp")) > 0,
                heartbeat(object(object(json.get("spec")).get("health"))),
                lists,
                counters);
    }

    private static Counter counting(Map<String, Object> json) {
        return new Counter(number(json.get("count")), number(json.get("capacity")));
    }

    /** Reads a list. */
    static AgonesList listing(Map<String, Object> json) {
        List<String> values = json.get("values") instanceof List<?> list
                ? list.stream().map(Sighting::text).toList()
                : List.of();
        return new AgonesList(number(json.get("capacity")), values);
    }

    /** The list of that name; an empty one if there is none. */
    AgonesList list(String name) {
        return lists.getOrDefault(name, new AgonesList(0, List.of()));
    }

    private static @Nullable Duration heartbeat(Map<String, Object> health) {
        long seconds = number(health.get("period_seconds"));
        return Boolean.TRUE.equals(health.get("disabled"))
                ? null
                : seconds > 0 ? Duration.ofSeconds(seconds) : HEARTBEAT;
    }

    private static long version(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static long number(@Nullable Object field) {
        if (field instanceof Number number) {
            return number.longValue();
        }
        String text = text(field);
        try {
            return text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new LedgerFormatException("a GameServer's numbers must be whole ones");
        }
    }

    private static Map<String, String> texts(@Nullable Object field) {
        Map<String, String> texts = new LinkedHashMap<>();
        object(field).forEach((name, value) -> texts.put(name, text(value)));
        return texts;
    }

    /** The object that a field holds; the empty one if it holds none. */
    @SuppressWarnings("unchecked") // the keys of a JSON object are strings
    private static Map<String, Object> object(@Nullable Object field) {
        return field instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static String text(@Nullable Object field) {
        return field instanceof String text ? text : "";
    }
}
