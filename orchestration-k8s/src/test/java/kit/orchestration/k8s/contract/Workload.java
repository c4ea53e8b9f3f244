package kit.orchestration.k8s.contract;

/** What makes the pods of a test. */
enum Workload {
    /** Its pods have random names, and a successor another one. */
    DEPLOYMENT("deployments", "duel"),
    /** Its pods have a number, and a successor the same name with another uid. */
    STATEFUL_SET("statefulsets", "arena");

    private final String resource;
    private final String example;

    Workload(String resource, String example) {
        this.resource = resource;
        this.example = example;
    }

    /** Where they are in the API. */
    String path(String namespace) {
        return "/apis/apps/v1/namespaces/" + namespace + "/" + resource;
    }

    /** What {@code deploy/examples} calls the one that the tests' own are made after. */
    String example() {
        return example;
    }
}
