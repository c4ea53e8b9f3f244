package kit.orchestration.agones;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends claims from outside: a note tells the server's SDK, which frees the slot. An allocator must not take
 * values out of a list itself, since a player may have started the session.
 *
 * <p>One call per server is under way at a time; what is asked meanwhile goes with the next. A server that Agones does
 * not show may be hidden by claims under way, batch after batch (measured: 40 to 60 % of releases under load are
 * refused so, at times 83 %). So a caller is told that there is none after {@link #REFUSALS} batches, and the server is
 * looked for on in the background, for {@link #SEARCH}: only then are it and its sessions taken for gone.
 */
final class AgonesReleases {

    private static final Logger log = LoggerFactory.getLogger(AgonesReleases.class);

    /** What a label's value may be: an id with another boot is none of ours. */
    private static final Pattern BOOT = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?");

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** Batches whose refusals a caller waits for, unless its time is over before. */
    private static final int REFUSALS = 8;
    /** However short these are: so long hardly any server stays hidden at a time. */
    private static final Duration HIDDEN = Duration.ofSeconds(2);

    /**
     * How long a server that Agones does not show is looked for in all. One that its allocator has lost shows itself
     * once nobody has written to it for a minute: within two of the last write.
     */
    private static final long SEARCH = Duration.ofSeconds(150).toNanos();

    /** How often it is looked for once the caller was told: it may be gone, and hundreds with it. */
    private static final RetryPause SEARCHING = new RetryPause(Duration.ofMillis(250), Duration.ofSeconds(20));
    /** Notes in one call. */
    private static final int MOST = 100;
    /** Of the call time-out, how often as long a claim that nobody took is tried to be given back. */
    private static final int PATIENCE = 12;

    private record Place(String pool, String boot) {}

    private static final class Ending {
        final String key;
        final long deadline;
        final long searchEnds;
        final Evidence gone = new Evidence(REFUSALS, HIDDEN);
        final CompletableFuture<Void> done = new CompletableFuture<>();
        /** The next pause, once nobody waits for it. One call has it at a time. */
        RetryPause search = SEARCHING;

        Ending(String key, long now, long patience) {
            this.key = key;
            this.deadline = now + patience;
            this.searchEnds = now + SEARCH;
        }

        AgonesNote note() {
            return new AgonesNote(AgonesNote.Kind.RELEASED, key);
        }
    }

    private final AllocatorContext context;
    private final BiConsumer<String, Answer> shown;

    /** Nothing is sent or told under it. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Place, List<Ending>> waiting = new HashMap<>();

    @GuardedBy("lock")
    private final Set<Place> calling = new HashSet<>();

    /** Tells what servers its calls were shown, by pool. */
    AgonesReleases(AllocatorContext context, BiConsumer<String, Answer> shown) {
        this.context = context;
        this.shown = shown;
    }

    /** Ends a session. Done when its server was told, or is no more; fails with a {@link FailedException}. */
    CompletableFuture<Void> release(String pool, String sessionId) {
        String boot = AgonesNames.bootOf(sessionId).orElse("");
        String key = AgonesNames.keyOf(sessionId);
        if (!BOOT.matcher(boot).matches() || !KEY.matcher(key).matches()) {
            return CompletableFuture.completedFuture(null); // names no session of ours
        }
        // Before the caller's own time is over, so that it hears what there is to tell.
        return end(new Place(pool, boot), key, (long)
                (Refuser.DOUBT * context.settings().callTimeout().toNanos()));
    }

    /** Ends a claim that nobody took. */
    void giveBack(String pool, String sessionId) {
        AgonesNames.bootOf(sessionId)
                .ifPresentOrElse(
                        boot -> giveBack(new Place(pool, boot), AgonesNames.keyOf(sessionId)),
                        () -> leave(pool, "no SDK runs in its server"));
    }

    /** Ends a claim that can't be used. */
    void giveBack(String pool, Answer server, String key) {
        String boot = server.boot();
        if (boot == null) {
            leave(pool, "no SDK runs in its server");
        } else {
            giveBack(new Place(pool, boot), key);
        }
    }

    private void giveBack(Place place, String key) {
        end(place, key, PATIENCE * context.settings().callTimeout().toNanos()).whenComplete((done, failure) -> {
            if (failure != null) {
                leave(place.pool, failure.getMessage());
            }
        });
    }

    private static void leave(String pool, @Nullable String why) {
        log.warn("a claim in pool {} that nobody took could not be given back, its time will end it: {}", pool, why);
    }

    private CompletableFuture<Void> end(Place place, String key, long patience) {
        if (!context.messages().withSdk()) {
            return CompletableFuture.failedFuture(new FailedException(
                    new Failure(Kind.MISCONFIGURED, "nothing can be released in servers without the SDK", null)));
        }
        Ending ending = new Ending(key, context.now(), patience);
        begin(place, List.of(ending));
        return ending.done;
    }

    private void begin(Place place, List<Ending> endings) {
        lock.lock();
        try {
            waiting.computeIfAbsent(place, p -> new ArrayList<>()).addAll(endings);
        } finally {
            lock.unlock();
        }
        next(place);
    }

    private void next(Place place) {
        List<Ending> endings;
        lock.lock();
        try {
            endings = calling.contains(place) ? null : waiting.remove(place);
            if (endings == null) {
                return;
            }
            calling.add(place);
            if (endings.size() > MOST) {
                waiting.put(place, new ArrayList<>(endings.subList(MOST, endings.size())));
                endings = endings.subList(0, MOST);
            }
        } finally {
            lock.unlock();
        }
        call(
                place,
                endings,
                RetryPause.FAILED,
                RetryPause.released(context.settings().batchWait()));
    }

    private void call(Place place, List<Ending> endings, RetryPause failed, RetryPause refused) {
        List<AgonesNote> notes = endings.stream().map(Ending::note).toList();
        context.ask(
                context.releases(),
                place.pool,
                "release",
                notes.size(),
                context.messages().release(place.pool, place.boot, notes),
                (sent, answer, failure) -> {
                    if (answer == null) {
                        failed(place, endings, Objects.requireNonNull(failure), sent, failed, refused);
                        return;
                    }
                    shown.accept(place.pool, answer);
                    if (notes.stream().allMatch(answer::has)) {
                        finished(place, endings);
                    } else {
                        failed(place, endings, notNoted(answer), sent, failed, refused);
                    }
                },
                () -> endings.forEach(
                        ending -> ending.done.completeExceptionally(new FailedException(Failure.CLOSED))));
    }

    private Failure notNoted(Answer server) {
        String complaint = server.complaint(context.messages().listKey(), true);
        return complaint == null ? Failure.notesAreFull(server) : new Failure(Kind.MISCONFIGURED, complaint, null);
    }

    /** Calls again after a pause, for those whose time is not over and whoever has come meanwhile. */
    private void failed(
            Place place,
            List<Ending> endings,
            Failure failure,
            long sent,
            RetryPause afterFailure,
            RetryPause afterRefusal) {
        long now = context.now();
        List<Ending> left = endings.stream()
                .filter(ending -> isLeft(ending, failure, sent, now))
                .collect(Collectors.toCollection(ArrayList::new));
        if (left.isEmpty()) {
            finished(place, left);
            return;
        }
        if (left.stream().allMatch(ending -> ending.done.isDone())) {
            search(place, left);
            return;
        }
        boolean refused = failure.kind() == Kind.REFUSED;
        context.afterWaitedFor((refused ? afterRefusal : afterFailure).pause(context.random()), () -> {
            join(place, left);
            call(
                    place,
                    left,
                    refused ? afterFailure : afterFailure.longer(),
                    refused ? afterRefusal.longer() : afterRefusal);
        });
    }

    /** Nobody waits for these: later, less and less often; whoever releases there meanwhile goes at once. */
    private void search(Place place, List<Ending> endings) {
        RetryPause pause = endings.get(0).search;
        endings.forEach(ending -> ending.search = pause.longer());
        context.afterWaitedFor(pause.pause(context.random()), () -> begin(place, endings));
        finished(place, List.of());
    }

    /** Tells who waits for an ending what there is to tell; true if it is to be tried again. */
    private boolean isLeft(Ending ending, Failure failure, long sent, long now) {
        boolean late = now > ending.deadline;
        boolean repeatable = failure.kind().repeatable();
        if (failure.kind() == Kind.REFUSED) {
            ending.gone.refused(sent, now, context.settings().batchWait().toNanos());
            if (late || ending.gone.isCertain()) {
                ending.done.complete(null);
            }
        } else if (!ending.done.isDone() && (late || !repeatable)) {
            ending.done.completeExceptionally(new FailedException(failure));
            return false;
        }
        return repeatable && (!ending.done.isDone() || now < ending.searchEnds);
    }

    /** Those who have come meanwhile go along. */
    private void join(Place place, List<Ending> endings) {
        lock.lock();
        try {
            List<Ending> more = waiting.remove(place);
            if (more != null) {
                int places = Math.min(Math.max(0, MOST - endings.size()), more.size());
                endings.addAll(more.subList(0, places));
                if (places < more.size()) {
                    waiting.put(place, new ArrayList<>(more.subList(places, more.size())));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void finished(Place place, List<Ending> endings) {
        lock.lock();
        try {
            calling.remove(place);
        } finally {
            lock.unlock();
        }
        endings.forEach(ending -> ending.done.complete(null));
        next(place);
    }

    /** What a caller is told of a release that failed. */
    static RuntimeException told(String pool, Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof FailedException known
                ? known.failure().toException(pool, null, false)
                : new CompletionException(cause);
    }

    /** A release that may not have been written. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Failure failure;

        FailedException(Failure failure) {
            super(failure.what(), failure.cause());
            this.failure = failure;
        }

        Failure failure() {
            return failure;
        }
    }
}
