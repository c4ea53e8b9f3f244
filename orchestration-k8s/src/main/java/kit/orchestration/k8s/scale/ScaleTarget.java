package kit.orchestration.k8s.scale;

import java.util.Objects;
import java.util.regex.Pattern;
import kit.orchestration.Limits;

/**
 * What has the number of pods: anything with a scale subresource.
 *
 * @param apiVersion its group and version, as in a manifest: {@code apps/v1}
 * @param resource its kind in the plural and in lower case, as a role names it: {@code deployments}
 * @param name its name
 * @param isOrdered whether it takes away the pods with the highest numbers first, as a StatefulSet does
 */
public record ScaleTarget(String apiVersion, String resource, String name, boolean isOrdered) {

    /** As in a path; more than Kubernetes allows, and nothing that means something there. */
    private static final Pattern PART = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    private static final Pattern API_VERSION = Pattern.compile("([a-z0-9.-]{1,253}/)?v[a-z0-9]{1,62}");

    /** Checks the parts. */
    public ScaleTarget {
        Objects.requireNonNull(apiVersion, "apiVersion must not be null");
        if (!API_VERSION.matcher(apiVersion).matches()) {
            throw new IllegalArgumentException(
                    "apiVersion must be as in a manifest, such as apps/v1, was " + Limits.quote(apiVersion));
        }
        check("resource", resource, "the plural that a role names, such as deployments");
        check("name", name, "a name that Kubernetes takes");
    }

    private static void check(String field, String value, String what) {
        Objects.requireNonNull(value, field + " must not be null");
        if (!PART.matcher(value).matches()) {
            throw new IllegalArgumentException(field + " must be " + what + ", was " + Limits.quote(value));
        }
    }

    /** A Deployment of that name. */
    public static ScaleTarget deployment(String name) {
        return new ScaleTarget("apps/v1", "deployments", name, false);
    }

    /** A StatefulSet of that name. */
    public static ScaleTarget statefulSet(String name) {
        return new ScaleTarget("apps/v1", "statefulsets", name, true);
    }

    /** Where its number of pods is in the API. */
    String path(String namespace) {
        String root = apiVersion.contains("/") ? "/apis/" : "/api/";
        return root + apiVersion + "/namespaces/" + namespace + "/" + resource + "/" + name + "/scale";
    }

    @Override
    public String toString() {
        return resource + "/" + name;
    }
}
