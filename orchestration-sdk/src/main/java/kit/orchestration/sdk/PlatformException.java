package kit.orchestration.sdk;

import org.jspecify.annotations.Nullable;

/** The backend that holds the pod's ledger can't be reached, or refuses. The message says what to do. */
public class PlatformException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * An error of a platform.
     *
     * @param message what failed, and what to do
     * @param cause the backend's own error, null if there is none
     */
    public PlatformException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
