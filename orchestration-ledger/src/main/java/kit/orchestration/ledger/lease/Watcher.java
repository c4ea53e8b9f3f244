package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.lease.ApiException.Kind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All objects of a {@link Source}, and then every change of them, until it is closed: a snapshot, then watches, each from
 * where the last one ended (<a
 * href="https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes">Kubernetes API
 * concepts</a>). Nothing ends it: what fails is tried again, and what can't be resumed is begun anew.
 *
 * <p>It knows whether what it has told is how it is: {@link #doubt}. A watch can be dead in ways that look alike: refused,
 * cut, ended at once, or standing and silent; a process that was stopped does not know what it has missed. Cutting a watch
 * ourselves is not hearing from the server. A doubt ends when a snapshot has been taken since and a watch from it stands, or
 * when a resumed watch has stood for {@link #SETTLED}: the server tells at once what there is to tell.
 *
 * <p>Confined to the {@link Loop}, and so is the sink, but for what is said otherwise.
 */
public final class Watcher<T> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Watcher.class);

    /** How long the server is asked to keep a watch up: this long a dead connection may go unnoticed, and {@link #GRACE}. */
    public static final Duration LENGTH = Duration.ofSeconds(30);

    /** How much later than it was asked the server may end a watch. */
    public static final Duration GRACE = Duration.ofSeconds(5);

    /** How long a resumed watch stands until what it has not told is not there. */
    static final Duration SETTLED = Duration.ofSeconds(1);

    /** A process whose clock was not looked at for so long was stopped. */
    static final Duration STOPPED = Duration.ofSeconds(5);

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5));
    /** After so many failures in a row, a watch is not resumed, but begun anew. */
    private static final int FAILURES = 3;

    /** What is watched. */
    public interface Source<T> {

        /** What its objects are called, in the plural. */
        String name();

        /** All objects as they are now. */
        CompletableFuture<Snapshot<T>> snapshot();

        /** Tells of every change after a version. */
        Transport.Stream watch(String version, Duration length, Events<T> events);
    }

    /**
     * All objects, at a version.
     *
     * @param <T> what they are
     */
    public record Snapshot<T>(List<T> objects, String version) {}

    /** What a watch tells, on any thread, one after the other. */
    public interface Events<T> {

        /** The server has taken the watch. */
        void opened();

        /** An object is there, or has changed. */
        void seen(String version, T object);

        /** An object was deleted; this was its last state. */
        void gone(String version, T object);

        /** Nothing has changed up to this version. */
        void heard(String version);

        /** There comes no more; null if the server ended it in order. */
        void ended(@Nullable ApiException error);
    }

    /** Who is told. */
    public interface Sink<T> {

        /** There is this, and nothing else. */
        void listed(List<T> objects);

        /** An object is there, or has changed. */
        void seen(T object);

        /** An object was deleted; this was its last state. */
        void gone(T object);

        /** What {@link #doubt} says is another now; or it says the same of another failure. */
        void doubtChanged();
    }

    private final Source<T> source;
    private final Loop loop;
    private final RandomGenerator random;
    private final Sink<T> sink;

    /** What the next watch begins after; empty if a snapshot is needed. */
    private String version = "";
    /** Whether a snapshot was taken since the doubt came. */
    private boolean listedSince;

    /** Whether no watch has told anything since somebody has missed something. */
    private boolean suspected;

    private Backoff backoff = BACKOFF;
    private int failures;
    private Transport.@Nullable Stream stream;
    /** Counts watches and snapshots: what an earlier one tells late is not news. */
    private int number;

    private boolean closed;

    private volatile @Nullable Doubt doubt;
    /** Up to where the sink was told. */
    private volatile long told = -1;

    private volatile long heardNanos;
    private volatile long tickedNanos;

    /** Does nothing yet. */
    public Watcher(Source<T> source, Loop loop, RandomGenerator random, Sink<T> sink) {
        this.source = source;
        this.loop = loop;
        this.random = random;
        this.sink = sink;
        this.heardNanos = loop.nanoTime();
        this.tickedNanos = heardNanos;
        this.doubt = new Doubt("the " + source.name() + " were not listed yet", null);
    }

    /** Begins with a snapshot. Any thread. */
    public void start() {
        loop.every(TICK, this::tick);
        onLoop(this::snapshot);
    }

    /** Begins with what is known at a version. Any thread. */
    public void start(long known) {
        loop.every(TICK, this::tick);
        onLoop(() -> {
            version = Long.toString(known);
            told = known;
            listedSince = true;
            watch();
        });
    }

    /** Tells nothing any more. Any thread, before the loop is closed. */
    @Override
    public void close() {
        onLoop(() -> {
            closed = true;
            leave();
        });
    }

    /** Why what was told may be old; empty if it is how it is. Any thread. */
    public Optional<Doubt> doubt() {
        if (loop.nanoTime() - tickedNanos > STOPPED.toNanos()) {
            return Optional.of(stoppedFor(loop.nanoTime() - tickedNanos));
        }
        return Optional.ofNullable(doubt);
    }

    /** How long ago the server was heard. Any thread. */
    public Duration age() {
        return Duration.ofNanos(loop.nanoTime() - heardNanos);
    }

    /** The version up to which the sink was told; -1 before the first. Any thread. */
    public long version() {
        return told;
    }

    /**
     * Somebody knows of something that the watch should have told: it is cut, and resumed; the next time, begun anew. Any
     * thread.
     *
     * @param why in words
     */
    public void suspect(String why) {
        onLoop(() -> {
            if (stream != null) {
                if (suspected) {
                    version = ""; // it was resumed, and does not tell either
                }
                suspected = true;
                doubted(new Doubt(why, null));
                again(Duration.ZERO);
            } // else it is being begun already
        });
    }

    private void tick() {
        long now = loop.nanoTime();
        long since = now - tickedNanos;
        tickedNanos = now;
        if (since > STOPPED.toNanos()) {
            version = "";
            doubted(stoppedFor(since));
            again(Duration.ZERO);
        }
    }

    private static Doubt stoppedFor(long nanos) {
        return new Doubt(
                "this process stood still for " + Duration.ofNanos(nanos).toSeconds() + " s", null);
    }

    // ---- snapshots ----

    private void snapshot() {
        int mine = ++number;
        CompletableFuture<Snapshot<T>> taken;
        try {
            taken = source.snapshot();
        } catch (RuntimeException notSent) {
            taken = CompletableFuture.failedFuture(notSent);
        }
        taken.whenCompleteAsync(
                (snapshot, failure) -> {
                    if (mine != number || closed) {
                        return;
                    }
                    if (failure != null) {
                        failed(ApiException.of(failure));
                    } else {
                        listed(snapshot);
                    }
                },
                loop);
    }

    private void listed(Snapshot<T> snapshot) {
        version = snapshot.version();
        listedSince = true;
        heard();
        try {
            sink.listed(snapshot.objects());
        } finally {
            told = Long.parseLong(version);
            watch();
        }
    }

    // ---- watches ----

    private void watch() {
        int mine = ++number;
        One events = new One(mine, loop.nanoTime());
        loop.after(LENGTH.plus(GRACE), () -> {
            if (mine == number) {
                version = ""; // who knows what it has not told
                doubted(new Doubt(
                        "the watch of " + source.name() + " was silent for "
                                + LENGTH.plus(GRACE).toSeconds() + " s",
                        null));
                again(Duration.ZERO);
            }
        });
        try {
            stream = source.watch(version, LENGTH, events);
        } catch (RuntimeException notSent) {
            failed(ApiException.of(notSent));
        }
    }

    private final class One implements Events<T> {

        private final int mine;
        private final long started;

        One(int mine, long started) {
            this.mine = mine;
            this.started = started;
        }

        @Override
        public void opened() {
            told(() -> {
                Watcher.this.heard();
                if (listedSince) {
                    certain();
                } else {
                    loop.after(SETTLED, () -> {
                        if (mine == number) {
                            certain();
                        }
                    });
                }
            });
        }

        @Override
        public void seen(String at, T object) {
            told(at, () -> sink.seen(object));
        }

        @Override
        public void gone(String at, T object) {
            told(at, () -> sink.gone(object));
        }

        @Override
        public void heard(String at) {
            told(at, () -> {});
        }

        @Override
        public void ended(@Nullable ApiException error) {
            told(() -> {
                if (error != null) {
                    failed(error);
                } else if (loop.nanoTime() - started > LENGTH.toNanos() / 2) {
                    Watcher.this.heard();
                    leave();
                    watch();
                } else {
                    again("the server ended the watch of " + source.name() + " at once", null);
                }
            });
        }

        private void told(String at, Runnable news) {
            told(() -> {
                version = at;
                suspected = false;
                Watcher.this.heard();
                backoff = BACKOFF;
                failures = 0;
                try {
                    news.run();
                } finally {
                    told = Long.parseLong(at);
                }
            });
        }

        private void told(Runnable news) {
            onLoop(() -> {
                if (mine == number && !closed) {
                    news.run();
                }
            });
        }
    }

    // ---- what fails ----

    private void failed(ApiException error) {
        if (error.kind() == Kind.EXPIRED) {
            version = "";
            doubted(Doubt.of(error));
            again(Duration.ZERO);
        } else {
            if (error.kind() == Kind.FORBIDDEN) {
                version = ""; // where lists are allowed and watches are not, what is told is at least not older than a
                // pause
            }
            again(error.problem(), error);
        }
    }

    private void again(String why, @Nullable ApiException error) {
        if (++failures >= FAILURES) {
            version = "";
        }
        doubted(new Doubt(why, error));
        again(error == null ? backoff.pause(random) : backoff.pause(random, error));
        backoff = backoff.longer();
    }

    /** Leaves what is under way, and goes on after a pause. */
    private void again(Duration pause) {
        leave();
        int mine = number;
        Runnable next = () -> {
            if (mine == number && !closed) {
                if (version.isEmpty()) {
                    snapshot();
                } else {
                    watch();
                }
            }
        };
        if (pause.isZero()) {
            next.run();
        } else {
            loop.after(pause, next);
        }
    }

    private void leave() {
        number++;
        Transport.Stream open = stream;
        stream = null;
        if (open != null) {
            open.close();
        }
    }

    private void doubted(Doubt newDoubt) {
        if (closed) {
            return;
        }
        Doubt before = doubt;
        listedSince = false;
        doubt = newDoubt;
        if (before == null || (before.cause() == null && newDoubt.cause() != null)) {
            log.warn("what is known of the {} may be old, trying again: {}", source.name(), newDoubt.why());
        }
        sink.doubtChanged();
    }

    private void certain() {
        if (doubt != null) {
            doubt = null;
            log.info("the {} are seen", source.name());
            sink.doubtChanged();
        }
    }

    private void heard() {
        heardNanos = loop.nanoTime();
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException late) {
            log.trace("a watch told something after the close");
        }
    }
}
