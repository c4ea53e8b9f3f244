package kit.orchestration.k8s.contract;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.testkit.HeldSlot;
import org.jspecify.annotations.Nullable;

/**
 * A namespace of a control plane with this project's own manifests in it, and what its administrator does and sees
 * there.
 */
final class Cluster {

    static final String ALLOCATOR = "orchestration-allocator";
    static final int PORT = 7_777;
    private static final Duration TOKEN = Duration.ofHours(6);

    private final ControlPlane plane;
    private final String namespace;
    private final TestNode node;
    private final String allocatorToken;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Workload, Map<String, Object>> examples = new LinkedHashMap<>();
    private final TestPod beacon;
    private final @Nullable AgonesStandin agones;

    /** Makes the namespace; blocks for some seconds. */
    Cluster(ControlPlane plane) {
        this(plane, null);
    }

    /** As that; its pods are hosted by Agones, unless that is null. */
    Cluster(ControlPlane plane, @Nullable AgonesStandin agones) {
        this.plane = plane;
        this.agones = agones;
        Path deploy = Path.of(
                Objects.requireNonNull(
                        System.getProperty("orchestration.root"), "set by the build: orchestration.root"),
                "orchestration-k8s/deploy");
        namespace = plane.newNamespace("contract");
        plane.apply(deploy, namespace);
        plane.apply(deploy.resolve("examples"), namespace);
        for (Workload workload : Workload.values()) {
            examples.put(workload, get(workload.path(namespace) + "/" + workload.example()));
        }
        node = new TestNode(plane, namespace, "node-1");
        allocatorToken = plane.token(namespace, ALLOCATOR, TOKEN);
        beacon = beacon();
    }

    ControlPlane plane() {
        return plane;
    }

    String namespace() {
        return namespace;
    }

    /** What hosts the pods, beside the kubelet; null if nothing does. */
    @Nullable
    AgonesStandin agones() {
        return agones;
    }

    /** Plays the kubelet, and makes pods. */
    TestNode node() {
        return node;
    }

    String allocatorToken() {
        return allocatorToken;
    }

    /** A number that nobody else in this namespace has. */
    int number() {
        return numbers.incrementAndGet();
    }

    /** A client with the rights of the allocator's service account; {@code url} is the API server's, or a relay's. */
    KubernetesClient client(String url) {
        return client(url, plane.caPem(), namespace, allocatorToken);
    }

    static KubernetesClient client(String url, String caPem, String namespace, String token) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(url)
                .withCaCertData(caPem)
                .withNamespace(namespace)
                .withOauthToken(token)
                .withHttp2Disable(url.startsWith("http:"))
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** Makes a workload after the example in {@code deploy}, for pods of this pool. Returns its name. */
    String workload(Workload kind, String pool, int capacity, Map<String, String> labels, Map<String, String> more) {
        String name = kind.example() + "-" + number();
        Map<String, Object> spec = copy(examples.get(kind), "spec");
        Map<String, Object> template = copy(spec, "template");
        Map<String, Object> metadata = copy(template, "metadata");
        Map<String, Object> allLabels = copy(metadata, "labels");
        allLabels.putAll(labels);
        allLabels.put(LedgerNames.POOL_LABEL, pool);
        Map<String, Object> annotations = copy(metadata, "annotations");
        annotations.putAll(more);
        annotations.put(LedgerNames.CAPACITY_ANNOTATION, String.valueOf(capacity));
        metadata.put("labels", allLabels);
        metadata.put("annotations", annotations);
        template.put("metadata", metadata);
        spec.put("template", template);
        post(kind.path(namespace), Map.of("metadata", Map.of("name", name), "spec", spec));
        return name;
    }

    /** What the Leases of the pool's pods say is held; a Lease whose pod is gone says nothing. */
    List<HeldSlot> held(String pool) {
        String query = "?labelSelector=" + LedgerNames.POOL_LABEL.replace("/", "%2F") + "%3D" + pool;
        List<HeldSlot> all = new ArrayList<>();
        Map<String, List<HeldSlot>> byOwner = new LinkedHashMap<>();
        for (Map<String, Object> lease : items(leases() + query)) {
            Map<String, Object> metadata = object(lease, "metadata");
            List<Map<String, Object>> owners = objects(metadata, "ownerReferences");
            if (owners.isEmpty()) {
                continue;
            }
            Map<String, Object> owner = owners.get(0);
            List<HeldSlot> held = held(String.valueOf(owner.get("name")), object(metadata, "annotations"));
            if (!held.isEmpty()) {
                byOwner.put(String.valueOf(owner.get("uid")), held);
            }
        }
        if (!byOwner.isEmpty()) {
            for (Map<String, Object> pod : items(pods() + query)) {
                all.addAll(byOwner.getOrDefault(
                        String.valueOf(object(pod, "metadata").get("uid")), List.of()));
            }
        }
        return all;
    }

