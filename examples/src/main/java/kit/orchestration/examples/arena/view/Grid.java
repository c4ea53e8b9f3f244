package kit.orchestration.examples.arena.view;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import kit.orchestration.examples.arena.record.Journal.Entry;

/**
 * A live picture on a terminal of 80 by 24: a row for each pod, a mark for each slot, or for several where there are
 * many. Drawn in place: each frame is one write, and begins where the last one did.
 */
public final class Grid implements View {

    private static final int BAR = 40;
    private static final int NEWS_LINES = 3;
    /** Marks for a pod's slots, and rows of pods, at most. */
    private static final int MARKS = 8;

    private static final int PODS = 8;
    private static final int NAME = 6;
    private static final int TITLE = 59;

    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CLEAR_LINE = "\u001b[K";

    private final PrintStream out;
    private final String title;
    private final Paint paint;
    private int drawn;

    /**
     * A grid.
     *
     * @param title what runs
     * @param coloured whether the terminal may be coloured
     */
    public Grid(PrintStream out, String title, boolean coloured) {
        this.out = out;
        this.title = title;
        this.paint = new Paint(coloured);
    }

    @Override
    public void show(Board board, List<Entry> fresh) {
        List<String> lines = lines(board);
        StringBuilder frame = new StringBuilder(HIDE_CURSOR);
        if (drawn > 0) {
            frame.append("\u001b[").append(drawn).append("A\r");
        }
        lines.forEach(line -> frame.append(line).append(CLEAR_LINE).append('\n'));
        drawn = lines.size();
        out.print(frame);
        out.flush();
    }

    @Override
    public void end(Board board, List<Entry> fresh) {
        show(board, fresh);
        out.print(SHOW_CURSOR);
        out.flush();
    }

    private List<String> lines(Board board) {
        List<String> lines = new ArrayList<>();
        lines.add(paint.bold(" ARENA ")
                + paint.dim(String.format(Locale.ROOT, " %-59s %8.1f s", cut(title, TITLE), seconds(board.elapsed))));
        lines.add("");
        lines.add(paint.dim("  pod     region  state       slots              playing   played   refused"));
        board.pods.values().stream().limit(PODS).forEach(pod -> lines.add(row(pod)));
        if (board.pods.size() > PODS) {
            lines.add(paint.dim("  and %s more".formatted(board.pods.size() - PODS)));
        }
        lines.add("");
        lines.add("  matches  " + bar(board.ended, board.matches) + "  %s of %s".formatted(board.ended, board.matches));
        lines.add("  now      %s   %s   %s     %s waiting for room"
                .formatted(
                        count(board, PodRow.Slot.PLAYING, "playing"),
                        count(board, PodRow.Slot.CLAIMED, "claimed"),
                        count(board, PodRow.Slot.FREE, "free"),
                        paint.bold("%2s".formatted(board.waiting()))));
        lines.add("  waits    " + board.medianWaits() + " (median)");
        lines.add("  tokens   %s bad ones shown, %s refused".formatted(board.presented, board.refused));
        lines.add("");
        lines.add(paint.dim("  %-46s%s".formatted("  news", "last refusals")));
        columns(latest(board.news), board.refusals).forEach(lines::add);
        return lines;
    }

    private String row(PodRow pod) {
        List<PodRow.Slot> marks = pod.marks(MARKS);
        StringBuilder slots = new StringBuilder();
        marks.forEach(slot -> slots.append(mark(slot)).append(' '));
        slots.append("  ".repeat(MARKS - marks.size()));
        String state = "%-10s".formatted(pod.state);
        return "  %-6s  %-6s  %s  %s  %7s  %7s  %8s"
                .formatted(
                        cut(pod.name, NAME),
                        cut(pod.region, NAME),
                        pod.state.equals("ready") ? paint.green(state) : paint.yellow(state),
                        slots,
                        pod.count(PodRow.Slot.PLAYING),
                        pod.played,
                        pod.refused);
    }

    private String count(Board board, PodRow.Slot kind, String name) {
        return "%s %2s %s".formatted(mark(kind), board.count(kind), name);
    }

    private String mark(PodRow.Slot slot) {
        return switch (slot) {
            case FREE -> paint.dim("·");
            case CLAIMED -> paint.yellow("○");
            case PLAYING -> paint.green("●");
        };
    }

    private String bar(int done, int all) {
        int full = Math.min(BAR, all == 0 ? BAR : BAR * done / all);
        return paint.cyan("█".repeat(full)) + paint.dim("░".repeat(BAR - full));
    }

    private List<String> columns(Collection<String> left, Collection<String> right) {
        Iterator<String> lefts = left.iterator();
        Iterator<String> rights = right.iterator();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < NEWS_LINES; i++) {
            String text = cut(lefts.hasNext() ? lefts.next() : "", 44);
            lines.add("  %-46s%s".formatted(text, paint.red(cut(rights.hasNext() ? rights.next() : "", 30))));
        }
        return lines;
    }

    private static List<String> latest(List<String> news) {
        return news.subList(Math.max(0, news.size() - NEWS_LINES), news.size());
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
