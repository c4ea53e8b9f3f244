package kit.orchestration.examples.arena.backend.kubernetes;

import java.io.IOException;
import java.net.InetSocketAddress;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.pod.Reception;
import kit.orchestration.sdk.GameServer;

/**
 * The process of a pod that a kubelet runs: all that it has to be told is in its environment, as its manifest and the
 * Downward API have put it there. What it sees is in the container's log.
 */
public final class ContainerMain {

    private ContainerMain() {}

    /** Runs until it is told to end, by SIGTERM. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PodHost host = new PodHost(System.getenv());
        Reception reception = GamePod.bind(
                new InetSocketAddress(Integer.parseInt(host.variable(PodVariables.PORT))),
                Integer.parseInt(host.variable("ORCHESTRATION_CAPACITY")));
        GamePod pod = GamePod.start(
                host.variable(PodHost.NAME),
                host.variable(PodHost.REGION),
                reception,
                GameServer.builder(),
                host.plant()::door,
                host::tell);
        host.up(pod, "");
        Thread.currentThread().join();
    }
}
