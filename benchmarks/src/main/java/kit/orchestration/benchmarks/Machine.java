package kit.orchestration.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.stream.Stream;

/** Where it was measured: what a reader needs to compare, and nothing that names the machine. */
public final class Machine {

    private Machine() {}

    /** One line. */
    public static String describe() {
        return String.format(
                Locale.ROOT,
                "%s: %s, %d cores, %.0f GiB of memory; %s %s, %s, 2 GiB heap; %s %s; load average at the start %.1f.",
                LocalDate.now(ZoneOffset.UTC),
                cpu(),
                Runtime.getRuntime().availableProcessors(),
                memoryBytes() / (double) (1 << 30),
                System.getProperty("java.vm.name"),
                Runtime.version(),
                collector(),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String cpu() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException notLinux) {
            return System.getProperty("os.arch");
        }
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    /** Such as G1; the benchmarks' JVMs choose as this one did. */
    private static String collector() {
        String name = ManagementFactory.getGarbageCollectorMXBeans().get(0).getName();
        return name.contains(" ") ? name.substring(0, name.indexOf(' ')) : name;
    }
}
