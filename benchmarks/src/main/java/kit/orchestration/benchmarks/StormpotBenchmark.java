package kit.orchestration.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;
import stormpot.Allocator;
import stormpot.BasePoolable;
import stormpot.Expiration;
import stormpot.Pool;
import stormpot.Slot;
import stormpot.Timeout;

/**
 * For comparison: Stormpot, the fastest object pool we know. It has no keys: all objects are alike, and a thread is
 * given back what it released last, from a cache of its own. So it is a lower bound, not a rival.
 *
 * <p><b>One operation</b> is {@code release} of one of 1,000 claimed objects, chosen at random, then {@code claim}. Set
 * up to its advantage: objects never expire, leaks are not looked for; 2,000 objects are made beforehand.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls what is marked @Setup.
public class StormpotBenchmark {

    private static final Timeout TIMEOUT = new Timeout(10, TimeUnit.SECONDS);

    private Pool<BasePoolable> pool;

    private static final class Factory implements Allocator<BasePoolable> {
        @Override
        public BasePoolable allocate(Slot slot) {
            return new BasePoolable(slot);
        }

        @Override
        public void deallocate(BasePoolable object) {
            // Nothing to give back.
        }
    }

    @Setup(Level.Trial)
    public void fill() {
        pool = Pool.from(new Factory())
                .setSize(2 * Fleet.HELD)
                .setExpiration(Expiration.never())
                .setBackgroundExpirationEnabled(false)
                .setPreciseLeakDetectionEnabled(false)
                .build();
    }

    @TearDown(Level.Trial)
    public void close() {
        pool.shutdown();
    }

    /** The objects that one thread holds. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init")
    public static class Caller {

        private Turnover<BasePoolable> sessions;

        @Setup(Level.Trial)
        public void claim(StormpotBenchmark benchmark, ThreadParams thread) {
            Pool<BasePoolable> pool = benchmark.pool;
            Turnover.Source<BasePoolable> source = new Turnover.Source<>() {
                @Override
                public void release(BasePoolable held) {
                    held.release();
                }

                @Override
                public BasePoolable claim(int kind) {
                    try {
                        return pool.claim(TIMEOUT);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("nobody interrupts here", e);
                    }
                }
            };
            sessions = new Turnover<>(
                    source, 1, thread.getThreadIndex(), BasePoolable[]::new, Fleet.HELD / thread.getThreadCount());
        }
    }

    @Benchmark
    public Object releaseAndClaim(Caller caller) {
        return caller.sessions.next();
    }
}
