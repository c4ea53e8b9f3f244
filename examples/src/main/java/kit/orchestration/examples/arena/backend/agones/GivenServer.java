package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import java.util.Set;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.agones.AgonesGameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;

/**
 * A GameServer of an Agones that is there already.
 *
 * @param sidecar the port of its sidecar's REST gateway
 * @param server what the sidecar tells of it
 * @param capacity how many sessions its list has room for
 */
record GivenServer(int sidecar, AgonesGameServer server, int capacity) {

    private static final Set<String> FINAL = Set.of("Unhealthy", "Error", "Shutdown");

    /**
     * Asks the sidecar.
     *
     * @throws IOException if nothing that answers there is one, or its GameServer can't host sessions
     */
    static GivenServer ask(int sidecar, String list) throws IOException {
        try (AgonesPlatform platform = AgonesPlatform.builder().port(sidecar).build()) {
            AgonesGameServer server;
            try {
                server = platform.gameServer();
            } catch (PlatformException e) {
                throw new IOException(
                        ("--sidecars: no Agones sidecar answers at port %s of this machine: %s. Name the ports of"
                                        + " their REST gateways, as AGONES_SDK_HTTP_PORT has them (9358 by default,"
                                        + " not the gRPC port)")
                                .formatted(sidecar, e.getMessage()),
                        e);
            }
            if (FINAL.contains(server.state())) {
                throw new IOException(
                        "--sidecars: GameServer %s at port %s is %s, which is final: name the sidecar of another one"
                                .formatted(server.name(), sidecar, server.state()));
            }
            try {
                long capacity = platform.calls().list(list).capacity();
                if (capacity < 1 || capacity > AgonesNames.MAX_CAPACITY) {
                    throw new IOException(
                            ("--sidecars: list \"%s\" of GameServer %s at port %s must have a capacity of 1 to %s,"
                                            + " and has %s: mend it in the Fleet")
                                    .formatted(list, server.name(), sidecar, AgonesNames.MAX_CAPACITY, capacity));
                }
                return new GivenServer(sidecar, server, (int) capacity);
            } catch (PlatformException e) {
                throw new IOException(
                        ("--sidecars: GameServer %s at port %s has no list \"%s\" for sessions: %s. Put it into the"
                                        + " Fleet, under spec.template.spec.lists, or name another by --list")
                                .formatted(server.name(), sidecar, list, e.getMessage()),
                        e);
            }
        }
    }
}
