package kit.orchestration.k8s.sdk;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A namespace with a service account for pods, which has the rights that the docs give it and no others. */
abstract class PodFixture {

    static final String ACCOUNT = "game";
    static final List<String> VERBS = List.of("create", "get", "list", "watch", "patch");

    final Deque<AutoCloseable> closing = new ArrayDeque<>();
    String namespace;
    TestNode node;

    /** The control plane that the test works on. */
    abstract ControlPlane plane();

    @BeforeEach
    void prepare() {
        namespace = plane().newNamespace("sdk");
        plane().newServiceAccount(namespace, ACCOUNT);
        bind(ACCOUNT, VERBS);
        node = new TestNode(plane(), namespace, "node-1");
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
    }

    /** Gives the account these verbs on Leases. */
    void bind(String account, List<String> verbs) {
        String rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace;
        plane().api()
                .post(
                        rbac + "/roles",
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of("name", account),
                                "rules",
                                List.of(Map.of(
                                        "apiGroups",
                                        List.of("coordination.k8s.io"),
                                        "resources",
                                        List.of("leases"),
                                        "verbs",
                                        verbs)))))
                .ok();
        plane().api()
                .post(
                        rbac + "/rolebindings",
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of("name", account),
                                "roleRef",
                                Map.of("apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", account),
                                "subjects",
                                List.of(Map.of("kind", "ServiceAccount", "name", account, "namespace", namespace)))))
                .ok();
    }

    TestPod pod(String name) {
        return pod(name, ACCOUNT);
    }

    TestPod pod(String name, String account) {
        return node.create(LedgerJson.write(Map.of(
                "metadata",
                Map.of("name", name, "labels", Map.of(LedgerNames.POOL_LABEL, "duel")),
                "spec",
                Map.of(
                        "serviceAccountName",
                        account,
                        "containers",
                        List.of(Map.of("name", "game", "image", "none"))))));
    }

    /** A platform for the pod, with its own bound token. */
    KubernetesPlatformBuilder platform(TestPod pod, int capacity) {
        String token = node.token(pod);
        return KubernetesPlatform.builder()
                .apiServer(plane().url())
                .ca(plane().caPem())
                .token(() -> token)
                .namespace(namespace)
                .podName(pod.name())
                .podUid(pod.uid())
                .pool("duel")
                .capacity(capacity)
                .bootTimeout(Duration.ofSeconds(20));
    }

    KubernetesPlatform build(KubernetesPlatformBuilder builder) {
        KubernetesPlatform platform = builder.build();
        closing.push(platform);
        return platform;
    }

    /** Takes the pod over, and says ready. */
    static Boot open(KubernetesPlatform platform, PlatformListener listener) {
        Boot boot = platform.boot(listener);
        platform.ready(true);
        return boot;
    }

    LeaseOnServer lease(TestPod pod) {
        return new LeaseOnServer(plane().api(), namespace, pod.name());
    }
}
