package kit.orchestration.simulation;

/** What the API server keeps. */
enum Kind {
    PODS("/api/v1/namespaces/games/pods"),
    LEASES("/apis/coordination.k8s.io/v1/namespaces/games/leases");

    final String path;

    Kind(String path) {
        this.path = path;
    }

    static Kind of(String path) {
        return path.startsWith(PODS.path) ? PODS : LEASES;
    }
}
