package kit.orchestration.engine;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what a listener throws, so that it harms nobody. */
final class SafeListener implements AllocatorListener {

    private static final Logger LOG = LoggerFactory.getLogger(AllocatorListener.class);

    private final AllocatorListener listener;

    SafeListener(AllocatorListener listener) {
        this.listener = listener;
    }

    @Override
    public void requested(AllocateReq req) {
        guarded(() -> listener.requested(req));
    }

    @Override
    public void allocated(AllocateReq req, Allocation allocation, Duration took) {
        guarded(() -> listener.allocated(req, allocation, took));
    }

    @Override
    public void refused(AllocateReq req, AllocationException error, Duration took) {
        guarded(() -> listener.refused(req, error, took));
    }

    @Override
    public void abandoned(AllocateReq req, Duration took) {
        guarded(() -> listener.abandoned(req, took));
    }

    @Override
    public void backendCall(String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {
        guarded(() -> listener.backendCall(pool, operation, sessions, took, error));
    }

    @Override
    public void viewAge(String pool, Duration age) {
        guarded(() -> listener.viewAge(pool, age));
    }

    private static void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) { // checked ones too: Kotlin throws them undeclared
            try {
                LOG.warn("an AllocatorListener threw; the allocator goes on", e);
            } catch (Throwable unprintable) {
                LOG.warn(
                        "an AllocatorListener threw a {} that can't be logged",
                        e.getClass().getName());
            }
        }
    }
}
