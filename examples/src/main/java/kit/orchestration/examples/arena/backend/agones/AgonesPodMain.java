package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.agones.GameServers;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.pod.Reception;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.agones.AgonesGameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;

/**
 * The process of one game server. It finds its sidecar by {@code AGONES_SDK_HTTP_PORT}, which Agones gives every
 * container of a GameServer, and all else it asks that: it listens where the GameServer's status says that players
 * dial.
 *
 * <p>In a container of a Fleet nothing more is needed than {@code ARENA_PORT}, the template's {@code containerPort}:
 * what players dial there is a port of the node.
 */
public final class AgonesPodMain {

    /** The list whose values are sessions; {@code sessions} if it is not set. */
    static final String LIST = "ARENA_LIST";
    /** Where to listen, at all addresses, if that is not what players dial. */
    private static final String PORT = "ARENA_PORT";

    private static final Duration SIDECAR = Duration.ofSeconds(60);

    private AgonesPodMain() {}

    /** Runs until it is told to end, by SIGTERM; if the arena has started it, until that is gone. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> environment = System.getenv();
        PodHost host = new PodHost(environment);
        try {
            run(environment, host);
        } catch (IOException | PlatformException e) {
            System.err.println("arena: " + e.getMessage());
            Runtime.getRuntime().halt(1); // there is nobody to see out
        }
        if (host.isStartedByArena()) {
            PodHost.endWithArena();
        }
        Thread.currentThread().join(); // the SDK's threads keep no process alive
    }

    private static void run(Map<String, String> environment, PodHost host) throws IOException, InterruptedException {
        String list = environment.getOrDefault(LIST, AgonesNames.LIST);
        AgonesPlatform platform =
                AgonesPlatform.builder().environment(environment).list(list).build();
        AgonesGameServer server = GameServers.await(platform, SIDECAR);
        String name = environment.getOrDefault(PodHost.NAME, server.name());
        String region = environment.getOrDefault(PodHost.REGION, server.labels().getOrDefault(PodPlan.REGION, "none"));
        InetSocketAddress dialled = dialled(server);
        InetSocketAddress at =
                environment.containsKey(PORT) ? new InetSocketAddress(Integer.parseInt(host.variable(PORT))) : dialled;
        Reception reception =
                bind(server.name(), at, (int) platform.calls().list(list).capacity());
        // Written with the label by which the SDK says that it takes sessions, so that no request comes before.
        new PodPlan(name, region, 1).labels().forEach(platform.calls()::setLabel);
        Plant plant = host.plant();
        GamePod pod = GamePod.start(
                name, region, reception, GameServer.builder().platform(platform), plant::door, host::tell);
        host.up(pod, new PodAddress(server.address(), dialled.getPort()).toString());
    }

    private static Reception bind(String gameServer, InetSocketAddress at, int slots) throws IOException {
        try {
            return GamePod.bind(at, slots);
        } catch (BindException e) {
            throw new IOException(
                    ("can't listen at %s for the players of GameServer %s: %s. Its status must name an address of"
                                    + " this machine, and a port that is free")
                            .formatted(at, gameServer, e.getMessage()),
                    e);
        }
    }

    /** Where players dial: the first port of the status, as the allocator tells them. */
    private static InetSocketAddress dialled(AgonesGameServer server) throws IOException {
        if (server.address().isEmpty() || server.ports().isEmpty()) {
            throw new IOException(
                    ("GameServer %s has no address or no port in its status: put a port into the Fleet's template,"
                                    + " under spec.template.spec.ports")
                            .formatted(server.name()));
        }
        return new InetSocketAddress(
                InetAddress.getByName(server.address()),
                server.ports().values().iterator().next());
    }
}
