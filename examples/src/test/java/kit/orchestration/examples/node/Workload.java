package kit.orchestration.examples.node;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import kit.orchestration.examples.node.game.PatientGame;
import kit.orchestration.ledger.LedgerNames;

/**
 * The game servers of a pool, as the manifests in {@code orchestration-k8s/deploy/examples} have them, with another
 * name and size, and with a {@link PatientGame} on the library in the arena's image.
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

    /** The name of {@link #game}. */
    static final String GAME_MAP = "patient-game";
    /** Where it is to be mounted. */
    static final String GAME = "/game";
    /** What runs it there. */
    static final List<String> COMMAND = List.of(
            "/opt/java/bin/java",
            "-XX:-UsePerfData",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-Xss256k",
            "-XX:MaxDirectMemorySize=1g",
            "-cp",
            GAME + "/game.jar:/app/classes:/app/libs/*",
            PatientGame.class.getName());

    private static final Path SHIPPED =
            Path.of(System.getProperty("orchestration.root"), "orchestration-k8s", "deploy", "examples");

    /** For kubectl. */
    String reference() {
        return kind.word + "/" + pool;
    }

    /** The object. */
    HasMetadata manifest() throws IOException {
        return manifest(Node.POD_IMAGE);
    }

    /** With that image's library. */
    HasMetadata manifest(String image) throws IOException {
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
        adapt(template, image);
        return made;
    }

    private void adapt(PodTemplateSpec template, String image) {
        template.getMetadata().setLabels(Map.of("app", pool, LedgerNames.POOL_LABEL, pool));
        template.getMetadata().getAnnotations().put(LedgerNames.CAPACITY_ANNOTATION, Integer.toString(capacity));
        template.getSpec().setTerminationGracePeriodSeconds(grace.toSeconds());
        Container server = template.getSpec().getContainers().get(0);
        server.setImage(image);
        server.setImagePullPolicy("IfNotPresent"); // it is in the node, and in no registry
        server.getSecurityContext().setReadOnlyRootFilesystem(true);
        server.setCommand(COMMAND);
        server.setVolumeMounts(List.of(new VolumeMountBuilder()
                .withName(GAME_MAP)
                .withMountPath(GAME)
                .withReadOnly(true)
                .build()));
        template.getSpec()
                .setVolumes(List.of(new VolumeBuilder()
                        .withName(GAME_MAP)
                        .withNewConfigMap()
                        .withName(GAME_MAP)
                        .endConfigMap()
                        .build()));
        for (EnvVar variable : server.getEnv()) {
            if (variable.getName().equals("ORCHESTRATION_TERMINATION_GRACE_SECONDS")) {
                variable.setValue(Long.toString(grace.toSeconds()));
            }
        }
    }

    /** What they run, as a file to mount: the image has the library, and this the game. */
    static ConfigMap game(String namespace) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String file = PatientGame.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream jar = new JarOutputStream(bytes);
                InputStream compiled = PatientGame.class.getClassLoader().getResourceAsStream(file)) {
            jar.putNextEntry(new JarEntry(file));
            compiled.transferTo(jar);
        }
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(GAME_MAP)
                .endMetadata()
                .addToBinaryData("game.jar", Base64.getEncoder().encodeToString(bytes.toByteArray()))
                .build();
    }
}
