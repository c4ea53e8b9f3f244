package kit.orchestration.benchmarks.kubernetes;

import java.util.Arrays;
import java.util.stream.LongStream;

/** Times of calls, in nanoseconds. For one thread, until it is handed on. */
final class Samples {

    private long[] nanos = new long[1_024];
    private int size;

    void add(long value) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size++] = value;
    }

    void addAll(Samples others) {
        others.stream().forEach(this::add);
    }

    int size() {
        return size;
    }

    LongStream stream() {
        return Arrays.stream(nanos, 0, size);
    }
}
