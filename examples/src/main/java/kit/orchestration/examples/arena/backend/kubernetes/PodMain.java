package kit.orchestration.examples.arena.backend.kubernetes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.pod.Reception;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;

/**
 * The process of one pod, which is up with the port of its probes. In a container {@code GameServer.fromEnvironment()}
 * would do; here the service account's files are in a folder of the pod's own.
 */
public final class PodMain {

    private PodMain() {}

    /** Runs until it is told to end, by SIGTERM, or until the arena's process is gone. */
    public static void main(String[] arguments) throws IOException {
        run(System.getenv());
        PodHost.endWithArena();
    }

    private static void run(Map<String, String> environment) throws IOException {
        PodHost host = new PodHost(environment);
        Plant plant = host.plant();
        InetSocketAddress port = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(host.variable(PodVariables.PORT)));
        KubernetesPlatform platform = platform(environment, host);
        Reception reception = GamePod.bind(port, Integer.parseInt(host.variable("ORCHESTRATION_CAPACITY")));
        GamePod pod = GamePod.start(
                host.variable(PodHost.NAME),
                host.variable(PodHost.REGION),
                reception,
                GameServer.builder().platform(platform).probePort(0),
                plant::door,
                host::tell);
        host.up(pod, Integer.toString(pod.probeAddress().orElseThrow().getPort()));
    }

    private static KubernetesPlatform platform(Map<String, String> environment, PodHost host) throws IOException {
        Path files = Path.of(host.variable(PodVariables.SERVICE_ACCOUNT));
        KubernetesPlatformBuilder platform = KubernetesPlatform.builder()
                .environment(environment)
                .apiServer(URI.create(host.variable(PodVariables.API_SERVER)))
                .tokenFile(files.resolve(ServiceAccountFiles.TOKEN));
        Path ca = files.resolve(ServiceAccountFiles.CA);
        if (Files.exists(ca)) {
            platform.ca(Files.readString(ca));
        }
        return platform.build();
    }
}
