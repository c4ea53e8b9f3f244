package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestFluent;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/**
 * Does for the arena's Pod objects what controllers and a node's kubelet would: makes them, reports how they are, gives
 * them their tokens, deletes them. Their node is a name that no node has, so that no kubelet looks for their image.
 * Safe for any number of threads; every call blocks, and fails with {@link KubernetesClientException}.
 */
final class Kubelet {

    private static final Duration TOKEN_VALIDITY = Duration.ofHours(3);

    private final KubernetesClient client;
    private final String namespace;
    private final String run;

    /** What is to be cleaned up. Guarded by itself, with {@link #over}. */
    private final Deque<Pod> made = new ArrayDeque<>();

    private boolean over;

    /**
     * For one run.
     *
     * @param run told apart from other runs by this, in the names of its pods
     */
    Kubelet(KubernetesClient client, String namespace, String run) {
        this.client = client;
        this.namespace = namespace;
        this.run = run;
    }

    /**
     * Makes a pod.
     *
     * @param name the last part of its name
     * @param account its service account
     */
    Pod create(String name, String account, Map<String, String> labels, Map<String, String> annotations) {
        InputStream manifest = Objects.requireNonNull(Kubelet.class.getResourceAsStream("pod.yaml"));
        Pod pod = new PodBuilder(client.pods().load(manifest).item())
                .editMetadata()
                .withName("arena-%s-%s".formatted(run, name))
                .withNamespace(namespace)
                .addToLabels(labels)
                .addToAnnotations(annotations)
                .endMetadata()
                .editSpec()
                .withServiceAccountName(account)
                .withNodeName("arena-" + run)
                .endSpec()
                .build();
        synchronized (made) {
            if (over) {
                throw new IllegalStateException("the run is over");
            }
            Pod created = client.resource(pod).create();
            made.push(created);
            return created;
        }
    }

    /** Reports that it runs, at loopback, and is not ready yet. */
    void running(Pod pod) {
        patchStatus(pod, """
                {"status": {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}], "conditions": [
                  {"type": "PodScheduled", "status": "True"}, {"type": "Initialized", "status": "True"},
                  {"type": "ContainersReady", "status": "False"}, {"type": "Ready", "status": "False"}]}}""");
    }

    /** Reports whether it is ready. */
    void ready(Pod pod, boolean ready) {
        String status = ready ? "True" : "False";
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        patchStatus(pod, """
                {"status": {"conditions": [
                  {"type": "ContainersReady", "status": "%1$s", "lastTransitionTime": "%2$s"},
                  {"type": "Ready", "status": "%1$s", "lastTransitionTime": "%2$s"}]}}""".formatted(status, now));
    }

    /** The token that is in its file: bound to it, so worth nothing when it is gone. */
    String token(Pod pod) {
        return token(pod.getSpec().getServiceAccountName(), pod);
    }

    /** One that is bound to nothing. */
    String token(String account) {
        return token(account, null);
    }

    private String token(String account, @Nullable Pod pod) {
        TokenRequestFluent<TokenRequestBuilder>.SpecNested<TokenRequestBuilder> spec =
                new TokenRequestBuilder().withNewSpec().withExpirationSeconds(TOKEN_VALIDITY.toSeconds());
        TokenRequest request = (pod == null
                        ? spec
                        : spec.withNewBoundObjectRef()
                                .withApiVersion("v1")
                                .withKind("Pod")
                                .withName(pod.getMetadata().getName())
                                .withUid(pod.getMetadata().getUid())
                                .endBoundObjectRef())
                .endSpec()
                .build();
        return client.serviceAccounts()
                .inNamespace(namespace)
                .withName(account)
                .tokenRequest(request)
                .getStatus()
                .getToken();
    }

    /** Asks for its deletion, as a roll-out does. It stays, marked, until it has {@link #ended}. */
    void delete(Pod pod, Duration grace) {
        resource(pod).withGracePeriod(grace.toSeconds()).delete();
    }

    /** Reports that the processes of a pod have ended, which was to be deleted: it is gone now. */
    void ended(Pod pod) {
        resource(pod).withGracePeriod(0).delete();
    }

    /** Deletes all that is left: pods, and the Leases that they have made and no garbage collector may be there for. */
    void clean() {
        synchronized (made) {
            over = true;
            for (; !made.isEmpty(); made.pop()) {
                Pod pod = made.peek();
                ended(pod);
                client.leases()
                        .inNamespace(namespace)
                        .withName(LedgerNames.lease(pod.getMetadata().getName()))
                        .delete();
            }
        }
    }

    private void patchStatus(Pod pod, String patch) {
        resource(pod).subresource("status").patch(PatchContext.of(PatchType.STRATEGIC_MERGE), patch);
    }

    private PodResource resource(Pod pod) {
        return client.pods().inNamespace(namespace).withName(pod.getMetadata().getName());
    }
}
