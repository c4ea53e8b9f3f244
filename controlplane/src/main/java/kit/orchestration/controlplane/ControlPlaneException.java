package kit.orchestration.controlplane;

import org.jspecify.annotations.Nullable;

/** The control plane can't be had, or didn't do what it was asked. The message says what to do, or shows its log. */
public final class ControlPlaneException extends RuntimeException {

    ControlPlaneException(String message) {
        this(message, null);
    }

    ControlPlaneException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** For a wait that was interrupted; the thread is marked interrupted again. */
    static ControlPlaneException interrupted(String what, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ControlPlaneException("interrupted while " + what, cause);
    }
}
