package kit.orchestration.examples.arena.view;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kit.orchestration.examples.arena.record.Journal;
import kit.orchestration.examples.arena.record.Journal.Entry;

/**
 * Reads the journal ten times a second and shows what is new, on a thread of its own: nobody who plays waits for it.
 */
public final class Viewer implements AutoCloseable {

    private static final long MILLIS = 100;

    private final Journal journal;
    private final Board board;
    private final View view;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "arena-view");
    private int seen;

    /** Begins to show a run. */
    public Viewer(Journal journal, Board board, View view) {
        this.journal = journal;
        this.board = board;
        this.view = view;
        thread.setDaemon(true);
        thread.start();
    }

    /** Shows how it stands for the last time, and returns when that is done. Closing again does nothing. */
    @Override
    public void close() {
        over.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!over.await(MILLIS, TimeUnit.MILLISECONDS)) {
                view.show(board, read());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        view.end(board, read());
    }

    private List<Entry> read() {
        List<Entry> fresh = journal.from(seen);
        seen += fresh.size();
        board.read(fresh, journal.elapsed());
        return fresh;
    }
}
