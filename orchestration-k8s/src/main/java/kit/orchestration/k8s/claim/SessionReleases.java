package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerSlot.Unreadable;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Quiet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends claims from outside. A session whose token somebody may have is only marked: its pod obeys, and frees the slot.
 * Freed directly is what nobody can start: a claim that was given to no caller, and that no other allocator gives to
 * one by its request id; and the slot of a pod without SDK.
 *
 * <p>One write per Lease is under way at a time; what is asked meanwhile goes with the next. Each tests the exact text
 * of the slot, so it ends that claim or nothing, however late it lands, and may be repeated. Confined to the loop.
 */
final class SessionReleases {

    private static final Logger log = LoggerFactory.getLogger(SessionReleases.class);

    /** How long is tried what nobody waits for. */
    private static final Duration TO_THE_END = Duration.ofSeconds(60);

    /** After so many tries in vain, which take some seconds, the log says so. */
    private static final int TOLD = 10;

    /** As long as there is its pod, and this process. */
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private record Ending(
            int slot,
            String sessionId,
            boolean free,
            BooleanSupplier isMoot,
            boolean isWaitedFor,
            long deadline,
            CompletableFuture<Void> done) {

        boolean isOf(@Nullable Held held) {
            return held != null && held.sessionId().equals(sessionId);
        }
    }

    /** Between two tries. */
    private static final class Pause {
        private final ApiException error;
        /** What the server has asked for holds, though something is tried before its end. */
        private final NotBefore notBefore;

        private final Backoff next;
        /** How many tries have failed, one after the other. */
        private final int failures;

        private Future<?> timer = CompletableFuture.completedFuture(null);
        /** Whether something that came had its try meanwhile, or since the last one that was due. */
        private boolean tried;

        Pause(@Nullable Pause before, ApiException error, ClusterContext context) {
            Backoff backoff = before == null ? Backoff.FIRST : before.next;
            this.error = error;
            this.notBefore = before == null ? new NotBefore(context.loop()) : before.notBefore;
            notBefore.pause(backoff.pause(context.random(), error));
            this.next = backoff.longer();
            this.failures = before == null ? 1 : before.failures + 1;
            this.tried = before != null && before.tried;
        }
    }

    private final ClusterContext context;
    private final ClusterView view;
    private final Gate gate;
    private final BiConsumer<String, BooleanSupplier> unseen;
    private final Map<KnownPod, List<Ending>> waiting = new HashMap<>();
    private final Set<KnownPod> writing = new HashSet<>();
    /** The sessions that a write ends that was sent, and has no answer yet. */
    private final Set<String> sent = new HashSet<>();

    /** Where a write has failed, and some of what it was for still waits. */
    private final Map<KnownPod, Pause> pauses = new HashMap<>();

    private final Quiet quiet;

    /**
     * Of a pool.
     *
     * @param unseen told of a session that is to be ended unless that is moot, and whose Lease is gone: its pod may
     *     make it anew
     */
    SessionReleases(ClusterContext context, ClusterView view, Gate gate, BiConsumer<String, BooleanSupplier> unseen) {
        this.context = context;
        this.view = view;
        this.gate = gate;
        this.unseen = unseen;
        this.quiet = new Quiet(context.loop().nanoTime());
    }

    /** Marks a session, for its pod to end it. Done when that is written, or the session has ended anyway. */
    void revoke(Place place, String sessionId, CompletableFuture<Void> done) {
        end(place, sessionId, false, () -> false, true, context.patienceToTell(), done);
    }

    /**
     * As {@link #revoke}, of a session that nobody waits for the end of: a failure is nobody's but the log's.
     */
    void revokeLate(Place place, String sessionId) {
        withdraw(place, sessionId, () -> false);
    }

