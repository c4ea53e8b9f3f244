package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.lease.ApiException.Kind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All objects of a {@link Source}, and then every change of them, until it is closed: a snapshot, then watches, each
 * from where the last one ended (<a
 * href="https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes">Kubernetes API
 * concepts</a>). Nothing ends it: what fails is tried again, and what can't be resumed is begun anew.
 *
 * <p>It knows whether what it has told is how it is: {@link #doubt}. A watch can be dead in ways that look alike:
 * refused, cut, ended at once, or standing and silent; a process that was stopped does not know what it has missed.
 * Cutting a watch ourselves is not hearing from the server. A doubt ends when a watch has stood for {@link #SETTLED},
 * since the server tells at once what there is to tell; or as soon as it stands, if nothing has failed and the snapshot
 * was asked for no longer ago. While there is no doubt, everything that is older than a minute has been told: for
 * {@link #LENGTH} and {@link #GRACE} may a connection be dead unnoticed, unless somebody {@linkplain #suspect suspects}
 * it, and it may have been resumed from what was as old as the shortest watch is long. With a longer watch, which costs
 * the server less, that is {@link #SILENCE}.
 *
 * <p>Confined to the {@link Loop}, and so is the sink, but for what is said otherwise. What a sink throws is logged,
 * and harms nobody: of an event nothing else becomes, a list is taken anew.
 */
public final class Watcher<T> implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Watcher.class);

    /** How long the server is asked to keep a watch up, at most, unless another length is given. */
    public static final Duration LENGTH = Duration.ofSeconds(30);

    /**
     * So much of the length is asked for at least: what began together, after a server's restart, does not come back
     * so.
     */
    private static final double SHORTEST = 0.75;

    /** A watch of any length that has said nothing for so long is dead: the server sends a bookmark once a minute. */
    public static final Duration SILENCE = Duration.ofSeconds(90);

    /** How much later than it was asked the server may end a watch. */
    public static final Duration GRACE = Duration.ofSeconds(5);

    /** How long a resumed watch stands until what it has not told is not there. */
    public static final Duration SETTLED = Duration.ofSeconds(1);

    /** A watch that has told nothing for so long gives way to a short one where somebody relies on that. */
    static final Duration QUIET = Duration.ofSeconds(3);

    /** The length of that. The server tells what version it is at 2 s before it ends a watch. */
    static final Duration SHORT = Duration.ofSeconds(5);

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
    private final Duration length;
    private final Duration shortest;

    /** What the next watch begins after; empty if a snapshot is needed. */
    private String version = "";
    /**
     * When the server last said what there is: an event, a bookmark, a list, which is as it was when it was asked for.
     */
    private long knownNanos;
    /** When the list was asked for that was told last, or is being told. */
    private long listAskedNanos;

    private volatile Transport.@Nullable Stream stream;
    /** When that was asked for; it may not stand yet. */
    private long begun;
    /** Whether that has stood for {@link #SETTLED}. */
    private boolean settled;
    /** Whether it is a short one. */
    private boolean hurried;
    /** Counts watches and snapshots: what an earlier one tells late is not news. */
    private int number;
    /** Since a watch has settled. */
    private int failures;

    private Backoff backoff = BACKOFF;
    /** Whether somebody missed something, and nothing was told since. */
    private boolean suspected;

    /** What is to be told soon, and then done. */
    private final List<Expected> expected = new ArrayList<>();

    private final Alarm overdue;

    private final Quiet quiet;
    private @Nullable Future<?> ticks;

    private record Expected(
            long version, long sinceNanos, @Nullable Runnable then) {}

    private volatile boolean closed;
    private volatile @Nullable Doubt doubt;
    /** Up to where the sink was told. */
    private volatile long told = -1;

    private volatile long heardNanos;
    private volatile long tickedNanos;

    /** With watches of {@link #LENGTH}. Does nothing yet. */
    public Watcher(Source<T> source, Loop loop, RandomGenerator random, Sink<T> sink) {
        this(source, loop, random, sink, LENGTH);
    }

    /**
     * Does nothing yet.
     *
     * @param length how long the server is asked to keep a watch up, at most: ten thousand pods that ask anew twice a
     *     minute are 400 requests a second
     */
    public Watcher(Source<T> source, Loop loop, RandomGenerator random, Sink<T> sink, Duration length) {
        this.length = length;
        this.shortest = Duration.ofSeconds((long) (length.toSeconds() * SHORTEST));
        this.source = source;
        this.loop = loop;
        this.random = random;
        this.sink = sink;
        this.heardNanos = loop.nanoTime();
        this.tickedNanos = heardNanos;
        this.knownNanos = heardNanos - length.toNanos();
        this.quiet = new Quiet(heardNanos);
        this.overdue = new Alarm(loop, this::overdue);
        this.doubt = new Doubt("the " + source.name() + " were not listed yet", null);
    }

    /** Begins with a snapshot. Any thread. */
    public void start() {
        begin(this::snapshot);
    }

    /** Begins with what is known at a version. Any thread. */
    public void start(long known) {
        begin(() -> {
            version = Long.toString(known);
            told = known;
            watch(false);
        });
    }

    private void begin(Runnable first) {
        loop.offer(() -> {
            if (!closed) {
                tickedNanos = loop.nanoTime();
                ticks = loop.every(TICK, this::tick);
                first.run();
            }
        });
    }

    /** Tells nothing any more, but what is just being told. Any thread, also when the loop takes no tasks any more. */
    @Override
    public void close() {
        closed = true;
        Transport.Stream open = stream;
        if (open != null) {
            open.close();
        }
        loop.offer(() -> {
            leave();
            if (ticks != null) {
                ticks.cancel(false);
            }
        });
    }

    /** Why what was told may be old; empty if it is how it is. Any thread. */
    public Optional<Doubt> doubt() {
        long still = loop.nanoTime() - tickedNanos;
        return still > STOPPED.toNanos() ? Optional.of(stoodStill(still)) : Optional.ofNullable(doubt);
    }

    /** How long ago the server was heard. Any thread. */
    public Duration age() {
        return Duration.ofNanos(loop.nanoTime() - heardNanos);
    }

    /** The version up to which the sink was told; -1 before the first. Any thread. */
    public long version() {
        return told;
    }

    /** When the list that was told last, or is being told, was asked for: what was read since is newer. On the loop. */
    public long listAskedNanos() {
        return listAskedNanos;
    }

    /**
     * Somebody has an answer of this version: the watch is to tell up to there within {@link #SETTLED}, or it is
     * suspected, and again until it does. A list that was asked for later will do, too, whatever its version: the
     * storage may have been set back. Any thread.
     *
     * @param then what waits for that, on the loop; never done once this is closed
     */
    public void expect(long newVersion, Runnable then) {
        expect(new Expected(newVersion, loop.nanoTime(), then));
    }

    /** As {@link #expect(long, Runnable)}, where nothing waits for it. Of all such few are kept. Any thread. */
    public void expect(long newVersion) {
        expect(new Expected(newVersion, loop.nanoTime(), null));
    }

    private void expect(Expected mine) {
        loop.offer(() -> {
            if (mine.version <= told) {
                tell(mine);
                return;
            }
            if (mine.then == null) {
                unwaited(mine);
            } else {
                expected.add(mine);
            }
            if (!overdue.isSet()) {
                overdue.set(SETTLED.toNanos());
            }
        });
    }

    /** Of such there are the oldest, which is overdue first, and the newest, however long the lists fail. */
    private void unwaited(Expected newer) {
        boolean isThere = false;
        for (int i = 0; i < expected.size(); i++) {
            Expected known = expected.get(i);
            if (known.then == null && isThere) {
                expected.set(i, new Expected(Math.max(known.version, newer.version), newer.sinceNanos, null));
                return;
            }
            isThere |= known.then == null;
        }
        expected.add(newer);
    }

    /** How many are kept. On the loop. */
    int expectations() {
        return expected.size();
    }

    /** One alarm for all, at the time of the first: there may be thousands while the watch is in trouble. */
    private void overdue() {
        if (expected.isEmpty() || closed) {
            return;
        }
        long left = expected.get(0).sinceNanos + SETTLED.toNanos() - loop.nanoTime();
        if (left <= 0) {
            // Of a storage that was set back the watch may tell enough to look alive, and never that.
            suspected |= expected.stream().anyMatch(each -> each.version == Long.MAX_VALUE);
            cut("the watch of " + source.name() + " does not tell of what was written");
        }
        overdue.set(left > 0 ? left : SETTLED.toNanos());
    }

    private void fulfil(Predicate<Expected> which) {
        if (!expected.isEmpty()) {
            List<Expected> done = new ArrayList<>();
            expected.removeIf(each -> which.test(each) && done.add(each));
            done.forEach(this::tell);
        }
    }

    /**
     * Somebody knows of something that the watch should have told: it is cut, and resumed; begun anew, if nothing was
     * told since the last suspicion. One that was begun no longer than {@link #SETTLED} ago is left to bring it: many
     * who miss something would cut it again and again. Any thread.
     *
     * @param why in words
     */
    public void suspect(String why) {
        loop.offer(() -> cut(why));
    }

    private void cut(String why) {
        if (stream != null && loop.nanoTime() - begun >= SETTLED.toNanos() && !closed) {
            if (suspected) {
                version = "";
            }
            suspected = true;
            doubted(new Doubt(why, null));
            next();
        }
    }

    /**
     * Somebody relies on there being no news: if there was none for {@link #QUIET}, a short watch goes on, whose end
     * tells that it was alive. So one that is dead is found in {@link #SHORT} and {@link #GRACE}. Any thread.
     */
    public void hurry() {
        loop.offer(() -> {
            if (settled && !hurried && loop.nanoTime() - heardNanos >= QUIET.toNanos() && !closed) {
                leave();
                watch(false, SHORT, SHORT);
                hurried = true;
            }
        });
    }

    private void tick() {
        long now = loop.nanoTime();
        long still = now - tickedNanos;
        if (still > STOPPED.toNanos() && !closed) {
            doubted(stoodStill(still)); // before the time is noted: doubt() never falls between the two
            next();
        } else if (stream != null && Math.min(now - begun, now - heardNanos) > SILENCE.toNanos()) {
            silent(this::doubted);
        }
        tickedNanos = now;
    }

    private static Doubt stoodStill(long nanos) {
        return new Doubt(
                "this process stood still for " + Duration.ofNanos(nanos).toSeconds() + " s", null);
    }

    /**
     * Leaves what is under way, and goes on from what is known; if that is old, anew: a watch that stands and says
     * nothing would make it no younger.
     */
    private void next() {
        leave();
        if (closed) {
            return;
        }
        if (version.isEmpty() || known().compareTo(shortest) >= 0) {
            snapshot();
        } else {
            watch(false);
        }
    }

    private void leave() {
        number++;
        settled = false;
        Transport.Stream open = stream;
        stream = null;
        if (open != null) {
            open.close();
        }
    }

    // ---- snapshots ----

    private void snapshot() {
        int mine = ++number;
        long asked = loop.nanoTime();
        CompletableFuture<Snapshot<T>> taken;
        try {
            taken = source.snapshot();
        } catch (RuntimeException | Error notSent) {
            taken = CompletableFuture.failedFuture(notSent);
        }
        taken.whenComplete((snapshot, failure) -> ifCounts(mine, () -> {
            if (failure != null) {
                failed(ApiException.of(failure));
            } else {
                listed(snapshot, asked);
            }
        }));
    }

    private void listed(Snapshot<T> snapshot, long asked) {
        long at = Long.parseLong(snapshot.version());
        heardNanos = loop.nanoTime();
        listAskedNanos = asked;
        boolean taken = tell(() -> sink.listed(snapshot.objects()));
        tickedNanos = loop.nanoTime(); // a long list is work, and no reason for another one
        if (!taken) {
            failed("who is told of the " + source.name() + " could not take the list", null);
        } else if (!closed) {
            version = snapshot.version();
            told = at;
            knownNanos = asked;
            fulfil(each -> each.version <= told || asked - each.sinceNanos >= 0);
            watch(true);
        }
    }

    // ---- watches ----

    /** Begins one; {@code anew} if it is the first of a list. */
    private void watch(boolean anew) {
        hurried = false;
        Duration asked =
                shortest.plusSeconds(random.nextLong(length.minus(shortest).toSeconds() + 1));
        watch(anew, asked, length);
    }

    private void watch(boolean anew, Duration asked, Duration longest) {
        int mine = ++number;
        begun = loop.nanoTime();
        loop.after(longest.plus(GRACE), () -> ifCounts(mine, () -> silent(this::doubted)));
        try {
            stream = source.watch(version, asked, new One(mine, anew));
        } catch (RuntimeException | Error notSent) {
            failed(ApiException.of(notSent));
        }
    }

    private final class One implements Events<T> {

        private final int mine;
        private final boolean anew;

        One(int mine, boolean anew) {
            this.mine = mine;
            this.anew = anew;
        }

        @Override
        public void opened() {
            ifCounts(mine, () -> {
                heardNanos = loop.nanoTime();
                if (failures == 0 && anew && known().compareTo(SETTLED) <= 0) {
                    certain();
                }
                loop.after(SETTLED, () -> ifCounts(mine, Watcher.this::settled));
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
            ifCounts(mine, () -> {
                if (error != null) {
                    failed(error);
                } else if (settled && known().compareTo(shortest) < 0) {
                    heardNanos = loop.nanoTime();
                    next();
                } else if (settled) {
                    silent(Watcher.this::unsure); // where nothing at all is written, that is in order, too
                } else {
                    failed("the server ended the watch of " + source.name() + " at once", null);
                }
            });
        }

        private void told(String at, Runnable news) {
            ifCounts(mine, () -> {
                long number = Long.parseLong(at);
                heardNanos = loop.nanoTime();
                knownNanos = heardNanos;
                suspected = false;
                tell(news);
                version = at;
                told = number;
                fulfil(each -> each.version <= number);
            });
        }
    }

    /**
     * Before it ends a watch in time, the server tells up to where there was nothing to tell, if that is newer than
     * where the watch began (tried on 1.36). One that says nothing at all is dead, or waits for a version that is never
     * reached, since the storage was set back (no error, no word), or nothing was written. What is known is too old by
     * then to be resumed from.
     */
    private void silent(Consumer<Doubt> become) {
        version = "";
        become.accept(
                new Doubt("the watch of " + source.name() + " was silent for " + known().toSeconds() + " s", null));
        next();
    }

    private Duration known() {
        return Duration.ofNanos(loop.nanoTime() - knownNanos);
    }

    private void settled() {
        settled = true;
        failures = 0;
        backoff = BACKOFF;
        certain();
    }

    /** News of the watch or snapshot of that number, if it is the one that counts. Any thread. */
    private void ifCounts(int mine, Runnable news) {
        loop.offer(() -> {
            if (mine == number && !closed) {
                news.run();
            }
        });
    }

    private void tell(Expected what) {
        if (what.then != null) {
            tell(what.then);
        }
    }

    /** Whether the sink took it. */
    private boolean tell(Runnable news) {
        try {
            news.run();
            return true;
        } catch (RuntimeException | Error failure) {
            log.error("who is told of the {} failed; please report this", source.name(), failure);
            return false;
        }
    }

    // ---- what fails ----

    private void failed(ApiException error) {
        failed(error.problem(), error);
    }

    private void failed(String why, @Nullable ApiException error) {
        boolean expired = error != null && error.kind() == Kind.EXPIRED;
        // Where lists are allowed and watches are not, what is told is at least no older than a pause.
        boolean refused = error != null && error.kind() == Kind.FORBIDDEN;
        if (++failures >= FAILURES || expired || refused) {
            version = "";
        }
        doubted(new Doubt(why, error));
        leave();
        if (expired && failures == 1) {
            next(); // as it goes when a version is old; the second time it is the server's trouble
            return;
        }
        int mine = number;
        loop.after(
                error == null ? backoff.pause(random) : backoff.pause(random, error), () -> ifCounts(mine, this::next));
        backoff = backoff.longer();
    }

    private void doubted(Doubt newDoubt) {
        if (quiet.isNews(newDoubt.why(), loop.nanoTime())) {
            log.warn("what is known of the {} may be old, trying again: {}", source.name(), newDoubt.why());
        }
        unsure(newDoubt);
    }

    private void unsure(Doubt newDoubt) {
        doubt = newDoubt;
        tell(sink::doubtChanged);
    }

    private void certain() {
        if (doubt != null) {
            doubt = null;
            if (quiet.isOver()) {
                log.info("the {} are seen", source.name());
            }
            tell(sink::doubtChanged);
        }
    }
}
