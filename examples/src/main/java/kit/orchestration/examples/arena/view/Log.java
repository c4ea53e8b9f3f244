package kit.orchestration.examples.arena.view;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import kit.orchestration.examples.arena.record.Journal.Entry;

/** A line for each piece of news, and one each second. */
public final class Log implements View {

    private final PrintStream out;
    private final boolean everything;
    private long second;
    private int told;

    /**
     * A log.
     *
     * @param everything whether every event is told, and not only news
     */
    public Log(PrintStream out, boolean everything) {
        this.out = out;
        this.everything = everything;
    }

    @Override
    public void show(Board board, List<Entry> fresh) {
        if (everything) {
            fresh.forEach(
                    entry -> out.printf(Locale.ROOT, "%5.1f s  %s%n", entry.at().toMillis() / 1000.0, entry.event()));
        } else {
            board.news.subList(told, board.news.size()).forEach(out::println);
            told = board.news.size();
        }
        if (board.elapsed.toSeconds() > second) {
            second = board.elapsed.toSeconds();
            out.printf(
                    Locale.ROOT,
                    "%5.1f s  %s playing, %s waiting for room, %s of %s matches ended, %s bad tokens refused%n",
                    board.elapsed.toMillis() / 1000.0,
                    board.count(PodRow.Slot.PLAYING),
                    board.waiting(),
                    board.ended,
                    board.matches,
                    board.refused);
        }
    }

    @Override
    public void end(Board board, List<Entry> fresh) {
        show(board, fresh);
    }
}
