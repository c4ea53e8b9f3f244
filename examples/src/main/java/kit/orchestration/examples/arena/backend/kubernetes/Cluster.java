package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.client.Config;

/** Where the API server is, and in whose name the arena makes its pods there. */
public interface Cluster extends AutoCloseable {

    /** What it is called, for people. */
    String name();

    /** How to reach it, and as whom. */
    Config access();

    /** Where the pods are, and the service accounts of {@code orchestration-k8s/deploy}. */
    String namespace();

    /** Stops the API server for a moment in which nobody gets an answer. False if that is not the arena's to do. */
    boolean freeze();

    /** Whether everything in it is gone with it. */
    boolean isOurs();

    /** Ends it, if it is the arena's own. */
    @Override
    void close();
}
