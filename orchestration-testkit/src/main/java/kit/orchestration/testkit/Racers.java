package kit.orchestration.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that begin at the same moment. */
public final class Racers {

    private Racers() {}

    /** One of several that do the same. */
    public interface Racer<T> {

        /** Runs as the one of this number, from 0 on. */
        T run(int number) throws Exception;
    }

    /** Lets so many run at once; gives what they gave, in their order. What one throws is thrown. */
    public static <T> List<T> race(int count, Racer<T> racer) throws Exception {
        List<Callable<T>> racers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            racers.add(() -> racer.run(number));
        }
        return race(racers);
    }

    /** Lets them run at once; gives what they gave, in their order. What one throws is thrown. */
    public static <T> List<T> race(List<Callable<T>> racers) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CyclicBarrier start = new CyclicBarrier(racers.size());
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> racer : racers) {
                running.add(threads.submit(() -> {
                    start.await();
                    return racer.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : running) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof Exception exception ? exception : e;
        } finally {
            threads.shutdownNow();
        }
    }
}
