package kit.orchestration.controlplane;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The environment variables of a pod's first container, as the kubelet makes them. */
final class PodEnvironment {

    /** {@code metadata.labels['a/b']}. */
    private static final Pattern ENTRY = Pattern.compile("metadata\\.(labels|annotations)\\['(.+)'\\]");
    /** {@code $(NAME)}: an earlier variable. */
    private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z_][A-Za-z0-9_]*)\\)");

    private PodEnvironment() {}

    static Map<String, String> of(Map<String, Object> pod, URI apiServer) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("KUBERNETES_SERVICE_HOST", apiServer.getHost());
        environment.put("KUBERNETES_SERVICE_PORT", String.valueOf(apiServer.getPort()));
        Map<String, Object> container =
                Json.list(Json.object(pod, "spec"), "containers").get(0);
        for (Map<String, Object> variable : Json.list(container, "env")) {
            environment.put(Json.string(variable, "name"), value(variable, pod, environment));
        }
        return environment;
    }

    private static String value(
            Map<String, Object> variable, Map<String, Object> pod, Map<String, String> environment) {
        if (!variable.containsKey("valueFrom")) {
            String value = Json.text(variable, "value");
            return value == null ? "" : expanded(value, environment);
        }
        String path = Json.text(variable, "valueFrom", "fieldRef", "fieldPath");
        if (path == null) {
            throw new IllegalArgumentException(
                    "a test node fills in fieldRef alone, not " + Json.print(Json.object(variable, "valueFrom")));
        }
        String value = field(pod, path);
        return value == null ? "" : value;
    }

    private static @Nullable String field(Map<String, Object> pod, String path) {
        Matcher entry = ENTRY.matcher(path);
        if (entry.matches()) {
            return Json.text(pod, "metadata", entry.group(1), entry.group(2));
        }
        return Json.text(pod, path.split("\\.", -1));
    }

    private static String expanded(String value, Map<String, String> environment) {
        return REFERENCE
                .matcher(value)
                .replaceAll(reference ->
                        Matcher.quoteReplacement(environment.getOrDefault(reference.group(1), reference.group())));
    }
}