    private static List<HeldSlot> held(String pod, Map<String, Object> annotations) {
        List<HeldSlot> held = new ArrayList<>();
        annotations.forEach((name, text) -> {
            int slot = LedgerNames.slotOf(name);
            if (slot >= 0 && LedgerSlot.parse(String.valueOf(text)) instanceof Held claim) {
                held.add(new HeldSlot(pod, slot, claim.sessionId()));
            }
        });
        return held;
    }

    /** Whether there is a Lease for a pod of this name. */
    boolean hasLease(String pod) {
        return plane.api().get(leases() + "/" + LedgerNames.lease(pod)).status() == 200;
    }

    /** Takes a pool's pods and Leases away at once. */
    void clear(String pool) {
        String query = "?labelSelector=" + LedgerNames.POOL_LABEL.replace("/", "%2F") + "%3D" + pool;
        String options = LedgerJson.write(Map.of("kind", "DeleteOptions", "apiVersion", "v1", "gracePeriodSeconds", 0));
        plane.api().delete(pods() + query, options).ok();
        plane.api().delete(leases() + query, options).ok();
    }

    /**
     * Writes a pod and a Lease that every allocator watches, and that mean nothing.
     *
     * @return their versions: the pod's, the Lease's
     */
    long[] beat() {
        String patch =
                LedgerJson.write(Map.of("metadata", Map.of("annotations", Map.of("beat", String.valueOf(number())))));
        return new long[] {
            version(plane.api().mergePatch(beacon.path(), patch).ok().json()),
            version(plane.api()
                    .mergePatch(leases() + "/" + LedgerNames.lease(beacon.name()), patch)
                    .ok()
                    .json())
        };
    }

    /**
     * Takes one right from the allocator's role, or gives all back that the manifest gives; waits until that is in
     * force.
     */
    void withoutRight(String group, String resource, String verb) {
        String role = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/roles/" + ALLOCATOR;
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Map<String, Object> rule : objects(get(role), "rules")) {
            Map<String, Object> left = new LinkedHashMap<>(rule);
            if (rule.get("apiGroups").equals(List.of(group))
                    && rule.get("resources").equals(List.of(resource))) {
                List<Object> verbs = new ArrayList<>((List<?>) rule.get("verbs"));
                verbs.remove(verb);
                left.put("verbs", verbs);
            }
            rules.add(left);
        }
        plane.api().mergePatch(role, LedgerJson.write(Map.of("rules", rules))).ok();
        String review = LedgerJson.write(Map.of(
                "spec",
                Map.of(
                        "resourceAttributes",
                        Map.of("namespace", namespace, "group", group, "resource", resource, "verb", verb))));
        await().until(() -> plane.api(allocatorToken)
                .post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
                .ok()
                .body()
                .contains("\"allowed\":false"));
    }

    private TestPod beacon() {
        Map<String, String> labels = Map.of(LedgerNames.POOL_LABEL, "beacon");
        TestPod pod = node.create(LedgerJson.write(Map.of(
                "metadata",
                Map.of(
                        "name",
                        "beacon",
                        "labels",
                        labels,
                        "annotations",
                        Map.of(LedgerNames.CAPACITY_ANNOTATION, "1", LedgerNames.PORT_ANNOTATION, "1")),
                "spec",
                Map.of("containers", List.of(Map.of("name", "none", "image", "none"))))));
        Map<String, String> owner = Map.of("apiVersion", "v1", "kind", "Pod", "name", pod.name(), "uid", pod.uid());
        post(
                leases(),
                Map.of(
                        "metadata",
                        Map.of(
                                "name",
                                LedgerNames.lease(pod.name()),
                                "labels",
                                labels,
                                "ownerReferences",
                                List.of(owner),
                                "annotations",
                                Map.of(LedgerNames.STATE, "closed", LedgerNames.slot(0), "0"))));
        return pod;
    }

    /** Where its Leases are in the API. */
    String leases() {
        return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
    }

    private String pods() {
        return "/api/v1/namespaces/" + namespace + "/pods";
    }

    private Map<String, Object> get(String path) {
        return plane.api().get(path).ok().json();
    }

    private void post(String path, Map<String, Object> object) {
        plane.api().post(path, LedgerJson.write(object)).ok();
    }

    private List<Map<String, Object>> items(String path) {
        return objects(get(path), "items");
    }

    private static long version(Map<String, Object> object) {
        return Long.parseLong(String.valueOf(object(object, "metadata").get("resourceVersion")));
    }

    private static Map<String, Object> copy(Map<String, Object> from, String name) {
        return new LinkedHashMap<>(object(from, name));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> from, String name) {
        return (Map<String, Object>) from.getOrDefault(name, Map.of());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> objects(Map<String, Object> from, String name) {
        return (List<Map<String, Object>>) from.getOrDefault(name, List.of());
    }
}
