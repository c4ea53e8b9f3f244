package kit.orchestration.benchmarks;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What goes to standard error. */
public final class Progress {

    private static final long START = System.nanoTime();

    private Progress() {}

    /** A line, after the seconds since the start. */
    public static void say(String format, Object... values) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - START);
        System.err.println(String.format(Locale.ROOT, "%4d s  ", seconds) + String.format(Locale.ROOT, format, values));
    }
}
