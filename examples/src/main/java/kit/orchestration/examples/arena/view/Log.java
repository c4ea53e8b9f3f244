package kit.orchestration.examples.arena.view;

import java.io.PrintStream;
import java.util.List;
import kit.orchestration.examples.arena.record.Event.BadToken;
import kit.orchestration.examples.arena.record.Event.Failed;
import kit.orchestration.examples.arena.record.Event.PodDraining;
import kit.orchestration.examples.arena.record.Event.PodGone;
import kit.orchestration.examples.arena.record.Event.PodReady;
import kit.orchestration.examples.arena.record.Journal.Entry;

/** A line for each notable event, and one each second. */
public final class Log implements View {

    private final PrintStream out;
    private final boolean everything;
    private long second;

    /**
     * A log.
     *
     * @param everything whether every event is notable
     */
    public Log(PrintStream out, boolean everything) {
        this.out = out;
        this.everything = everything;
    }

    @Override
    public void show(Board board, List<Entry> fresh) {
        for (Entry entry : fresh) {
            if (everything || isNotable(entry)) {
                out.printf("%5.1f s  %s%n", entry.at().toMillis() / 1000.0, entry.event());
            }
        }
        if (board.elapsed.toSeconds() > second) {
            second = board.elapsed.toSeconds();
            out.printf(
                    "%5.1f s  %d playing, %d waiting for room, %d of %d matches ended, %d bad tokens refused%n",
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

    private static boolean isNotable(Entry entry) {
        return entry.event() instanceof PodReady
                || entry.event() instanceof PodDraining
                || entry.event() instanceof PodGone
                || entry.event() instanceof Failed
                || (entry.event() instanceof BadToken token && !token.refused());
    }
}
