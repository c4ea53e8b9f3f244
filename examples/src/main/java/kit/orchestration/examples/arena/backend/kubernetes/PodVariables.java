package kit.orchestration.examples.arena.backend.kubernetes;

/** What a pod's process is told by its environment, beside what every pod of the arena and of this library is. */
final class PodVariables {

    /** The port that players dial. */
    static final String PORT = "ARENA_PORT";
    /** The folder with the service account's files, which a container has elsewhere. */
    static final String SERVICE_ACCOUNT = "ARENA_SERVICE_ACCOUNT";
    /** Where the API server is. */
    static final String API_SERVER = "ARENA_API_SERVER";

    private PodVariables() {}
}
