package kit.orchestration.examples.arena.view;

import java.util.List;
import kit.orchestration.examples.arena.record.Journal.Entry;

/** Shows a run while it goes on. Called by one thread. */
public interface View {

    /** Shows how it stands, some ten times a second; {@code fresh} is what was seen since the last time. */
    void show(Board board, List<Entry> fresh);

    /** Shows how it stands for the last time. */
    void end(Board board, List<Entry> fresh);
}
