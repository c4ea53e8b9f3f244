package kit.orchestration.examples.arena.backend.kubernetes;

/** What a pod's process is told by its environment, beside what every pod of this library is. */
final class PodVariables {

    /** The pod's name in the arena. */
    static final String NAME = "ARENA_POD";
    /** Where it is. */
    static final String REGION = "ARENA_REGION";
    /** The port that players dial. */
    static final String PORT = "ARENA_PORT";
    /** The fault that is built into it; empty for none. */
    static final String PLANT = "ARENA_PLANT";
    /** The folder with the service account's files, which a container has elsewhere. */
    static final String SERVICE_ACCOUNT = "ARENA_SERVICE_ACCOUNT";
    /** Where the API server is. */
    static final String API_SERVER = "ARENA_API_SERVER";

    private PodVariables() {}
}
