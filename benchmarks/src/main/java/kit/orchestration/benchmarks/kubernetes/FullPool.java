package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.benchmarks.Progress;

/**
 * How long a busy full pool takes to say no. Nearly all slots are held by sessions that stay; for the others more
 * callers wait than there are slots, of a higher priority than those who don't wait and are to be refused.
 */
final class FullPool {

    /** Slots that come and go. */
    static final int CHURNING = 200;
    /** Callers who wait for one of them. */
    static final int WAITING = 400;
    /** Callers who don't wait. */
    static final int HASTY = 8;

    private static final Duration FILLING = Duration.ofSeconds(10);

    private final PodFleet fleet;
    private final Matchmakers matchmakers;
    private final Allocator allocator;
    private final Heard heard;
    private final Tally refusals;
    private final LongAccumulator longest = new LongAccumulator(Math::max, 0);
    private final LongAdder served = new LongAdder();
    private long longestBefore;
    private volatile boolean counting;
    private volatile boolean over;

    /** The refusals are added to a tally, and so is as a failure whoever was told otherwise. */
    FullPool(PodFleet fleet, Matchmakers matchmakers, Heard heard, Tally refusals) {
        this.fleet = fleet;
        this.matchmakers = matchmakers;
        this.heard = heard;
        this.allocator = matchmakers.first();
        this.refusals = refusals;
    }

    /**
     * Fills the pool, measures for a time after a ramp of the same load, and empties it.
     *
     * @return the p99 of the claim calls meanwhile, in milliseconds
     */
    double measure(Duration ramp, Duration counted) throws InterruptedException, IOException {
        matchmakers
                .allocateAtOnce(Plan.PODS * Plan.CAPACITY - CHURNING, new ArrayList<>())
                .forEach(fleet::hold);
        ExecutorService threads = Executors.newFixedThreadPool(WAITING + HASTY);
        try {
            List<Future<Samples>> callers = new ArrayList<>();
            for (int i = 0; i < WAITING; i++) {
                callers.add(threads.submit(this::waitAndPlay));
            }
            Thread.sleep(FILLING.toMillis());
            for (int i = 0; i < HASTY; i++) {
                callers.add(threads.submit(this::askInHaste));
            }
            Thread.sleep(ramp.toMillis());
            heard.takeCalls();
            longestBefore = longest.get();
            counting = true;
            Thread.sleep(counted.toMillis());
            counting = false;
            double claims = heard.claimMillis(0.99);
            refusals.time(counted);
            over = true;
            for (Future<Samples> caller : callers) {
                refusals.count(caller.get());
            }
            fleet.endHeld();
            return claims;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a caller failed otherwise than an allocation may", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** The longest that a refusal took in the ramp, when most pods still gather what ends, in milliseconds. */
    double longestBefore() {
        return longestBefore / 1e6;
    }

    /** How many of those who wait were served while it counted. */
    long served() {
        return served.sum();
    }

    private Samples waitAndPlay() throws InterruptedException {
        AllocateReq request = AllocateReq.builder(Cluster.POOL)
                .priority(1)
                .maxWait(Duration.ofSeconds(30))
                .build();
        while (!over) {
            try {
                fleet.play(allocator.allocate(request));
                if (counting) {
                    served.increment();
                }
            } catch (AllocationException e) {
                failed("who waits", e);
            }
        }
        return new Samples();
    }

    private Samples askInHaste() throws InterruptedException {
        AllocateReq request = AllocateReq.builder(Cluster.POOL).build();
        Samples samples = new Samples();
        while (!over) {
            long start = System.nanoTime();
            try {
                Allocation overtaken = allocator.allocate(request);
                fleet.play(overtaken);
                failed("who has a lower priority", new IllegalStateException("was given a slot"));
            } catch (NoCapacityException full) {
                long took = System.nanoTime() - start;
                if (counting) {
                    samples.add(took);
                } else {
                    longest.accumulate(took);
                }
            } catch (AllocationException e) {
                failed("who does not wait", e);
            }
        }
        return samples;
    }

    private void failed(String who, Exception error) {
        synchronized (refusals) {
            if (refusals.failures() == 0) {
                Progress.say("the first failure, of %s: %s", who, error);
            }
            refusals.failed(error.getClass().getSimpleName());
        }
    }
}
