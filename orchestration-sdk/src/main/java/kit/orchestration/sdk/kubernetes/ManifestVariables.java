package kit.orchestration.sdk.kubernetes;

import java.util.List;
import java.util.stream.Collectors;
import kit.orchestration.ledger.LedgerNames;

/**
 * The environment variables that a pod's container is read from, and the lines of the manifest that give them:
 * Kubernetes' Downward API, which needs no call and no right.
 */
enum ManifestVariables {
    /** The pod's name. */
    POD_NAME("podName", "metadata.name"),
    /** The pod's uid, which another pod of the same name does not have. */
    POD_UID("podUid", "metadata.uid"),
    /** The pod's pool, from its label. */
    ORCHESTRATION_POOL("pool", "metadata.labels['%s']".formatted(LedgerNames.POOL_LABEL)),
    /** How many sessions the pod hosts, from its annotation, which allocators read too. */
    ORCHESTRATION_CAPACITY("capacity", "metadata.annotations['%s']".formatted(LedgerNames.CAPACITY_ANNOTATION));

    /** The pod's namespace; the service account's file has it too. */
    static final String NAMESPACE = "POD_NAMESPACE";

    static final String HOST = "KUBERNETES_SERVICE_HOST";
    static final String PORT = "KUBERNETES_SERVICE_PORT";

    private final String setting;
    private final String fieldPath;

    ManifestVariables(String setting, String fieldPath) {
        this.setting = setting;
        this.fieldPath = fieldPath;
    }

    /** The variable, and what of the pod it is mostly taken from. */
    String source() {
        return this + " (" + fieldPath + ")";
    }

    /** What to do about variables that are missing. */
    static String advice(List<ManifestVariables> missing) {
        return missing.stream()
                .map(each -> "    - name: %s%n      valueFrom: {fieldRef: {fieldPath: \"%s\"}}"
                        .formatted(each, each.fieldPath))
                .collect(Collectors.joining(
                        "%n".formatted(),
                        "the environment of the pod's container lacks %s. Add to its manifest:%n  env:%n"
                                .formatted(missing),
                        "%nor set %s in KubernetesPlatform.builder()"
                                .formatted(missing.stream()
                                        .map(each -> each.setting)
                                        .toList())));
    }
}
