package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.backend.process.PodLines;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/** A pod that a kubelet runs: the only one of a Deployment, with a port of its node. */
final class ContainerPod implements ArenaPod {

    private static final Duration READY = Duration.ofMinutes(2);

    private final KubernetesClient client;
    private final PodPlan plan;
    private final int hostPort;
    private final Consumer<Event> events;
    private final Deployment deployment;
    private volatile @Nullable Running running;

    /** Its object, when it is ready, and what it says. */
    private record Running(Pod pod, LogWatch log, PodLines lines) {}

    /**
     * Makes the Deployment.
     *
     * @param client the deployer's
     * @param run told apart from other runs by this, in the name of the Deployment
     * @param pool the pool it is in
     * @param image what its container runs: {@link ContainerMain}
     * @param hostPort a port of its node that nobody else has
     * @param plant the fault that is built into it; empty for none
     */
    ContainerPod(
            KubernetesClient client,
            String namespace,
            String run,
            PodPlan plan,
            String pool,
            String image,
            int hostPort,
            String plant,
            Consumer<Event> events) {
        this.client = client;
        this.plan = plan;
        this.hostPort = hostPort;
        this.events = events;
        String name = "arena-%s-%s".formatted(run, plan.name());
        InputStream manifest = Objects.requireNonNull(ContainerPod.class.getResourceAsStream("deployment.yaml"));
        Deployment made = new DeploymentBuilder(
                        client.apps().deployments().load(manifest).item())
                .editMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .editSpec()
                .withNewSelector()
                .addToMatchLabels("app", name)
                .endSelector()
                .editTemplate()
                .editMetadata()
                .addToLabels(plan.labels())
                .addToLabels(Map.of("app", name, LedgerNames.POOL_LABEL, pool))
                .addToAnnotations(LedgerNames.CAPACITY_ANNOTATION, Integer.toString(plan.slots()))
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withImage(image)
                .editMatchingPort(port -> port.getName().equals("game"))
                .withHostPort(hostPort)
                .endPort()
                .addNewEnv()
                .withName("ORCHESTRATION_PORT")
                .withValue(Integer.toString(hostPort))
                .endEnv()
                .addNewEnv()
                .withName(PodHost.NAME)
                .withValue(plan.name())
                .endEnv()
                .addNewEnv()
                .withName(PodHost.REGION)
                .withValue(plan.region())
                .endEnv()
                .addNewEnv()
                .withName(PodHost.PLANT)
                .withValue(plant)
                .endEnv()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        deployment = client.resource(made).create();
    }

    @Override
    public PodAddress address() {
        return new PodAddress(running().pod.getStatus().getHostIP(), hostPort);
    }

    private Running running() {
        return Objects.requireNonNull(running, "it is not ready yet");
    }

    @Override
    public void awaitReady() throws IOException, InterruptedException {
        Pod pod;
        try {
            pod = client.pods()
                    .inNamespace(deployment.getMetadata().getNamespace())
                    .withLabelSelector(deployment.getSpec().getSelector())
                    .waitUntilCondition(ContainerPod::isReady, READY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (KubernetesClientTimeoutException e) {
            throw new IOException(
                    "pod %s was not ready within %s; 'kubectl --namespace %s describe pod -l app=%s' says why"
                            .formatted(
                                    plan.name(),
                                    READY,
                                    deployment.getMetadata().getNamespace(),
                                    deployment.getMetadata().getName()),
                    e);
        }
        LogWatch log = resource(pod).watchLog();
        PodLines lines = new PodLines(plan.name(), log.getOutput(), events);
        running = new Running(pod, log, lines);
        lines.awaitUp(() -> ", as its log says,");
    }

    /** Null if there is none yet. */
    private static boolean isReady(@Nullable Pod pod) {
        return pod != null && Readiness.isPodReady(pod);
    }

    private PodResource resource(Pod pod) {
        return client.pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName());
    }

    @Override
    public void retire() throws InterruptedException {
        tellToEnd();
        Running ends = running();
        Duration grace = Duration.ofSeconds(ends.pod.getSpec().getTerminationGracePeriodSeconds());
        awaitGone(ends, grace.plus(READY));
    }

    private void awaitGone(Running ends, Duration patience) throws InterruptedException {
        try {
            resource(ends.pod)
                    .waitUntilCondition(pod -> isAnother(pod, ends.pod), patience.toMillis(), TimeUnit.MILLISECONDS);
            ends.lines.awaitEnd();
        } finally {
            ends.log.close();
        }
    }

    private static boolean isAnother(@Nullable Pod pod, Pod than) {
        return pod == null
                || !pod.getMetadata().getUid().equals(than.getMetadata().getUid());
    }

    @Override
    public void tellToEnd() {
        client.resource(deployment)
                .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                .delete();
    }

    @Override
    public void end(Duration grace) throws InterruptedException {
        tellToEnd();
        Running ends = running;
        if (ends != null) {
            resource(ends.pod).withGracePeriod(grace.toSeconds()).delete();
            awaitGone(ends, grace.plus(READY));
        }
    }
}
