package kit.orchestration.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** docs/performance.md: prose by hand, and between two markers of each benchmark what it has measured. */
public final class PerformancePage {

    private PerformancePage() {}

    /** Replaces what stands between the markers of a benchmark. */
    public static void write(Path page, String benchmark, String report) throws IOException {
        String begin = "<!-- %s: begin -->".formatted(benchmark);
        String end = "<!-- %s: end -->".formatted(benchmark);
        String text = Files.readString(page);
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw new IOException("%s must have the lines '%s' and, after it, '%s'".formatted(page, begin, end));
        }
        Files.writeString(page, text.substring(0, from + begin.length()) + "\n" + report + "\n" + text.substring(to));
    }
}
