package kit.orchestration.k8s.contract;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;

/**
 * Threads that allocate, start, end, again and again, from one fleet. What must never happen is collected: a call that
 * took longer than its time, an id given twice, a refusal for want of room.
 */
final class Callers implements AutoCloseable {

    /** How much later than its time a call may end, on a machine that does much else. */
    private static final Duration SLACK = Duration.ofSeconds(3);
    /** A caller whose backend failed does not ask again at once. */
    private static final Duration BREATH = Duration.ofMillis(20);

    private final Fleet fleet;
    private final AllocateReq request;
    private final Duration longest;
    private final long seed;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger played = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final LongAccumulator slowestNanos = new LongAccumulator(Math::max, 0);
    private final AtomicReference<String> firstFailure = new AtomicReference<>("none");
    private volatile boolean over;

    /** No callers yet. */
    Callers(Fleet fleet, AllocateReq request, Duration callTimeout, long seed) {
        this.fleet = fleet;
        this.request = request;
        this.longest = request.maxWait().plus(callTimeout).plus(SLACK);
        this.seed = seed;
    }

    /** Lets so many more threads ask this allocator, until the end, or until it is closed. */
    void ask(Allocator allocator, int count) {
        for (int i = 0; i < count; i++) {
            Random random = new Random(seed + numbers.incrementAndGet());
            threads.execute(() -> {
                try {
                    while (!over) {
                        play(allocator, random);
                    }
                } catch (AllocatorClosedException closed) {
                    // its process is no more
                } catch (InterruptedException e) {
                    wrong.add("a caller was interrupted");
                } catch (RuntimeException e) {
                    wrong.add(e.toString());
                }
            });
        }
    }

    private void play(Allocator allocator, Random random) throws InterruptedException {
        long start = System.nanoTime();
        try {
            Allocation allocation = allocator.allocate(request);
            took(start, "a session");
            fleet.history().allocated(allocation);
            if (!ids.add(allocation.sessionId())) {
                wrong.add("id %s was given twice".formatted(allocation.sessionId()));
            }
            Session session = fleet.start(allocation);
            LockSupport.parkNanos(random.nextInt(20_000_000));
            session.close();
            played.incrementAndGet();
        } catch (BackendException failure) {
            took(start, failure.getMessage());
            firstFailure.compareAndSet("none", failure.getMessage());
            failed.incrementAndGet();
            LockSupport.parkNanos(BREATH.toNanos());
        } catch (TokenRefusedException refusal) {
            // The pod can't ask the backend, or was told of the claim too late: the claim expires.
            refused.incrementAndGet();
        }
    }

    private void took(long start, String what) {
        long nanos = System.nanoTime() - start;
        slowestNanos.accumulate(nanos);
        if (nanos > longest.toNanos()) {
            wrong.add("a call took %s ms, and ended with %s".formatted(nanos / 1_000_000, what));
        }
    }

    /** Sessions that were played to their end. */
    int played() {
        return played.get();
    }

    /** What must not happen, and did. */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    /** Lets all calls end. */
    @Override
    public void close() {
        over = true;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(longest.toMillis() * 2, TimeUnit.MILLISECONDS)) {
                wrong.add("callers still wait, longer than any call may take");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            wrong.add("interrupted while calls ended");
        }
    }

    @Override
    public String toString() {
        return ("%s sessions played, %s calls failed by the backend (the first: %s), %s tokens refused, the "
                        + "slowest call took %s ms")
                .formatted(
                        played.get(), failed.get(), firstFailure.get(), refused.get(), slowestNanos.get() / 1_000_000);
    }
}
