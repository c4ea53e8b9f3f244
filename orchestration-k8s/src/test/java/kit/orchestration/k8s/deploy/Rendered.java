package kit.orchestration.k8s.deploy;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Manifests, as Kustomize and Helm write them. */
final class Rendered {

    private static final Pattern BETWEEN = Pattern.compile("(?m)^---$");

    private Rendered() {}

    /** Each object by its kind, namespace and name. */
    static Map<String, Map<String, Object>> objects(String yaml) {
        KubernetesSerialization serialization = new KubernetesSerialization();
        Map<String, Map<String, Object>> objects = new TreeMap<>();
        for (String text : BETWEEN.split(yaml, -1)) {
            if (text.lines().allMatch(line -> line.isBlank() || line.startsWith("#"))) {
                continue;
            }
            Map<String, Object> object = object(serialization.unmarshal(text, Map.class));
            Map<String, Object> metadata = object(object.get("metadata"));
            String name =
                    object.get("kind") + " " + metadata.getOrDefault("namespace", "") + "/" + metadata.get("name");
            if (objects.put(name, object(plain(object))) != null) {
                throw new IllegalArgumentException(name + " is there twice");
            }
        }
        return objects;
    }

    /** Kustomize adds empty lines to folded texts; to the policies' language they are as good as none. */
    private static Object plain(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .collect(Collectors.toMap(entry -> entry.getKey(), entry -> plain(entry.getValue())));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Rendered::plain).toList();
        }
        return value instanceof String text ? text.replaceAll("\\n+", "\n") : value;
    }

    /** What stands there, by the names of fields. */
    static Object at(Map<String, Object> object, String... path) {
        Object value = object;
        for (String field : path) {
            value = object(value).get(field);
        }
        return value;
    }

    /** The first container of the workload's pods. */
    static Map<String, Object> container(Map<String, Object> workload) {
        return list(at(workload, "spec", "template", "spec", "containers")).get(0);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Object value) {
        return (List<Map<String, Object>>) value;
    }
}
