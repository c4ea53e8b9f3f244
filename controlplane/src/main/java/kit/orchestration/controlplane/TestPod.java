package kit.orchestration.controlplane;

/**
 * A pod that a {@link TestNode} made.
 *
 * @param namespace its namespace
 * @param name its name, which a StatefulSet gives again to its successor
 * @param uid its UID, which no other pod ever has
 * @param serviceAccount its {@code spec.serviceAccountName}; {@code default} if its template named none
 */
public record TestPod(String namespace, String name, String uid, String serviceAccount) {

    /** Its path in the API. */
    public String path() {
        return "/api/v1/namespaces/" + namespace + "/pods/" + name;
    }
}
