package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.benchmarks.Progress;

/**
 * Callers in a closed loop: each asks again as soon as it has been answered, and sends its player to the pod, which
 * ends the session 0.2 to 2 s later.
 */
final class Load {

    private static final long LOOK_MS = 50;

    private final PodFleet fleet;
    private final Servers servers;
    private final Heard heard;
    private final Map<String, ProcessHandle> processes;

    Load(PodFleet fleet, Servers servers, Heard heard, Map<String, ProcessHandle> processes) {
        this.fleet = fleet;
        this.servers = servers;
        this.heard = heard;
        this.processes = processes;
    }

    /** Runs as many callers on each allocator, and adds what counts: what was answered after the ramp. */
    void run(Matchmakers matchmakers, int callersEach, Duration ramp, Duration counted, Tally tally)
            throws InterruptedException {
        List<Allocator> allocators = matchmakers.all();
        ExecutorService threads = Executors.newFixedThreadPool(callersEach * allocators.size());
        Callers callers = new Callers();
        try {
            List<Future<Samples>> futures = new ArrayList<>();
            for (int i = 0; i < callersEach; i++) {
                for (Allocator allocator : allocators) {
                    futures.add(threads.submit(() -> callers.call(allocator)));
                }
            }
            watch(matchmakers, ramp, tally);
            heard.takeCalls();
            Servers.Counts before = servers.counts(heard);
            Usage used = Usage.of(processes);
            long start = System.nanoTime();
            callers.counting = true;
            watch(matchmakers, counted, tally);
            callers.counting = false;
            tally.time(Duration.ofNanos(System.nanoTime() - start));
            tally.used(Usage.of(processes).since(used));
            Servers.Counts written = servers.counts(heard).since(before);
            check(written);
            Progress.say("%s", heard.takeCalls());
            tally.counted(written);
            callers.over = true;
            for (Future<Samples> future : futures) {
                tally.count(future.get());
            }
            callers.failures.forEach((error, number) -> {
                for (int i = 0; i < number.get(); i++) {
                    tally.failed(error);
                }
            });
            tally.touched(callers.pods.size());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a caller failed otherwise than an allocation may", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** Each patch is one write to etcd, and nearly nothing else writes there; no pod's free should lose a test. */
    private static void check(Servers.Counts written) {
        if (Math.abs(written.puts() - written.patches()) > 10 + written.patches() / 20) {
            Progress.say(
                    "counts differ: etcd was given %,d writes, while the API server patched %,d Leases",
                    written.puts(), written.patches());
        }
        if (written.lostPatches() > written.lostClaims() + 1) {
            Progress.say("%,d patches of pods were lost to a test", written.lostPatches() - written.lostClaims());
        }
    }

    private static void watch(Matchmakers matchmakers, Duration time, Tally tally) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            Thread.sleep(Math.min(LOOK_MS, left));
            tally.held(matchmakers.held());
        }
    }

    /** All callers of a run. Failures count from its beginning, all else while it counts. */
    private final class Callers {

        private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
        private final Set<String> pods = ConcurrentHashMap.newKeySet();
        private volatile boolean counting;
        private volatile boolean over;

        Samples call(Allocator allocator) throws InterruptedException {
            Samples samples = new Samples();
            while (!over) {
                AllocateReq request = Requests.next();
                long start = System.nanoTime();
                try {
                    Allocation allocation = allocator.allocate(request);
                    long end = System.nanoTime();
                    if (counting) {
                        samples.add(end - start);
                        pods.add(PodFleet.pod(allocation));
                    }
                    fleet.play(allocation);
                } catch (AllocationException e) {
                    int number = failures.computeIfAbsent(e.getClass().getSimpleName(), kind -> new AtomicInteger())
                            .incrementAndGet();
                    if (number == 1) {
                        Progress.say("the first %s: %s", e.getClass().getSimpleName(), String.valueOf(e.getMessage()));
                    }
                }
            }
            return samples;
        }
    }
}
