package kit.orchestration.agones;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import kit.orchestration.AllocatorListener;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.engine.Timing;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parts of one allocator share.
 *
 * @param endpoints Agones
 * @param messages what is said to it
 * @param timing clocks and timers
 * @param origin where {@link #now} begins
 * @param random for pauses
 * @param keys keys of claims
 * @param listener hears of calls to Agones
 * @param underWay the calls under way, that a close waits for
 * @param claims how many calls that claim may be under way
 * @param looks how many that look for something
 * @param releases how many that release: servers that are gone are looked for a long time, and hold up nobody else
 * @param settings how it behaves
 */
record AllocatorContext(
        Endpoints endpoints,
        Messages messages,
        Timing timing,
        long origin,
        RandomGenerator random,
        SessionIds keys,
        AllocatorListener listener,
        UnderWay underWay,
        Permits claims,
        Permits looks,
        Permits releases,
        Settings settings) {

    private static final Logger log = LoggerFactory.getLogger(AllocatorContext.class);

    /**
     * How an allocator behaves.
     *
     * @param callTimeout how long a call may take beyond its {@code maxWait}
     * @param batchWait how long Agones may hide a server that it has just chosen
     * @param gather how long calls gather for one request to Agones
     * @param batch values in a request at most
     * @param waitingLimit calls that wait in a pool at most
     */
    record Settings(Duration callTimeout, Duration batchWait, Duration gather, int batch, int waitingLimit) {}

    /** Hears what became of a call. */
    @FunctionalInterface
    interface Asker {

        /** The answer, or the failure, of a call that was sent then. */
        void answered(long sent, @Nullable Answer answer, @Nullable Failure failure);
    }

    /** Nanoseconds since the allocator was made. */
    long now() {
        return timing.nanoTime().getAsLong() - origin;
    }

    /** Runs a task later; drops it if the allocator is closed by then. Tasks are short. */
    void after(Duration delay, Runnable task) {
        try {
            timing.scheduler()
                    .schedule(
                            () -> {
                                try {
                                    task.run();
                                } catch (RuntimeException | Error failure) {
                                    log.error("a task of the allocator failed; please report this", failure);
                                }
                            },
                            delay.toNanos(),
                            TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            log.trace("a task came after the close");
        }
    }

    /** As {@link #after}, of what a close waits for; at once, if one has waited for the last of it already. */
    void afterWaitedFor(Duration delay, Runnable task) {
        if (!underWay.begin()) {
            task.run();
            return;
        }
        after(delay, () -> {
            try {
                task.run();
            } finally {
                underWay.end();
            }
        });
    }

    /** As {@link #call}, once there is a permit; it is free again before the asker hears. */
    void ask(
            Permits permits,
            String pool,
            String operation,
            int sessions,
            AllocationRequest request,
            Asker asker,
            Runnable closed) {
        permits.run(() -> {
            long sent = now();
            boolean called = call(pool, operation, sessions, request, (answer, failure) -> {
                permits.release();
                asker.answered(sent, answer, failure);
            });
            if (!called) {
                permits.release();
                closed.run();
            }
        });
    }

    /**
     * Calls Agones, and tells the listener.
     *
     * @param then given the answer or the failure, once
     * @return false if the allocator is closed: nothing is called, and {@code then} never is
     */
    boolean call(
            String pool,
            String operation,
            int sessions,
            AllocationRequest request,
            BiConsumer<@Nullable Answer, @Nullable Failure> then) {
        if (!underWay.begin()) {
            return false;
        }
        long start = now();
        endpoints.call(request, (response, failure) -> {
            try {
                listener.backendCall(
                        pool,
                        operation,
                        sessions,
                        Duration.ofNanos(now() - start),
                        failure == null ? null : failure.cause());
                if (response != null && response.getGameServerName().isEmpty()) { // unallocatedStatusCode: 200
                    then.accept(null, new Failure(Failure.Kind.REFUSED, GrpcErrors.NO_ROOM, null));
                } else {
                    then.accept(response == null ? null : Answer.of(response, messages.listKey()), failure);
                }
            } catch (RuntimeException | Error broken) {
                log.error("an answer of Agones could not be worked with; please report this", broken);
            } finally {
                underWay.end();
            }
        });
        return true;
    }
}