    /** As {@link #revokeLate}, unless it is moot by the time of a write. */
    void withdraw(Place place, String sessionId, BooleanSupplier isMoot) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        end(place, sessionId, false, isMoot, false, toTheEnd(place), done);
        logFailure(place, "a session that was released, or withdrawn, could not be ended", done);
    }

    /** Frees the slot of a claim that nobody can start. */
    void free(Place place, String sessionId) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        end(place, sessionId, true, () -> false, false, toTheEnd(place), done);
        logFailure(place, "a claim that nobody took could not be given back, its time will end it", done);
    }

    /** Where no SDK runs nobody else ends a claim: no time of its own, either. */
    private static Duration toTheEnd(Place place) {
        PodFacts facts = place.pod().pod();
        return facts == null || facts.hasSdk() ? TO_THE_END : FOR_EVER;
    }

    private void logFailure(Place place, String what, CompletableFuture<Void> done) {
        done.whenComplete((end, failure) -> {
            if (failure == null) {
                quiet.isOver();
            } else if (quiet.isNews(
                    String.valueOf(failure.getMessage()), context.loop().nanoTime())) {
                log.warn("{}: {}: {}", place.pod(), what, failure.getMessage());
            }
        });
    }

    private void end(
            Place place,
            String sessionId,
            boolean free,
            BooleanSupplier isMoot,
            boolean isWaitedFor,
            Duration patience,
            CompletableFuture<Void> done) {
        context.writes().begin(done);
        long deadline = context.loop().nanoTime() + patience.toNanos();
        waiting.computeIfAbsent(place.pod(), p -> new ArrayList<>())
                .add(new Ending(place.slot(), sessionId, free, isMoot, isWaitedFor, deadline, done));
        next(place.pod());
    }

    /**
     * Something came, or a write is over. While the pod's writes pause, what comes first has a try at once, and takes
     * along what waits: it may have less time than the pause. What comes then waits with the others, or fails.
     */
    private void next(KnownPod pod) {
        Pause pause = pauses.get(pod);
        if (pause == null) {
            begin(pod);
        } else if (!writing.contains(pod) && waiting.containsKey(pod)) {
            if (pause.tried) {
                giveUp(waiting.get(pod), pause);
            } else {
                pause.tried = true;
                pause.timer.cancel(false);
                begin(pod);
            }
        }
    }

    /** Fails those who have no time for another try, and callers at once if there is no right to it. */
    private static void giveUp(List<Ending> endings, Pause pause) {
        boolean refused = pause.error.kind() == ApiException.Kind.FORBIDDEN;
        endings.removeIf(ending -> ((refused && ending.isWaitedFor()) || pause.notBefore.end() - ending.deadline > 0)
                && ending.done.completeExceptionally(pause.error));
    }

    private void begin(KnownPod pod) {
        List<Ending> endings = writing.contains(pod) ? null : waiting.remove(pod);
        if (endings == null || endings.isEmpty()) {
            return;
        }
        writing.add(pod);
        Lease known = pod.lease();
        if (known == null) {
            leaseIsGone(pod, endings);
        } else if (pod.pod() == null && known.podName() != null) {
            look(pod, endings, known, known.podName());
        } else {
            go(pod, endings, known);
        }
    }

    /** Whether the SDK runs in it is not known. */
    private void look(KnownPod pod, List<Ending> endings, Lease known, String podName) {
        context.loop().whenDone(gate.pass(() -> context.pod(podName)), (found, failure) -> {
            if (failure == null) {
                view.lookedAt(pod, found);
                go(pod, endings, known);
            } else {
                failed(pod, endings, ApiException.of(failure));
            }
        });
    }

    private void go(KnownPod pod, List<Ending> endings, Lease known) {
        if (!pauses.containsKey(pod)
                && endings.stream().allMatch(ending -> ending.isOf(LedgerSlot.claim(known.slot(ending.slot))))) {
            write(pod, endings, known);
        } else {
            read(pod, endings, known); // the watch has not told of a claim yet, or the text is not what it was
        }
    }

    private void read(KnownPod pod, List<Ending> endings, Lease known) {
        context.loop().whenDone(gate.pass(() -> context.api().get(known.name())), (found, failure) -> {
            if (failure != null) {
                failed(pod, endings, ApiException.of(failure));
            } else if (isReplaced(pod, known)) {
                writing.remove(pod);
                waiting.computeIfAbsent(pod, p -> new ArrayList<>()).addAll(endings);
                begin(pod); // what was read is of before
            } else if (found.isEmpty() || !found.get().uid().equals(known.uid())) {
                leaseIsGone(pod, endings);
            } else {
                view.read(pod, found.get());
                write(pod, endings, found.get());
            }
        });
    }

    private static boolean isReplaced(KnownPod pod, Lease known) {
        Lease now = pod.lease();
        return now != null && !now.uid().equals(known.uid());
    }

    private void write(KnownPod pod, List<Ending> endings, Lease now) {
        context.loop().whenDone(gate.pass(() -> patch(pod, endings, now)), (written, failure) -> {
            endings.forEach(ending -> sent.remove(ending.sessionId));
            if (failure == null) {
                finished(pod, endings);
            } else {
                List<Ending> left =
                        endings.stream().filter(ending -> !ending.done.isDone()).toList();
                failed(pod, left, ApiException.of(failure));
            }
        });
    }

    /** In its turn at the gate, since what is moot by then is left. */
    private CompletionStage<?> patch(KnownPod pod, List<Ending> endings, Lease now) {
        LeasePatch patch = LeasePatch.of(now);
        PodFacts facts = pod.pod();
        List<Ending> left = new ArrayList<>();
        // Each slot once, however many want it: a second test would fail.
        Map<Integer, LedgerSlot> become = new LinkedHashMap<>();
        for (Ending ending : endings) {
            LedgerSlot slot = LedgerSlot.read(now.slot(ending.slot));
            boolean free = ending.free || (facts != null && !facts.hasSdk()); // who sees no mark
            if (ending.isMoot.getAsBoolean()) {
                ending.done.complete(null);
            } else if (slot instanceof Held held && ending.isOf(held) && (free || !held.revoked())) {
                if (free) {
                    become.put(ending.slot, held.freed());
                } else {
                    become.putIfAbsent(ending.slot, held.revoke());
                }
                left.add(ending);
            } else if (slot instanceof Unreadable unreadable) {
                ending.done.completeExceptionally(new LedgerFormatException(
                        "slot " + ending.slot + " of " + now.name() + " can't be read: " + unreadable.problem()));
            } else {
                ending.done.complete(null); // it has ended, or is marked
            }
        }
        if (left.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        become.forEach((slot, text) -> patch.slot(slot, Objects.requireNonNull(now.slot(slot)), text));
        left.forEach(ending -> sent.add(ending.sessionId));
        long start = System.nanoTime();
        return context.api()
                .patch(now.name(), patch)
                .whenComplete((version, failure) -> context.called(now.pool(), "release", left.size(), start, failure));
    }

    /** Whether a write that ends it was sent, and has no answer yet. */
    boolean isOnItsWay(String sessionId) {
        return sent.contains(sessionId);
    }

    /** Looks again after a pause, and writes what is still to be written; for as long as each may take. */
    private void failed(KnownPod pod, List<Ending> endings, ApiException error) {
        Pause pause = new Pause(pauses.get(pod), error, context);
        List<Ending> left = new ArrayList<>(endings);
        giveUp(left, pause);
        if (pause.failures >= TOLD
                && !left.isEmpty()
                && quiet.isNews(error.problem(), context.loop().nanoTime())) {
            log.warn("{}: sessions there can't be ended, trying on: {}", pod, error.problem());
        }
        writing.remove(pod);
        pauses.put(pod, pause);
        long length = pause.notBefore.end() - context.loop().nanoTime();
        pause.timer = context.loop().after(Duration.ofNanos(length), () -> isOver(pod, pause));
        boolean more = waiting.containsKey(pod);
        if (!left.isEmpty()) {
            waiting.computeIfAbsent(pod, p -> new ArrayList<>()).addAll(left);
        }
        if (more) {
            next(pod);
        }
    }

    private void isOver(KnownPod pod, Pause pause) {
        if (pauses.get(pod) == pause) {
            pause.tried = false;
            begin(pod);
            if (!writing.contains(pod)) {
                pauses.remove(pod); // nobody waits any more
            }
        }
    }

    private void leaseIsGone(KnownPod pod, List<Ending> endings) {
        endings.stream()
                .filter(ending -> !ending.free)
                .forEach(ending -> unseen.accept(ending.sessionId, ending.isMoot));
        finished(pod, endings);
    }

    private void finished(KnownPod pod, List<Ending> endings) {
        endings.forEach(ending -> ending.done.complete(null));
        writing.remove(pod);
        if (pauses.remove(pod) != null) {
            quiet.isOver();
        }
        next(pod);
    }
}
