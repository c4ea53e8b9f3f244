package kit.orchestration.examples.arena.view;

import java.io.PrintStream;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kit.orchestration.examples.arena.record.Verdict;

/** The last words of a run. The very last line is always the verdict's. */
public final class Summary {

    private static final int COMPLAINTS = 20;

    private Summary() {}

    /** Prints what a run came to. */
    public static void print(PrintStream out, Board board, Verdict verdict) {
        out.println("arena: waits for room at the median: "
                + board.medianWaits().entrySet().stream()
                        .map(wait -> "priority %d %d ms"
                                .formatted(wait.getKey(), wait.getValue().toMillis()))
                        .collect(Collectors.joining(", ")));
        out.println("arena: %d more claims, to expire or to try every slot at the end, counted apart"
                .formatted(board.setAside));
        out.println("arena: %d bad tokens presented, refused were %s"
                .formatted(
                        verdict.presented(),
                        new TreeMap<>(board.refusedByKind)
                                .entrySet().stream()
                                        .map(kind -> kind.getValue() + " " + kind.getKey())
                                        .collect(Collectors.joining(", "))));
        verdict.complaints().stream().limit(COMPLAINTS).forEach(complaint -> out.println("arena: WRONG: " + complaint));
        if (verdict.complaints().size() > COMPLAINTS) {
            out.println(
                    "arena: WRONG: and %d more".formatted(verdict.complaints().size() - COMPLAINTS));
        }
        out.println(verdict.line());
    }
}
