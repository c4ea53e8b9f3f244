package kit.orchestration;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears what an allocator does: the seam for metrics. Methods are called by whichever thread did the work, several at
 * once, outside all locks; they should be quick. What they throw is logged and harms nobody.
 *
 * <p>Each request is told to {@link #requested}, and later, once, to {@link #allocated}, {@link #refused} or
 * {@link #abandoned}: so the calls under way can be counted. A backend in process makes no {@link #backendCall} and has
 * no {@link #viewAge}.
 */
public interface AllocatorListener {

    /** A listener that does nothing. */
    AllocatorListener NONE = new AllocatorListener() {};

    /** A caller asks. */
    default void requested(AllocateReq req) {}

    /** A caller was given a slot, {@code took} after it asked. */
    default void allocated(AllocateReq req, Allocation allocation, Duration took) {}

    /** A caller was refused, {@code took} after it asked. */
    default void refused(AllocateReq req, AllocationException error, Duration took) {}

    /**
     * A caller went away before it had its answer, {@code took} after it asked: it was interrupted, or its future was
     * cancelled, timed out or completed by somebody else. A slot that was claimed for it goes back.
     */
    default void abandoned(AllocateReq req, Duration took) {}

    /**
     * A call to the backend ended.
     *
     * @param pool the pool it was about
     * @param operation a short name, such as {@code claim} or {@code release}
     * @param sessions how many sessions the call carried
     * @param took how long it took
     * @param error what it failed with; null if it was answered
     */
    default void backendCall(String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {}

    /** How long ago the allocator last heard from its backend about the pool; told now and then. */
    default void viewAge(String pool, Duration age) {}

    /**
     * A listener that tells this one, and then that one. What one of them throws does not keep the other from hearing;
     * it is thrown on when both have heard.
     */
    default AllocatorListener andThen(AllocatorListener next) {
        Objects.requireNonNull(next, "next must not be null");
        AllocatorListener first = this;
        return new AllocatorListener() {
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
            public void backendCall(
                    String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {
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
                        event.accept(next);
                    } catch (Throwable too) {
                        if (too != thrown) {
                            thrown.addSuppressed(too);
                        }
                    }
                    throw thrown;
                }
                event.accept(next);
            }
        };
    }
}
