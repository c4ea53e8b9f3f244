package kit.orchestration.examples.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerNames;

/**
 * The game servers of a pool, as the manifests in {@code orchestration-k8s/deploy/examples} have them, with the arena's
 * image and with another name and size.
 *
 * @param pool its name, and that of its object
 * @param replicas how many pods
 * @param capacity sessions of each
 * @param grace from SIGTERM to SIGKILL
 */
record Workload(Kind kind, String pool, int replicas, int capacity, Duration grace) {

    /** What keeps the pods. */
    enum Kind {
        DEPLOYMENT("deployment"),
        STATEFUL_SET("statefulset");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** As kubectl has it. */
        String word() {
            return word;
        }
    }

    private static final Path SHIPPED =
            Path.of(System.getProperty("orchestration.root"), "orchestration-k8s", "deploy", "examples");

    /** For kubectl. */
    String reference() {
        return kind.word + "/" + pool;
    }

    /** The object. */
    HasMetadata manifest() throws IOException {
        String shipped = Files.readString(SHIPPED.resolve(kind.word + ".yaml"));
        HasMetadata made = new KubernetesSerialization().unmarshal(shipped);
        PodTemplateSpec template;
        if (made instanceof Deployment deployment) {
            deployment.getSpec().setReplicas(replicas);
            deployment.getSpec().getSelector().setMatchLabels(Map.of("app", pool));
            template = deployment.getSpec().getTemplate();
        } else {
            StatefulSet set = (StatefulSet) made;
            set.getSpec().setReplicas(replicas);
            set.getSpec().getSelector().setMatchLabels(Map.of("app", pool));
            template = set.getSpec().getTemplate();
        }
        made.getMetadata().setName(pool);
        made.getMetadata().setNamespace(Node.NAMESPACE);
        adapt(template);
        return made;
    }

    private void adapt(PodTemplateSpec template) {
        template.getMetadata().setLabels(Map.of("app", pool, LedgerNames.POOL_LABEL, pool));
        template.getMetadata().getAnnotations().put(LedgerNames.CAPACITY_ANNOTATION, Integer.toString(capacity));
        template.getSpec().setTerminationGracePeriodSeconds(grace.toSeconds());
        Container server = template.getSpec().getContainers().get(0);
        server.setImage(Node.POD_IMAGE);
        server.setImagePullPolicy("IfNotPresent"); // it is in the node, and in no registry
        server.getSecurityContext().setReadOnlyRootFilesystem(true);
        List<EnvVar> environment = new ArrayList<>(server.getEnv());
        environment.removeIf(variable -> variable.getName().equals("ORCHESTRATION_TERMINATION_GRACE_SECONDS"));
        environment.add(variable("ORCHESTRATION_TERMINATION_GRACE_SECONDS", Long.toString(grace.toSeconds())));
        environment.add(variable("ARENA_PORT", "7777"));
        environment.add(variable("ARENA_REGION", "here"));
        environment.add(variable("ARENA_POD", "$(POD_NAME)"));
        server.setEnv(environment);
    }

    private static EnvVar variable(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }
}
