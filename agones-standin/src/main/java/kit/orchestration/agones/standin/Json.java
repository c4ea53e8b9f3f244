package kit.orchestration.agones.standin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerJson;

/** A GameServer as the gateway spells it: integers of 64 bits are texts, those of 32 are numbers. */
final class Json {

    private static final int UNKNOWN = 2;
    private static final int PERIOD_SECONDS = 5;
    private static final int FAILURE_THRESHOLD = 3;

    private Json() {}

    static String gameServer(GameServer server, String namespace) {
        return LedgerJson.write(object(server, namespace));
    }

    /** One line of a watch, without its end. */
    static String event(GameServer server, String namespace) {
        return LedgerJson.write(Map.of("result", object(server, namespace)));
    }

    static String list(String name, ServerList list) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.putAll(values(list));
        return LedgerJson.write(json);
    }

    static String error(SdkException error, boolean wrongCodes) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", wrongCodes ? UNKNOWN : error.kind().code);
        json.put("message", String.valueOf(error.getMessage()));
        json.put("details", List.of());
        return LedgerJson.write(json);
    }

    private static Map<String, Object> object(GameServer server, String namespace) {
        StandinGameServer spec = server.spec();
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", server.name());
        meta.put("namespace", namespace);
        meta.put("uid", server.uid());
        meta.put("resource_version", Long.toString(server.version()));
        meta.put("generation", "1");
        meta.put("creation_timestamp", Long.toString(server.created()));
        meta.put("deletion_timestamp", server.deleted() ? Long.toString(server.created() + 1) : "0");
        meta.put("annotations", server.annotations());
        meta.put("labels", server.labels());
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("state", server.state());
        status.put("address", spec.address());
        status.put("addresses", List.of(Map.of("type", "InternalIP", "address", spec.address())));
        status.put("ports", List.of(Map.of("name", "default", "port", spec.port())));
        Map<String, Object> lists = new LinkedHashMap<>();
        server.lists().forEach((name, list) -> lists.put(name, values(list)));
        status.put("lists", lists);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("object_meta", meta);
        json.put(
                "spec",
                Map.of(
                        "health",
                        Map.of(
                                "disabled", false,
                                "period_seconds", PERIOD_SECONDS,
                                "failure_threshold", FAILURE_THRESHOLD,
                                "initial_delay_seconds", PERIOD_SECONDS)));
        json.put("status", status);
        return json;
    }

    private static Map<String, Object> values(ServerList list) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("capacity", Long.toString(list.capacity()));
        json.put("values", list.values());
        return json;
    }
}
