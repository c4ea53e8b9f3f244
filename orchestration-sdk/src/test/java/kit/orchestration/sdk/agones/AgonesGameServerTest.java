package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgonesGameServerTest {

    /** Players dial the first one, as an allocator tells them. */
    @Test
    void portsKeepTheFleetsOrder() {
        List<String> names = List.of("voice", "game", "admin", "query", "beacon", "replay", "probe");
        Map<String, Object> status = Map.of(
                "ports",
                names.stream().map(name -> Map.of("name", name, "port", 7_000)).toList());

        AgonesGameServer server = Sighting.of(Map.of("object_meta", Map.of("name", "duel-1"), "status", status))
                .server();

        assertThat(server.ports().keySet()).containsExactlyElementsOf(names);
    }
}
