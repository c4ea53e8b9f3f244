package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CPU time of processes, by name.
 *
 * @param byProcess user and system time
 */
record Usage(Map<String, Duration> byProcess) {

    static final Usage NONE = new Usage(Map.of());

    /** What all else on the machine takes: it should be little. */
    static final String OTHERS = "all else";

    private static final Path STAT = Path.of("/proc/stat");
    /** USER_HZ, which is 100 wherever Linux runs. */
    private static final long TICK_MS = 10;

    /** Until now. */
    static Usage of(Map<String, ProcessHandle> processes) {
        Map<String, Duration> used = new LinkedHashMap<>();
        Duration ours = Duration.ZERO;
        for (Map.Entry<String, ProcessHandle> process : processes.entrySet()) {
            Duration time = process.getValue().info().totalCpuDuration().orElse(Duration.ZERO);
            used.put(process.getKey(), time);
            ours = ours.plus(time);
        }
        used.put(OTHERS, ofMachine().minus(ours));
        return new Usage(used);
    }

    /** All processors' time but idle and waiting for input or output; with that which other machines took from ours. */
    private static Duration ofMachine() {
        try (Stream<String> lines = Files.lines(STAT)) {
            String[] ticks = lines.findFirst().orElse("").trim().split(" +", -1);
            long busy = 0;
            // cpu user nice system idle iowait irq softirq steal
            for (int i = 1; i <= 8; i++) {
                busy += i == 4 || i == 5 ? 0 : Long.parseLong(ticks[i]);
            }
            return Duration.ofMillis(busy * TICK_MS);
        } catch (IOException notLinux) {
            return Duration.ZERO;
        }
    }

    Usage since(Usage earlier) {
        Map<String, Duration> used = new LinkedHashMap<>();
        byProcess.forEach((name, time) -> used.put(name, time.minus(earlier.time(name))));
        return new Usage(used);
    }

    Usage plus(Usage more) {
        Map<String, Duration> used = new LinkedHashMap<>();
        more.byProcess.forEach((name, time) -> used.put(name, time.plus(time(name))));
        return new Usage(used);
    }

    Duration time(String name) {
        return byProcess.getOrDefault(name, Duration.ZERO);
    }
}
