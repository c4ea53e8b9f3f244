package kit.orchestration.agones.standin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import kit.orchestration.agones.standin.SdkException.Kind;
import kit.orchestration.ledger.AgonesNames;

/**
 * The sidecar of one GameServer: what it knows, which is a little old; what it has been asked for, which is written
 * later; and who watches. Safe for several threads.
 */
final class Sidecar {

    private final String name;
    private final Store store;
    private final Timing timing;
    private final Fate fate;
    /** One thread, so that news stay in their order. */
    private final ScheduledExecutorService scheduler;

    private final Executor writers;
    private final Consumer<GameServer> watcher = this::note;
    private final List<Consumer<GameServer>> watches = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    /**
     * All guarded by {@link #lock}. What nobody has begun to write, what is being written, and whether anybody will.
     */
    private final Pending pending = new Pending();

    private Pending writing = new Pending();
    private boolean flushing;
    private GameServer view;
    private long lastNews = System.nanoTime();

    Sidecar(
            GameServer made,
            Store store,
            Timing timing,
            Fate fate,
            ScheduledExecutorService scheduler,
            Executor writers) {
        this.name = made.name();
        this.view = made;
        this.store = store;
        this.timing = timing;
        this.fate = fate;
        this.scheduler = scheduler;
        this.writers = writers;
    }

    void open() {
        store.watch(watcher);
    }

    void close() {
        store.unwatch(watcher);
        scheduler.shutdownNow();
    }

    GameServer gameServer() {
        lock.lock();
        try {
            return view;
        } finally {
            lock.unlock();
        }
    }

    /** Tells of the server as it is, then of each news, one after the other. */
    void watch(Consumer<GameServer> watch) {
        tell(() -> {
            watches.add(watch);
            watch.accept(gameServer());
        });
    }

    /** Runs on the thread that tells the news, between two of them. */
    void tell(Runnable task) {
        scheduler.execute(task);
    }

    void unwatch(Consumer<GameServer> watch) {
        watches.remove(watch);
    }

    void state(String asked) {
        change(() -> pending.state(asked));
    }

    /** Reserved for so long, then Ready again. */
    void reserve(Duration time) {
        state(GameServer.RESERVED);
        scheduler.schedule(() -> state(Controller.REQUEST_READY), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    void label(String key, String value) throws SdkException {
        checkKey("label", key);
        if (!Labels.isValue(value)) {
            throw new SdkException(Kind.INVALID, "invalid label value \"%s\" for key \"%s\"".formatted(value, key));
        }
        change(() -> pending.label(AgonesNames.SDK_PREFIX + key, value));
    }

    void annotation(String key, String value) throws SdkException {
        checkKey("annotation", key);
        change(() -> pending.annotation(AgonesNames.SDK_PREFIX + key, value));
    }

    private static void checkKey(String what, String key) throws SdkException {
        if (!Labels.isKey(AgonesNames.SDK_PREFIX + key)) {
            throw new SdkException(Kind.INVALID, "invalid %s key \"%s\"".formatted(what, key));
        }
    }

    /** The list with what is not written yet: what the list calls answer with. */
    ServerList withPending(String listName) throws SdkException {
        lock.lock();
        try {
            return current(listName);
        } finally {
            lock.unlock();
        }
    }

    void addValue(String listName, String value) throws SdkException {
        lock.lock();
        try {
            ServerList now = current(listName);
            if (now.available() <= 0) {
                throw new SdkException(
                        Kind.OUT_OF_RANGE, "out of range. No available capacity. List: %s".formatted(listName));
            }
            if (now.values().contains(value)) {
                throw new SdkException(
                        Kind.ALREADY_EXISTS, "already exists. Value: %s, list: %s".formatted(value, listName));
            }
            pending.add(listName, value);
        } finally {
            lock.unlock();
        }
        flushLater();
    }

    void removeValue(String listName, String value) throws SdkException {
        lock.lock();
        try {
            if (!current(listName).values().contains(value)) {
                throw new SdkException(Kind.NOT_FOUND, "not found: value %s not in list %s".formatted(value, listName));
            }
            pending.remove(listName, value);
        } finally {
            lock.unlock();
        }
        flushLater();
    }

    private ServerList current(String listName) throws SdkException {
        if (!view.lists().containsKey(listName)) {
            throw new SdkException(Kind.NOT_FOUND, "list not found: " + listName);
        }
        return pending.applied(writing.applied(view)).list(listName);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
        flushLater();
    }

    private void flushLater() {
        lock.lock();
        try {
            if (!flushing) {
                flushing = true;
                scheduleFlush();
            }
        } finally {
            lock.unlock();
        }
    }

    private void scheduleFlush() {
        Duration wait = fate.has(Vice.QUEUED_WRITES) ? timing.flush() : Duration.ZERO;
        scheduler.schedule(() -> writers.execute(this::flush), wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void flush() {
        GameServer changed;
        lock.lock();
        try {
            writing = pending.drain();
            changed = writing.applied(view);
        } finally {
            lock.unlock();
        }
        try {
            GameServer written = store.update(changed, 0);
            flushed(() -> learn(written));
        } catch (ConflictException e) {
            // Expected: an allocation was written since. What was asked for waits for another flush.
            flushed(() -> pending.putBack(writing));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the stand-in is closed
        }
    }

    /** What was asked for meanwhile, or is still to be written, has its own flush. */
    private void flushed(Runnable outcome) {
        lock.lock();
        try {
            outcome.run();
            writing = new Pending();
            flushing = !pending.isEmpty();
            if (flushing) {
                scheduleFlush();
            }
        } finally {
            lock.unlock();
        }
    }

    private void note(GameServer written) {
        if (!written.name().equals(name)) {
            return;
        }
        long delay = fate.sidecarDelay().toNanos();
        long now = System.nanoTime();
        lock.lock();
        try {
            lastNews = Math.max(lastNews, now + delay);
            scheduler.schedule(() -> arrive(written), lastNews - now, TimeUnit.NANOSECONDS);
        } finally {
            lock.unlock();
        }
    }

    private void arrive(GameServer written) {
        lock.lock();
        try {
            learn(written);
        } finally {
            lock.unlock();
        }
        watches.forEach(watch -> watch.accept(written));
    }

    private void learn(GameServer written) {
        if (written.version() > view.version()) {
            view = written;
        }
    }
}
