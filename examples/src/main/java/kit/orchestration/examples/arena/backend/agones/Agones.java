package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.examples.arena.backend.Lineup;
import kit.orchestration.examples.arena.backend.PodPlan;

/** Where Agones is: its allocator, and the sidecars of the GameServers whose processes the arena runs. */
public interface Agones extends AutoCloseable {

    /** What it is called, for people. */
    String name();

    /** The Fleet that the GameServers are of. */
    String fleet();

    /** The list whose values are sessions. */
    String list();

    /** A pod for each GameServer. */
    Lineup lineup();

    /** Whether all GameServers have a label {@link PodPlan#REGION} of their own, before any process says more. */
    boolean hasRegions();

    /**
     * An allocator of this library that calls Agones'.
     *
     * @throws IOException if it can't be made from the settings
     */
    AgonesAllocator connect() throws IOException;

    /** The options that say how its allocator is called, for whoever has to mend one; empty if there are none. */
    String options();

    /** The port of the pod's sidecar, of those whose process is yet to start. */
    int sidecar(PodPlan pod) throws IOException;

    /** The pod is to go, and its process is about to be told. */
    void leaving(PodPlan pod);

    /** The process of a pod that was to go has ended. */
    void left(PodPlan pod);

    /** Makes something fail for a moment. False if that is not the arena's to do. */
    boolean disturb();

    /** Ends it, if it is the arena's own. */
    @Override
    void close();
}
