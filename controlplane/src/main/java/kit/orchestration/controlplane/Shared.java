package kit.orchestration.controlplane;

import org.jspecify.annotations.Nullable;

/** Holds {@link ControlPlane#shared()}: the one piece of static state, since the JVM is what shares it. */
final class Shared {

    private static final Shared INSTANCE = new Shared();

    // Guarded by this, which its start holds: the others wait for the same one.
    private @Nullable ControlPlane plane;
    private @Nullable ControlPlaneException failure;

    private Shared() {}

    static ControlPlane plane() {
        return INSTANCE.started();
    }

    private synchronized ControlPlane started() {
        if (failure != null) {
            throw new ControlPlaneException(
                    "the shared control plane could not be started: " + failure.getMessage(), failure);
        }
        if (plane == null) {
            try {
                plane = ControlPlane.start();
            } catch (ControlPlaneException e) {
                failure = e;
                throw e;
            }
        }
        return plane;
    }
}
