package kit.orchestration;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Both hear everything, in this order, whatever the other throws. */
record TwoListeners(AllocatorListener first, AllocatorListener second) implements AllocatorListener {

    @Override
    public void requested(AllocateReq req) {
        both(listener -> listener.requested(req));
    }

    @Override
    public void allocated(AllocateReq req, Allocation allocation, Duration took) {
        both(listener -> listener.allocated(req, allocation, took));
    }

    @Override
    public void refused(AllocateReq req, AllocationException error, Duration took) {
        both(listener -> listener.refused(req, error, took));
    }

    @Override
    public void abandoned(AllocateReq req, Duration took) {
        both(listener -> listener.abandoned(req, took));
    }

    @Override
    public void backendCall(String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {
        both(listener -> listener.backendCall(pool, operation, sessions, took, error));
    }

    @Override
    public void viewAge(String pool, Duration age) {
        both(listener -> listener.viewAge(pool, age));
    }

    private void both(Consumer<AllocatorListener> event) {
        try {
            event.accept(first);
        } catch (Throwable thrown) { // checked ones too: Kotlin throws them undeclared
            try {
                event.accept(second);
            } catch (Throwable too) {
                if (too != thrown) {
                    thrown.addSuppressed(too);
                }
            }
            throw thrown;
        }
        event.accept(second);
    }
}
