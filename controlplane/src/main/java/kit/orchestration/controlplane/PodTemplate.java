package kit.orchestration.controlplane;

import java.util.Map;

/** Pods as the controllers of workloads make them from their templates. */
final class PodTemplate {

    private static final String REVISION = "6c9f8d7b5";

    private PodTemplate() {}

    static Map<String, Object> ofDeployment(Map<String, Object> deployment) {
        String set = Json.string(deployment, "metadata", "name") + "-" + REVISION;
        Map<String, Object> pod = pod(deployment, Map.of("pod-template-hash", REVISION));
        return metadata(pod, "generateName", set + "-");
    }

    static Map<String, Object> ofStatefulSet(Map<String, Object> statefulSet, int ordinal) {
        String set = Json.string(statefulSet, "metadata", "name");
        String name = set + "-" + ordinal;
        Map<String, Object> pod = pod(
                statefulSet,
                Map.of(
                        "controller-revision-hash",
                        set + "-" + REVISION,
                        "apps.kubernetes.io/pod-index",
                        String.valueOf(ordinal),
                        "statefulset.kubernetes.io/pod-name",
                        name));
        Map<String, Object> spec = Json.with(Json.object(pod, "spec"), "hostname", name);
        String service = Json.text(statefulSet, "spec", "serviceName");
        if (service != null && !service.isEmpty()) {
            spec.put("subdomain", service);
        }
        return metadata(Json.with(pod, "spec", spec), "name", name);
    }

    private static Map<String, Object> pod(Map<String, Object> workload, Map<String, Object> moreLabels) {
        Map<String, Object> template = Json.object(workload, "spec", "template");
        Map<String, Object> labels = Json.object(template, "metadata", "labels");
        for (Map.Entry<String, Object> label : moreLabels.entrySet()) {
            labels = Json.with(labels, label.getKey(), label.getValue());
        }
        return metadata(template, "labels", labels);
    }

    private static Map<String, Object> metadata(Map<String, Object> pod, String name, Object value) {
        return Json.with(pod, "metadata", Json.with(Json.object(pod, "metadata"), name, value));
    }
}
