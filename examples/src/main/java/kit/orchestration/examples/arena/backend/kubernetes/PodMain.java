package kit.orchestration.examples.arena.backend.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.plant.Plants;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.pod.Reception;
import kit.orchestration.examples.arena.record.EventLine;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;

/**
 * The process of one pod. In a container {@code GameServer.fromEnvironment()} would do; here the service account's files are
 * in a folder of the pod's own. Standard output has a line {@code probes PORT}, and one for each event.
 */
public final class PodMain {

    /** What the lines of events begin with. */
    static final String EVENT = "event ";
    /** What the line with the port of its probes begins with. */
    static final String PROBES = "probes ";

    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    private PodMain() {}

    /** Runs until it is told to end, by SIGTERM, or until the arena's process is gone. */
    public static void main(String[] arguments) throws IOException {
        new PodMain().run(System.getenv());
        while (System.in.read() >= 0) {
            // The arena says nothing: this ends when it does.
        }
        Runtime.getRuntime().halt(1);
    }

    private void run(Map<String, String> environment) throws IOException {
        String name = variable(environment, PodVariables.NAME);
        Plant plant = Plants.named(variable(environment, PodVariables.PLANT)).orElseGet(Plant::none);
        InetSocketAddress port = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(variable(environment, PodVariables.PORT)));
        KubernetesPlatform platform = platform(environment);
        Reception reception = GamePod.bind(port, Integer.parseInt(variable(environment, "ORCHESTRATION_CAPACITY")));
        GamePod pod = GamePod.start(
                name,
                variable(environment, PodVariables.REGION),
                reception,
                GameServer.builder().platform(platform).probePort(0),
                door -> plant.door(name, door),
                event -> say(EVENT + EventLine.print(event)));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> seeOut(pod), "arena-see-out"));
        pod.probeAddress().ifPresent(probes -> say(PROBES + probes.getPort()));
    }

    private static KubernetesPlatform platform(Map<String, String> environment) throws IOException {
        Path files = Path.of(variable(environment, PodVariables.SERVICE_ACCOUNT));
        KubernetesPlatformBuilder platform = KubernetesPlatform.builder()
                .environment(environment)
                .apiServer(URI.create(variable(environment, PodVariables.API_SERVER)))
                .tokenFile(files.resolve(ServiceAccountFiles.TOKEN));
        Path ca = files.resolve(ServiceAccountFiles.CA);
        if (Files.exists(ca)) {
            platform.ca(Files.readString(ca));
        }
        return platform.build();
    }

    private static String variable(Map<String, String> environment, String name) {
        return Objects.requireNonNull(environment.get(name), () -> name + " is not set: the arena starts this process");
    }

    private static void seeOut(GamePod pod) {
        try {
            pod.seeOut(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In one write, past any buffer: what was said is read by the arena even if this process is killed now. */
    private synchronized void say(String line) {
        try {
            out.write((line + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(1); // nobody hears it any more
        }
    }
}
