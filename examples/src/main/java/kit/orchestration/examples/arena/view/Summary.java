package kit.orchestration.examples.arena.view;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kit.orchestration.examples.arena.record.Event.SetAside;
import kit.orchestration.examples.arena.record.Verdict;

/** The last words of a run. The very last line is always the verdict's. */
public final class Summary {

    private static final int COMPLAINTS = 20;

    private Summary() {}

    /** Prints what a run came to. */
    public static void print(PrintStream out, Board board, Verdict verdict) {
        say(out, "median waits for room: " + board.medianWaits());
        say(
                out,
                "%s claims to expire and %s to try every slot at the end, counted apart"
                        .formatted(
                                board.setAside.getOrDefault(SetAside.TO_EXPIRE, 0),
                                board.setAside.getOrDefault(SetAside.TO_AUDIT, 0)));
        say(out, "%s bad tokens presented".formatted(verdict.presented()));
        say(out, "refused: " + refusals(board));
        verdict.complaints().stream().limit(COMPLAINTS).forEach(complaint -> say(out, "WRONG: " + complaint));
        if (verdict.complaints().size() > COMPLAINTS) {
            say(out, "WRONG: and %s more".formatted(verdict.complaints().size() - COMPLAINTS));
        }
        out.println(verdict.line());
    }

    /** By what comes before the colon: all forgeries are one kind here. */
    private static String refusals(Board board) {
        Map<String, Integer> kinds = new TreeMap<>();
        board.refusedByKind.forEach((kind, count) -> kinds.merge(kind.split(":", 2)[0], count, Integer::sum));
        return kinds.entrySet().stream()
                .map(kind -> kind.getValue() + " " + kind.getKey())
                .collect(Collectors.joining(", "));
    }

    private static void say(PrintStream out, String text) {
        out.println("arena: " + text);
    }
}
