package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Does for the pods of a namespace what the controllers of workloads, the scheduler and the kubelet would: makes them
 * from a Deployment's or StatefulSet's own template, as they would be named and labelled, on a node; reports their
 * address and whether they are ready; deletes them, with a grace period or without. Their processes are the test's.
 *
 * <p>All methods block for as long as the API server takes, and can be called from any thread.
 */
public final class TestNode implements AutoCloseable {

    private static final Duration TOKEN_VALIDITY = Duration.ofHours(1);

    private final ControlPlane plane;
    private final String namespace;
    private final String nodeName;
    private final Queue<ReadinessProbe> probes = new ConcurrentLinkedQueue<>();

    /** The node is a name alone: there is no Node object, and no pod needs one. */
    public TestNode(ControlPlane plane, String namespace, String nodeName) {
        this.plane = plane;
        this.namespace = namespace;
        this.nodeName = nodeName;
    }

    /** Makes a pod from a Pod in JSON; its namespace and node are this one's. */
    public TestPod create(String podJson) {
        return create(Json.parse(podJson));
    }

    /** Makes a pod of the Deployment, from its template, with a random name as it would have. */
    public TestPod createOfDeployment(String deployment) {
        return create(PodTemplate.ofDeployment(workload("deployments", deployment)));
    }

    /**
     * Makes the StatefulSet's pod with that number. Its name is that of its predecessor, which must be gone
     * ({@link #finish} or {@link #kill}); its UID is new.
     */
    public TestPod createOfStatefulSet(String statefulSet, int ordinal) {
        return create(PodTemplate.ofStatefulSet(workload("statefulsets", statefulSet), ordinal));
    }

    private Map<String, Object> workload(String resource, String name) {
        return plane.api()
                .get("/apis/apps/v1/namespaces/" + namespace + "/" + resource + "/" + name)
                .ok()
                .json();
    }

    private TestPod create(Map<String, Object> pod) {
        Map<String, Object> spec = Json.with(Json.object(pod, "spec"), "nodeName", nodeName);
        // What the ServiceAccount admission plugin would do; it is off.
        spec.putIfAbsent("serviceAccountName", "default");
        Map<String, Object> made = plane.api()
                .post("/api/v1/namespaces/" + namespace + "/pods", Json.print(Json.with(pod, "spec", spec)))
                .ok()
                .json();
        return new TestPod(
                namespace,
                Json.string(made, "metadata", "name"),
                Json.string(made, "metadata", "uid"),
                Json.string(made, "spec", "serviceAccountName"));
    }

    /** Reports that the pod runs at this address, and isn't ready yet. */
    public void running(TestPod pod, String ip) {
        patch(
                pod,
                Map.of(
                        "phase",
                        "Running",
                        "hostIP",
                        "127.0.0.1",
                        "podIP",
                        ip,
                        "podIPs",
                        List.of(Map.of("ip", ip)),
                        "startTime",
                        now(),
                        "conditions",
                        List.of(
                                condition("PodScheduled", true),
                                condition("Initialized", true),
                                condition("ContainersReady", false),
                                condition("Ready", false))));
    }

    /** Reports whether the pod is ready. */
    public void ready(TestPod pod, boolean ready) {
        patch(pod, readiness(ready));
    }

    /** Reports that the pod has ended: its phase is {@code Failed} or {@code Succeeded}, and it is not ready. */
    public void ended(TestPod pod, String phase) {
        patch(pod, Json.with(readiness(false), "phase", phase));
    }

    /** False if the pod is gone: 404, or 422 if it has a successor. The server's own troubles are told again. */
    private boolean report(TestPod pod, boolean ready) {
        Api.Answer answer = tryPatch(pod, readiness(ready));
        if (answer.status() == 429 || answer.status() >= 500) {
            answer.ok();
        }
        return answer.status() == 200;
    }

    private static Map<String, Object> readiness(boolean ready) {
        return Map.of("conditions", List.of(condition("ContainersReady", ready), condition("Ready", ready)));
    }

    private void patch(TestPod pod, Map<String, Object> status) {
        tryPatch(pod, status).ok();
    }

    /** With the pod's UID in it, so that a successor of the same name is never taken for the pod. */
    private Api.Answer tryPatch(TestPod pod, Map<String, Object> status) {
        return plane.api()
                .strategicPatch(
                        pod.path() + "/status",
                        Json.print(Map.of("metadata", Map.of("uid", pod.uid()), "status", status)));
    }

    /**
     * Asks the address as the kubelet's readiness probe would (ready is a status from 200 to 399 within a second), and
     * reports each change, until the pod is gone or this node is closed. A running pod only: see {@link #running}.
     */
    public void probe(TestPod pod, URI readyz, Duration period) {
        probes.add(ReadinessProbe.start(readyz, period, ready -> report(pod, ready)));
    }

    /** Asks for its deletion. It stays, with a deletion timestamp, until {@link #finish}, however long that takes. */
    public void delete(TestPod pod, Duration grace) {
        delete(pod, grace.toSeconds());
    }

    /** What the kubelet does when a deleted pod's processes have ended: the pod is gone. */
    public void finish(TestPod pod) {
        delete(pod, 0);
    }

    /** The pod is gone at once, as after {@code kubectl delete --force}. */
    public void kill(TestPod pod) {
        delete(pod, 0);
    }

    private void delete(TestPod pod, long graceSeconds) {
        Map<String, Object> options = Map.of(
                "kind",
                "DeleteOptions",
                "apiVersion",
                "v1",
                "gracePeriodSeconds",
                graceSeconds,
                "preconditions",
                Map.of("uid", pod.uid()));
        plane.api().delete(pod.path(), Json.print(options)).ok();
    }

    /** The token that is in the pod's file: bound to it, valid for an hour. */
    public String token(TestPod pod) {
        return plane.token(pod.namespace(), pod.serviceAccount(), pod.name(), pod.uid(), TOKEN_VALIDITY);
    }

    /**
     * What the kubelet mounts at {@code /var/run/secrets/kubernetes.io/serviceaccount}: writes {@code token},
     * {@code ca.crt} and {@code namespace} into the folder. Called again, it rotates the token; a reader sees the old
     * one or the new one.
     */
    public void writeServiceAccount(TestPod pod, Path folder) {
        try {
            Folders.replace(folder.resolve("namespace"), namespace);
            Folders.replace(folder.resolve("ca.crt"), plane.caPem());
            Folders.replace(folder.resolve("token"), token(pod));
        } catch (IOException e) {
            throw new ControlPlaneException("could not write the service account's files into " + folder, e);
        }
    }

    /**
     * The environment that the pod's first container has: what its spec sets, with the Downward API's fields filled in
     * from the pod as it is now (so after {@link #running}, which gives it its address), and where the API server is.
     */
    public Map<String, String> environment(TestPod pod) {
        return PodEnvironment.of(plane.api().get(pod.path()).ok().json(), plane.url());
    }

    /** Stops its probes. The pods stay. */
    @Override
    public void close() {
        probes.forEach(ReadinessProbe::close);
    }

    private static Map<String, Object> condition(String type, boolean status) {
        return Map.of("type", type, "status", status ? "True" : "False", "lastTransitionTime", now());
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
