package kit.orchestration.benchmarks;

import java.util.List;
import java.util.Map;
import kit.orchestration.Allocation;
import kit.orchestration.PodAddress;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalPod;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Local whole, with a signed token for each session: 1,000 pods without SDK, packed, all else as in
 * {@link EngineBenchmark}.
 *
 * <p><b>One operation</b> is {@code release(allocation)} of a session chosen at random, then {@code allocate} of a
 * request built for it as a matchmaker does, selectors and all. In it: the request's checks, the engine, Local's
 * ledger, the timer that would expire the claim and its cancelling, claims as JSON, HMAC-SHA256, the allocation.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls what is marked @Setup.
public class LocalBenchmark {

    private static final int PODS = 1_000;

    private LocalAllocator allocator;

    @Setup(Level.Trial)
    public void open() {
        allocator = LocalAllocator.create();
        for (int i = 0; i < PODS; i++) {
            allocator.addPod(
                    Fleet.POOL,
                    LocalPod.withoutSdk(new PodAddress("192.0.2.1", 1_024 + i), Fleet.CAPACITY, Fleet.labels(i)));
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        allocator.close();
    }

    /** The sessions that one thread holds. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init")
    public static class Caller {

        private Turnover<Allocation> sessions;

        @Setup(Level.Trial)
        public void claim(LocalBenchmark local, ThreadParams thread) {
            LocalAllocator allocator = local.allocator;
            List<Map<String, String>> selectors = Fleet.selectors();
            Turnover.Source<Allocation> source = new Turnover.Source<>() {
                @Override
                public void release(Allocation held) {
                    allocator.release(held);
                }

                @Override
                public Allocation claim(int kind) {
                    try {
                        return allocator.allocate(Fleet.request(selectors.get(kind)));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("nobody interrupts here", e);
                    }
                }
            };
            sessions = new Turnover<>(
                    source,
                    selectors.size(),
                    thread.getThreadIndex(),
                    Allocation[]::new,
                    Fleet.HELD / thread.getThreadCount());
        }
    }

    @Benchmark
    public Object releaseAndAllocate(Caller caller) {
        return caller.sessions.next();
    }
}
