package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * CPU time of processes, by name.
 *
 * @param byProcess user and system time
 */
record Usage(Map<String, Duration> byProcess) {

    static final Usage NONE = new Usage(Map.of());

    /** Until now. */
    static Usage of(Map<String, ProcessHandle> processes) {
        Map<String, Duration> used = new LinkedHashMap<>();
        processes.forEach((name, process) ->
                used.put(name, process.info().totalCpuDuration().orElse(Duration.ZERO)));
        return new Usage(used);
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
