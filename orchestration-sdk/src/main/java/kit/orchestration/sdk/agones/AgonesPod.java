package kit.orchestration.sdk.agones;

import kit.orchestration.ledger.AgonesNames;

/** What Agones adds to a pod. Confined to the pod's loop, but where it says so. */
interface AgonesPod {

    /** What a pod of that name says whose GameServer has the label. */
    static String asked(String name) {
        return "asked to drain by label " + AgonesNames.DRAIN_LABEL + " of " + name
                + ": it takes sessions again once that is taken away";
    }

    /** Tells of what is there, and watches it. */
    void start();

    /** It is to be Ready, and no more Allocated, unless a session stands. */
    void goBack();

    /** It drains, and Agones deletes it. */
    void shutdown();

    /** Whether it takes claims, or somebody else wants it to take none: nothing is to be waited for then. */
    boolean isServing();

    /** As last seen. For any thread. */
    States states();
}
