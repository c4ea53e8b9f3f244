package kit.orchestration.sdk;

import org.jspecify.annotations.Nullable;

/** The backend that holds the pod's ledger can't be reached, or refuses. The message says what to do. */
public class PlatformException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean triedOn;

    /**
     * An error of a platform, which leaves it at that.
     *
     * @param message what failed, and what to do
     * @param cause the backend's own error, null if there is none
     */
    public PlatformException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    /**
     * An error of a platform.
     *
     * @param message what failed, and what to do
     * @param cause the backend's own error, null if there is none
     * @param triedOn whether the platform tries on
     */
    public PlatformException(String message, @Nullable Throwable cause, boolean triedOn) {
        super(message, cause);
        this.triedOn = triedOn;
    }

    /** Whether the platform tries on: what failed may be done a moment later, without being asked for again. */
    public boolean isTriedOn() {
        return triedOn;
    }
}
