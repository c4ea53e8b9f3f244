package kit.orchestration.engine;

/** Whether a pod takes new sessions. */
public enum PodState {
    /** It takes new sessions. */
    READY,
    /** It does not take new sessions yet, or not at the moment. */
    NOT_READY,
    /** It takes no new sessions until somebody mends its configuration. */
    MISCONFIGURED,
    /** It will take no new sessions: it drains, terminates or is gone. */
    DRAINING
}
