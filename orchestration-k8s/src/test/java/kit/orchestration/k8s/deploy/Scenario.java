package kit.orchestration.k8s.deploy;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.sdk.Relay;
import kit.orchestration.k8s.sdk.Told;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;

/**
 * Something that an allocator is there for, with its account in a namespace of its own: it works within the time, or
 * throws.
 */
final class Scenario {

    private static final String POOL = Deployed.DEPLOYMENT;
    /** Bytes that a claim's patch has at least, and an HTTP/2 connection's small talk has not. */
    private static final int A_PATCH = 300;

    private final Deployed deployed;
    private final Duration patience;
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();

    Scenario(Deployed deployed, Duration patience) {
        this.deployed = deployed;
        this.patience = patience;
    }

    /** The one that can't do without the right. */
    void needing(Right right) throws Exception {
        try {
            run(right);
        } finally {
            while (!closing.isEmpty()) {
                closing.pop().close();
            }
        }
    }

    private void run(Right right) throws Exception {
        switch (right.toString()) {
            case "list pods", "list leases", "patch leases" -> a_pod_that_was_there_before_is_claimed();
            case "watch pods", "watch leases" -> a_pod_that_comes_later_is_claimed();
            case "get pods", "delete leases" -> the_lease_of_a_pod_that_is_gone_is_swept();
            case "create leases" -> a_pod_without_sdk_is_claimed();
            case "get leases" -> a_claim_whose_answer_was_lost_is_found_out_about();
            default -> throw new AssertionError("no scenario needs the right to " + right + ": take it from the role");
        }
    }

    private void a_pod_that_was_there_before_is_claimed() throws Exception {
        ready(deployed.pod());

        allocate(allocator(deployed.plane().url()));
    }

    private void a_pod_that_comes_later_is_claimed() throws Exception {
        Allocator allocator = allocator(deployed.plane().url());
        awaitListed(allocator);
        TestPod pod = deployed.pod();
        deployed.node().ready(pod, true);
        CompletableFuture<Allocation> waiting = allocator.allocateAsync(request());

        ready(pod);

        waiting.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void the_lease_of_a_pod_that_is_gone_is_swept() {
        TestPod pod = deployed.pod(0);
        ready(pod);
        allocator(deployed.plane().url());
        String lease = deployed.leases() + "/" + LedgerNames.lease(pod.name());

        deployed.node().kill(pod);
        deployed.pod(0); // which waits for it, so the garbage collector is given no time

        await().atMost(patience).until(() -> deployed.plane().api().get(lease).status() == 404);
    }

    private void a_pod_without_sdk_is_claimed() throws Exception {
        TestPod pod = deployed.pod();
        deployed.plane()
                .api()
                .mergePatch(
                        pod.path(),
                        "{\"metadata\": {\"annotations\": {\"%s\": \"%s\"}}}"
                                .formatted(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE))
                .ok();
        deployed.node().ready(pod, true);

        allocate(allocator(deployed.plane().url()));
    }

    private void a_claim_whose_answer_was_lost_is_found_out_about() throws Exception {
        ready(deployed.pod());
        Relay relay = new Relay(deployed.plane().url());
        closing.push(relay);
        Allocator allocator = allocator(relay.url());
        allocate(allocator);

        relay.hold();
        CompletableFuture<Allocation> cut = allocator.allocateAsync(request());
        await().until(() -> relay.held() > A_PATCH);
        relay.cut();

        cut.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Allocator allocator(URI apiServer) {
        KubernetesClient client = deployed.client(apiServer);
        closing.push(client);
        KubernetesAllocator allocator = KubernetesAllocator.builder()
                .client(client)
                .pools(POOL)
                .callTimeout(patience)
                .build();
        closing.push(allocator);
        return allocator;
    }

    private static void awaitListed(Allocator allocator) throws InterruptedException {
        try {
            allocator.allocate(AllocateReq.of(POOL));
            throw new AssertionError("there is no pod yet");
        } catch (NoCapacityException listed) {
            // as it should be
        }
    }

    /** The pod says ready, and the kubelet finds it so. */
    private void ready(TestPod pod) {
        KubernetesPlatform platform = deployed.sdk(pod).build();
        closing.push(platform);
        platform.boot(new Told());
        platform.ready(true);
        deployed.node().ready(pod, true);
    }

    private AllocateReq request() {
        return AllocateReq.builder(POOL).maxWait(patience).build();
    }

    private void allocate(Allocator allocator) throws InterruptedException {
        allocator.allocate(request());
    }
}
