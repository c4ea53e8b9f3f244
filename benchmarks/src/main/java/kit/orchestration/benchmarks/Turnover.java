package kit.orchestration.benchmarks;

import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The steady state that all benchmarks here share: a number of things is held, and with each {@link #next} a random one
 * of them goes back and another one is taken, of a random kind. For one thread.
 *
 * @param <T> what is held
 */
final class Turnover<T> {

    /** Gives back, and takes. */
    interface Source<T> {
        void release(T held);

        /** Takes one of a kind, from 0 to the number of kinds, exclusive. */
        T claim(int kind);
    }

    private final Source<T> source;
    private final int kinds;
    private final SplittableRandom random;
    private final T[] held;

    Turnover(Source<T> source, int kinds, long seed, IntFunction<T[]> array, int size) {
        this.source = source;
        this.kinds = kinds;
        this.random = new SplittableRandom(seed);
        this.held = array.apply(size);
        for (int i = 0; i < size; i++) {
            held[i] = source.claim(random.nextInt(kinds));
        }
    }

    T next() {
        int i = random.nextInt(held.length);
        source.release(held[i]);
        T claimed = source.claim(random.nextInt(kinds));
        held[i] = claimed;
        return claimed;
    }
}
