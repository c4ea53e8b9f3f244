package kit.orchestration.benchmarks;

import java.util.List;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * For comparison: commons-pool2's {@link GenericKeyedObjectPool}, the nearest thing that most have at hand. Its keys
 * are 20 strings, one for each selector set, each with objects of its own: it knows no pods, no slots, no overlapping
 * selectors.
 *
 * <p><b>One operation</b> is {@code returnObject} of one of 1,000 borrowed objects, chosen at random, then
 * {@code borrowObject} of a random key. Set up to its advantage: no bounds to keep, no tests of objects, no eviction,
 * no JMX, no moving of capacity between keys; all objects are made beforehand.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls what is marked @Setup.
public class CommonsPool2Benchmark {

    /** A key's borrowed objects are 50 on average, with a standard deviation of 7. */
    private static final int PER_KEY = 200;

    private GenericKeyedObjectPool<String, Session> pool;

    private record Session(String key) {}

    private static final class Factory extends BaseKeyedPooledObjectFactory<String, Session> {

        private boolean closed;

        @Override
        public Session create(String key) {
            if (closed) {
                throw new IllegalStateException("the steady state makes no object: raise PER_KEY");
            }
            return new Session(key);
        }

        @Override
        public PooledObject<Session> wrap(Session session) {
            return new DefaultPooledObject<>(session);
        }
    }

    @Setup(Level.Trial)
    public void fill() throws Exception {
        GenericKeyedObjectPoolConfig<Session> config = new GenericKeyedObjectPoolConfig<>();
        config.setMaxTotal(-1);
        config.setMaxTotalPerKey(-1);
        config.setMaxIdlePerKey(-1);
        config.setBlockWhenExhausted(false);
        config.setReuseCapacityOnReturn(false);
        config.setJmxEnabled(false);
        Factory factory = new Factory();
        pool = new GenericKeyedObjectPool<>(factory, config);
        for (String key : keys()) {
            for (int i = 0; i < PER_KEY; i++) {
                pool.addObject(key);
            }
        }
        factory.closed = true;
    }

    @TearDown(Level.Trial)
    public void close() {
        pool.close();
    }

    private static List<String> keys() {
        return Fleet.selectors().stream().map(Object::toString).toList();
    }

    /** The objects that one thread holds. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init")
    public static class Caller {

        private Turnover<Session> sessions;

        @Setup(Level.Trial)
        public void claim(CommonsPool2Benchmark benchmark, ThreadParams thread) {
            GenericKeyedObjectPool<String, Session> pool = benchmark.pool;
            String[] keys = keys().toArray(String[]::new);
            Turnover.Source<Session> source = new Turnover.Source<>() {
                @Override
                public void release(Session held) {
                    pool.returnObject(held.key(), held);
                }

                @Override
                public Session claim(int kind) {
                    try {
                        return pool.borrowObject(keys[kind]);
                    } catch (Exception e) {
                        throw new IllegalStateException("there is always an idle object", e);
                    }
                }
            };
            sessions = new Turnover<>(
                    source, keys.length, thread.getThreadIndex(), Session[]::new, Fleet.HELD / thread.getThreadCount());
        }
    }

    @Benchmark
    public Object returnAndBorrow(Caller caller) {
        return caller.sessions.next();
    }
}
