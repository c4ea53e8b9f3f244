package kit.orchestration.k8s.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.sdk.LeaseOnServer;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;
import org.awaitility.Awaitility;

/**
 * A namespace to which the very manifests were applied that a user applies, with a node for the pods of its workloads.
 *
 * @param plane the control plane
 * @param namespace the namespace of the pools
 * @param matchmakers that of the allocator's account
 * @param node makes pods
 */
record Deployed(ControlPlane plane, String namespace, String matchmakers, TestNode node) {

    static final Path DEPLOY = Path.of("deploy");
    static final Path EXAMPLES = DEPLOY.resolve("examples");
    static final Path PRODUCTION = DEPLOY.resolve("production");

    static final String ALLOCATOR = "orchestration-allocator";
    static final String POD = "orchestration-pod";
    /** The Deployment's name, and its pool's. */
    static final String DEPLOYMENT = "duel";
    /** The StatefulSet's name, and its pool's. */
    static final String STATEFUL_SET = "arena";

    private static final Duration HOUR = Duration.ofHours(1);

    /** Applies them, and waits until roles and policy are in force: the API server learns of them by watches. */
    static Deployed to(ControlPlane plane) {
        String namespace = plane.newNamespace("deploy");
        plane.apply(DEPLOY, namespace);
        plane.apply(EXAMPLES, namespace);
        return inForce(plane, namespace, namespace);
    }

    /** What was applied, once it is in force. */
    static Deployed inForce(ControlPlane plane, String namespace, String matchmakers) {
        Deployed deployed = new Deployed(plane, namespace, matchmakers, new TestNode(plane, namespace, "node-1"));
        Api unbound = plane.api(plane.token(namespace, POD, HOUR));
        String lease = LedgerJson.write(Map.of("metadata", Map.of("name", "probe")));
        Awaitility.await()
                .untilAsserted(() -> assertThat(unbound.post(deployed.leases() + "?dryRun=All", lease)
                                .body())
                        .contains("ValidatingAdmissionPolicy"));
        Awaitility.await()
                .until(() -> deployed.allocator().get(deployed.leases()).status() == 200);
        return deployed;
    }

    String leases() {
        return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
    }

    String pods() {
        return "/api/v1/namespaces/" + namespace + "/pods";
    }

    /** A pod of the Deployment, running. */
    TestPod pod() {
        TestPod pod = node.createOfDeployment(DEPLOYMENT);
        node.running(pod, "127.0.0.1");
        return pod;
    }

    /** The StatefulSet's pod with that number, running. */
    TestPod pod(int ordinal) {
        TestPod pod = node.createOfStatefulSet(STATEFUL_SET, ordinal);
        node.running(pod, "127.0.0.1");
        return pod;
    }

    /** The SDK's platform of the pod, from the environment that its manifest gives. */
    KubernetesPlatformBuilder sdk(TestPod pod) {
        String token = node.token(pod);
        return KubernetesPlatform.builder()
                .environment(node.environment(pod))
                .ca(plane.caPem())
                .token(() -> token);
    }

    /** With the token that is in the pod's file. */
    Api as(TestPod pod) {
        return plane.api(node.token(pod));
    }

    /** With a token of the pods' account that names no pod. */
    Api asNoPod() {
        return plane.api(plane.token(namespace, POD, HOUR));
    }

    /** What fabric8's default configuration finds in a matchmaker's pod, with the API server at this address. */
    KubernetesClient client(URI apiServer) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl(apiServer.toString())
                        .withCaCertData(
                                Base64.getEncoder().encodeToString(plane.caPem().getBytes(UTF_8)))
                        .withOauthToken(allocatorToken())
                        .withNamespace(namespace)
                        .build())
                .build();
    }

    /** With the allocator's token. */
    Api allocator() {
        return plane.api(allocatorToken());
    }

    String allocatorToken() {
        return plane.token(matchmakers, ALLOCATOR, HOUR);
    }

    /** The pod's Lease, as an allocator sees and writes it. */
    LeaseOnServer lease(TestPod pod) {
        return new LeaseOnServer(allocator(), namespace, pod.name());
    }

    /** The rules of a role, as they stand on the server. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> rules(String role) {
        return (List<Map<String, Object>>)
                plane.api().get(role(role)).ok().json().get("rules");
    }

    /**
     * Gives a role these rules, and waits until they are in force: until the account may, or may not, what is named.
     */
    void rules(String role, List<Map<String, Object>> rules, Right right, boolean granted) {
        plane.api()
                .mergePatch(role(role), LedgerJson.write(Map.of("rules", rules)))
                .ok();
        await(role, right.in(namespace), granted);
    }

    /** The API server learns of roles by watches. */
    private void await(String account, Map<String, Object> attributes, boolean granted) {
        String review = LedgerJson.write(Map.of("spec", Map.of("resourceAttributes", attributes)));
        Api api = plane.api(plane.token(home(account), account, HOUR));
        Awaitility.await()
                .until(() -> api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
                        .ok()
                        .body()
                        .contains("\"allowed\":" + granted));
    }

    /**
     * Gives an account a right more, by a role of its own, and waits until it is in force: for objects of that name, if
     * given.
     */
    void grant(String account, Right right, String... names) {
        String rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace;
        String more = "more-" + right.verb();
        Map<String, Object> rule =
                new LinkedHashMap<>(Right.rules(List.of(right)).get(0));
        rule.put("resourceNames", List.of(names));
        plane.api()
                .post(
                        rbac + "/roles",
                        LedgerJson.write(Map.of("metadata", Map.of("name", more), "rules", List.of(rule))))
                .ok();
        plane.api()
                .post(
                        rbac + "/rolebindings",
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of("name", more),
                                "roleRef",
                                Map.of("apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", more),
                                "subjects",
                                List.of(Map.of(
                                        "kind", "ServiceAccount", "name", account, "namespace", home(account))))))
                .ok();
        Map<String, Object> attributes = right.in(namespace);
        Stream.of(names).forEach(name -> attributes.put("name", name));
        await(account, attributes, true);
    }

    private String home(String account) {
        return account.equals(ALLOCATOR) ? matchmakers : namespace;
    }

    private String role(String role) {
        return "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/roles/" + role;
    }
}
