package kit.orchestration.examples;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import kit.orchestration.sdk.GameServer;

/**
 * The Java of documents that needs a cluster to run: it compiles, and {@link SnippetsTest} holds the documents to it.
 */
final class DocumentSnippets {

    private DocumentSnippets() {}

    static void agonesPod() {
        // tag::agones-pod[]
        GameServer server = GameServer.fromEnvironment(); // finds the sidecar by AGONES_SDK_HTTP_PORT
        server.ready();
        // end::agones-pod[]
    }

    static void agonesMatchmaker(Consumer<Allocation> use) throws InterruptedException {
        // tag::agones-matchmaker[]
        AgonesAllocator allocator = AgonesAllocator.builder()
                .endpoints("agones-allocator.agones-system:443")
                .clientCertificate(
                        Path.of("/etc/orchestration/client/tls.crt"), Path.of("/etc/orchestration/client/tls.key"))
                .serverCa(Path.of("/etc/orchestration/server/tls-ca.crt"))
                .pools("duel")
                .build();
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        // end::agones-matchmaker[]
        use.accept(allocation);
    }

    static void kubernetesMatchmaker(Consumer<Allocation> use) throws InterruptedException {
        // tag::kubernetes-matchmaker[]
        KubernetesAllocator allocator = KubernetesAllocator.builder()
                .namespace("orchestration")
                .pools("duel")
                .build();
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        // end::kubernetes-matchmaker[]
        use.accept(allocation);
    }

    static void poolScaler(KubernetesAllocator allocator, Consumer<PoolScaler> use) {
        // tag::pool-scaler[]
        PoolScaler scaler = PoolScaler.builder(allocator, "duel")
                .deployment("duel")
                .pods(2, 40)
                .buffer(20)
                .start();
        // end::pool-scaler[]
        use.accept(scaler);
    }

    /** What plays, as long as it does. */
    interface Game {
        void play(GameServer server, ServerSocket socket) throws IOException;
    }

    static void hostNetwork(String nodeAddress, Game game) throws IOException {
        // tag::host-network[]
        try (ServerSocket socket = new ServerSocket(0)) {
            GameServer server = GameServer.builder()
                    .address(new PodAddress(nodeAddress, socket.getLocalPort()))
                    .start();
            server.ready();
            game.play(server, socket);
        }
        // end::host-network[]
    }

    static void controlPlane(Consumer<String> use) {
        // tag::control-plane[]
        ControlPlane plane = ControlPlane.shared(); // one for this JVM's tests
        String namespace = plane.newNamespace("allocate"); // one for this test
        plane.apply(Path.of("deploy"), namespace); // kubectl apply -k
        TestNode node = new TestNode(plane, namespace, "node-1");
        TestPod pod = node.createOfDeployment("arena"); // what controller and kubelet would do
        node.running(pod, "127.0.0.1");
        node.ready(pod, true);
        String token = node.token(pod); // what is in the pod's token file
        // end::control-plane[]
        use.accept(token);
    }
}
