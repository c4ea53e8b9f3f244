package kit.orchestration.sdk.platform;

import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformListener;

/** Tells the SDK, until it is to be silent. Safe for any thread. */
public final class Telling implements PlatformListener {

    private final PlatformListener listener;
    private volatile boolean silent;

    /** Tells this listener. */
    public Telling(PlatformListener listener) {
        this.listener = listener;
    }

    /** Tells nothing from now on. */
    public void silence() {
        silent = true;
    }

    @Override
    public void claimed(Claim claim) {
        if (!silent) {
            listener.claimed(claim);
        }
    }

    @Override
    public void revoked(String sessionId) {
        if (!silent) {
            listener.revoked(sessionId);
        }
    }

    @Override
    public void gone(String sessionId) {
        if (!silent) {
            listener.gone(sessionId);
        }
    }
}
