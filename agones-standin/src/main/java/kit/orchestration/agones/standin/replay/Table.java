package kit.orchestration.agones.standin.replay;

import java.io.PrintStream;
import kit.orchestration.agones.standin.replay.Assertion.Observed;

/** A line for each assertion: its name, and what the two sides did; those that differ are marked. */
final class Table {

    private static final String LINE = "%-8s%-40s%-56s%s%n";

    private final PrintStream out;
    private int rows;
    private int differences;

    Table(PrintStream out, String left, String right) {
        this.out = out;
        out.printf(LINE, "", "assertion", left, right);
    }

    void row(String name, Observed left, Observed right) {
        boolean same = left.agreesWith(right);
        rows++;
        differences += same ? 0 : 1;
        out.printf(LINE, same ? "" : "DIFFERS", name, left.text(), right.text());
        out.flush();
    }

    /** The last line; how many differ. */
    int end() {
        out.printf("replay: %s assertions, %s differences%n", rows, differences);
        return differences;
    }
}
