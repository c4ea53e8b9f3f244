package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.backend.process.PodProcess;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/** A pod of the arena: the object on the API server, and the process here. */
final class HostedPod implements ArenaPod {

    private static final String ACCOUNT = "orchestration-pod";
    private static final String HOST = "127.0.0.1";
    private static final Duration READY = Duration.ofSeconds(30);

    private final Kubelet kubelet;
    private final PodPlan plan;
    private final int port;
    private final Pod pod;
    private final ServiceAccountFiles files;
    private final PodProcess process;
    private volatile @Nullable ReadinessProbe probe;

    /**
     * Makes the object, and starts the process.
     *
     * @param pool the pool it is in
     * @param port a free one of loopback
     * @param node where the API server is; of its environment, what is the same for every pod
     */
    HostedPod(
            Kubelet kubelet,
            PodPlan plan,
            String pool,
            int port,
            @Nullable String ca,
            Map<String, String> node,
            Consumer<Event> events)
            throws IOException {
        this.kubelet = kubelet;
        this.plan = plan;
        this.port = port;
        Map<String, String> labels = new HashMap<>(plan.labels());
        labels.put(LedgerNames.POOL_LABEL, pool);
        Map<String, String> annotations = Map.of(
                LedgerNames.CAPACITY_ANNOTATION, Integer.toString(plan.slots()),
                LedgerNames.PORT_ANNOTATION, Integer.toString(port));
        pod = kubelet.create(plan.name(), ACCOUNT, labels, annotations);
        kubelet.running(pod);
        files = ServiceAccountFiles.write(kubelet.token(pod), ca);
        process = PodProcess.start(plan.name(), PodMain.class, environment(pool, node), events);
    }

    /** What a container's manifest and the Downward API give it. */
    private Map<String, String> environment(String pool, Map<String, String> node) {
        Map<String, String> environment = new HashMap<>(node);
        environment.put("POD_NAME", pod.getMetadata().getName());
        environment.put("POD_UID", pod.getMetadata().getUid());
        environment.put("POD_NAMESPACE", pod.getMetadata().getNamespace());
        environment.put("ORCHESTRATION_POOL", pool);
        environment.put("ORCHESTRATION_CAPACITY", Integer.toString(plan.slots()));
        environment.put(
                "ORCHESTRATION_TERMINATION_GRACE_SECONDS",
                Long.toString(pod.getSpec().getTerminationGracePeriodSeconds()));
        environment.put(PodHost.REGION, plan.region());
        environment.put(PodVariables.PORT, Integer.toString(port));
        environment.put(PodVariables.SERVICE_ACCOUNT, files.folder().toString());
        return environment;
    }

    @Override
    public PodAddress address() {
        return new PodAddress(HOST, port);
    }

    /** It is reported then, too. */
    @Override
    public void awaitReady() throws IOException, InterruptedException {
        ReadinessProbe asking =
                new ReadinessProbe(Integer.parseInt(process.awaitUp()), ready -> kubelet.ready(pod, ready));
        probe = asking;
        if (!asking.awaitReady(READY)) {
            throw new IOException("pod %s was not ready within %s".formatted(plan.name(), READY));
        }
    }

    /**
     * As a roll-out does: the object is marked, the process gets SIGTERM, and is gone when its last session has ended.
     */
    @Override
    public void retire() throws IOException, InterruptedException {
        Duration grace = Duration.ofSeconds(pod.getSpec().getTerminationGracePeriodSeconds());
        kubelet.delete(pod, grace);
        end(grace);
        kubelet.ended(pod);
    }

    /** SIGTERM; does not wait. */
    @Override
    public void tellToEnd() {
        process.tellToEnd();
    }

    /** Ends the process; the object stays. */
    @Override
    public void end(Duration grace) throws IOException, InterruptedException {
        process.terminate(grace);
        ReadinessProbe asking = probe;
        if (asking != null) {
            asking.close();
        }
        files.delete();
    }

    /** What a failed call to the API server says to people. */
    static IOException told(KubernetesClientException e) {
        String advice = e.getCode() == 404
                ? "; the service accounts are made by: kubectl apply -k orchestration-k8s/deploy"
                : e.getCode() == 403 ? "; --help tells the rights that are needed" : "";
        return new IOException(e.getMessage() + advice, e);
    }
}
