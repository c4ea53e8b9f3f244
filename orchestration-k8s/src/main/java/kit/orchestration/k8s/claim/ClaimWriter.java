package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Quiet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes claims into a pod's Lease: one JSON Patch for a batch, which tests the Lease's uid, its state, the text of
 * each slot that it takes, and this allocator's key. Nothing blocks. What becomes of a batch:
 *
 * <ul>
 *   <li>Written: each of its claims has its slot.
 *   <li>A test failed: the Lease is read, and what it says is believed. If it differs the race was lost, and the claims
 *       go elsewhere. If it does not, the patch itself is at fault, as it is where the server refuses it: its claims
 *       are tried one after the other; the culprit goes on with other pods, and fails alone once they refuse it, too.
 *   <li>Never sent, or the server has no time: nothing was written. The claims go elsewhere after a pause.
 *   <li>No answer: a look at the Lease tells if the batch was written. That it was not proves nothing, since the patch
 *       may land late; so a slot of it is fenced first, by raising its use count, and the late patch fails its test.
 * </ul>
 *
 * <p>A batch without answer is held on to until its outcome is known, however long the server is away; it keeps its
 * slots, and after a moment no writer. Its callers don't wait for it longer than they said; what turns out to be theirs
 * when they are gone goes back.
 */
final class ClaimWriter {

    private static final Logger log = LoggerFactory.getLogger(ClaimWriter.class);

    /** For so long a write without an answer keeps others waiting: its connection may be dead, and theirs not. */
    private static final Duration SILENT = Duration.ofSeconds(1);

    /** How long a look that may not be is repeated: whose claim it is holds a slot, and waits for it. */
    private static final Duration UNREAD = Duration.ofMillis(1_500);

    /** After so many refusals in a row of a batch's claims those that are left go elsewhere, if there is room. */
    private static final int IN_A_ROW = 2;

    private static final Backoff LOOKS = new Backoff(Duration.ofMillis(150), Duration.ofMillis(150));

    private final ClusterContext context;
    private final KubernetesPool pool;

    /** Those whose answers are awaited, until they are slow to come. */
    private final Set<Write> awaited = ConcurrentHashMap.newKeySet();

    // On the loop.

    /** How long to pause before the server is asked again; grows while it takes nothing. */
    private Backoff outage = Backoff.FIRST;

    private final LastingRefusal refusal = new LastingRefusal();
    private final LastingRefusal readRefusal = new LastingRefusal(UNREAD);
    /** Whether a claim was written yet: until then a refusal is told at once. */
    private boolean wasWell;

    private final Quiet quiet;

    ClaimWriter(ClusterContext context, KubernetesPool pool) {
        this.context = context;
        this.pool = pool;
        this.quiet = new Quiet(context.loop().nanoTime());
    }

    /** Writes claims, and answers each of them, later; done when that is done. Any thread. */
    CompletableFuture<Void> write(KnownPod pod, List<Reservation<KnownPod>> claims) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Lease lease = pod.lease();
        LedgerState state = lease == null ? null : lease.state();
        if (!context.writes().begin(end)) {
            // A call that came while the allocator closed: nobody would be left to give back what is written now.
            claims.forEach(claim -> claim.failed(new AllocatorClosedException(pool.name(), claim.request())));
            end.complete(null);
        } else if (lease == null || state == null || !state.isOpen()) {
            // The pool is about to be told. Not at once, or the calls would come here again and again until it is.
            context.loop().after(Backoff.FIRST.pause(context.random()), () -> lost(claims, end));
        } else {
            ClaimBatch batch = ClaimBatch.of(pod, lease, claims, context.loop().nanoTime());
            new Write(batch.without(unfit(batch, lease)), end, false).send();
        }
        return end;
    }

    /** Done when each write that is under way now was answered, or is slow to be. Any thread. */
    CompletionStage<Void> answered() {
        return CompletableFuture.allOf(
                awaited.stream().map(write -> write.answered).toArray(CompletableFuture<?>[]::new));
    }

    /** A batch was written: the server is well. */
    void isWell() {
        outage = Backoff.FIRST;
        quiet.isOver();
        refusal.isOver();
        wasWell = true;
    }

    private void lost(List<Reservation<KnownPod>> claims, CompletableFuture<Void> end) {
        Reservation.lostAll(claims);
        end.complete(null);
    }

    /** A right that is lacking where all was well may be there in a moment. */
    private boolean mayPass(ApiException error, LastingRefusal before) {
        return error.isLackOfRight()
                && wasWell
                && !before.lasts(error, context.loop().nanoTime());
    }

    /** Those for which the Lease has no room; they are told so. */
    private List<Reservation<KnownPod>> unfit(ClaimBatch batch, Lease lease) {
        List<Reservation<KnownPod>> unfit = batch.unfit(lease);
        pool.unfit(batch.pod(), unfit);
        return unfit;
    }

    /** One batch. On the loop, but for {@link #send}. */
    private final class Write {

        private final ClaimBatch batch;
        private final CompletableFuture<Void> end;
        /** Whether it is the second try, since what the first found has passed. */
        private final boolean again;

        private final CompletableFuture<Void> answered = new CompletableFuture<>();

        Write(ClaimBatch batch, CompletableFuture<Void> end, boolean again) {
            this.batch = batch;
            this.end = end;
            this.again = again;
        }

        void send() {
            if (batch.claims().isEmpty()) {
                end.complete(null);
                return;
            }
            long start = System.nanoTime();
            awaited.add(this);
            Future<?> silent = context.loop().after(SILENT, () -> {
                Reservation.delayed(batch.claims());
                isAwaitedNoMore();
            });
            end.whenComplete((done, failure) -> silent.cancel(false)); // a lost race is to be read, too
            context.api()
                    .patch(batch.lease().name(), batch.patch(context, pool.mayHold(batch.pod())))
                    .whenComplete((version, failure) -> {
                        isAwaitedNoMore();
                        context.called(pool.name(), "claim", batch.claims().size(), start, failure);
                        if (failure == null) {
                            written(batch, version);
                        } else {
                            context.loop().execute(() -> failed(ApiException.of(failure)));
                        }
                    });
        }

        private void isAwaitedNoMore() {
            awaited.remove(this);
            answered.complete(null);
        }

        private void failed(ApiException error) {
            if (error.isDenial()) {
                findCulprit(error);
                return;
            }
            switch (error.kind()) {
                case INVALID -> read(now -> compare(now, error), this::notRead);
                case FORBIDDEN -> {
                    if (error.code() == 401) {
                        refused(error); // which is no one claim's fault
                    } else if (mayPass(error, refusal)) {
                        troubled(error, this::lost);
                    } else {
                        findCulprit(error);
                    }
                }
                case NOT_FOUND -> gone();
                case CONFLICT -> after(Backoff.FIRST.pause(context.random()), this::lost);
                case NOT_APPLIED, EXPIRED -> troubled(error, this::lost);
                case UNKNOWN -> troubled(error, () -> resolve(Backoff.FIRST));
            }
        }

        // ---- what it ends with ----

        private void written(ClaimBatch those, long version) {
            pool.written(those, version);
            end.complete(null);
        }

        private void lost() {
            ClaimWriter.this.lost(batch.claims(), end);
        }

        /** The Lease is no more; the watch tells so in a moment. */
        private void gone() {
            pool.view.leaseIsMissing(batch.pod(), batch.lease());
            lost();
        }

        private void refused(ApiException error) {
            tell(error);
            batch.claims().forEach(claim -> claim.failed(error(claim.request(), error, Outcome.NOT_APPLIED, false)));
            end.complete(null);
        }

        private void refusedByPod(Reservation<KnownPod> claim, ApiException error) {
            boolean retryable = pool.mayTake(claim);
            pool.forgive(claim);
            claim.refused(request -> error(request, error, Outcome.NOT_APPLIED, retryable));
        }

        private void tell(ApiException error) {
            if (quiet.isNews(error.problem(), context.loop().nanoTime())) {
                log.warn("claims in pool {} failed: {}", pool.name(), error.problem());
            }
        }

        private BackendException error(AllocateReq request, ApiException error, Outcome outcome, boolean retryable) {
            String problem = error.problem() + ClusterContext.wayOut(error);
            return new BackendException(problem, pool.name(), request, outcome, retryable, error);
        }

        // ---- a test failed, or the server refuses it ----

        private void compare(Lease now, ApiException error) {
            if (now.version() < batch.lease().version()) {
                // Asked for later, and older: the storage was set back, which a list will tell.
                pool.view.suspectLeases();
                troubled(error, this::lost);
            } else if (batch.hasLostTo(now, context)) {
                lost();
            } else {
                List<Reservation<KnownPod>> unfit = unfit(batch, now);
                if (unfit.isEmpty() && !again && now.version() > batch.lease().version()) {
                    // It may have been lost to what has been undone since, as by a pod that closes and opens.
                    new Write(
                                    ClaimBatch.of(
                                            batch.pod(),
                                            now,
                                            batch.claims(),
                                            context.loop().nanoTime()),
                                    end,
                                    true)
                            .send();
                } else if (unfit.isEmpty()) {
                    findCulprit(error);
                } else {
                    ClaimWriter.this.lost(batch.without(unfit).claims(), end);
                }
            }
        }

        /** Nothing was written, and why is not known: it goes on if that may be otherwise the next time. */
        private void notRead(ApiException error) {
            if (error.kind() == ApiException.Kind.FORBIDDEN && !mayPass(error, readRefusal)) {
                refused(error);
            } else {
                troubled(error, this::lost);
            }
        }

        private void findCulprit(ApiException error) {
            if (error.isLackOfRight()) {
                refused(error); // which no pod differs in, nor a claim
            } else if (batch.claims().size() == 1) {
                tell(error);
                Reservation<KnownPod> claim = batch.claims().get(0);
                pool.refused(batch.pod(), error, claim.request());
                refusedByPod(claim, error);
                end.complete(null);
            } else {
                Reservation.delayed(batch.claims());
                oneByOne(new ArrayDeque<>(batch.claims()), outage, 0);
            }
        }

        /** Unless the pod refuses whatever it is, or the server gets into more trouble than it was in before. */
        private void oneByOne(Queue<Reservation<KnownPod>> left, Backoff before, int inARow) {
            if (inARow == IN_A_ROW) {
                Reservation.unwritten(List.copyOf(left));
                end.complete(null);
            } else if (left.isEmpty()
                    || batch.pod().state() != PodState.READY
                    || outage.next().compareTo(before.next()) > 0) {
                ClaimWriter.this.lost(List.copyOf(left), end);
            } else {
                int refusals = pool.refusing.count(batch.pod());
                write(batch.pod(), List.of(left.remove()))
                        .thenRunAsync(
                                () -> {
                                    boolean one = pool.refusing.count(batch.pod()) > refusals;
                                    oneByOne(left, before, one ? inARow + 1 : 0);
                                },
                                context.loop());
            }
        }

        // ---- no answer, or no time ----

        /** Goes on when the server may be better, or no longer asks to be left alone; others may write sooner. */
        private void troubled(ApiException error, Runnable then) {
            Backoff pause = outage;
            outage = pause.longer();
            after(pause.pause(context.random()), () -> Reservation.delayed(batch.claims()));
            after(pause.pause(context.random(), error), then);
        }

        private void resolve(Backoff backoff) {
            read(now -> compare(now, backoff), error -> {
                if (error.kind() == ApiException.Kind.FORBIDDEN && !mayPass(error, readRefusal)) {
                    neverKnown(error);
                } else if (error.kind() == ApiException.Kind.FORBIDDEN) {
                    after(LOOKS.pause(context.random(), error), () -> resolve(backoff));
                } else {
                    after(backoff.pause(context.random(), error), () -> resolve(backoff.longer()));
                }
            });
        }

        private void compare(Lease now, Backoff backoff) {
            ClaimBatch held = batch.only(claim -> ClaimBatch.isHeldBy(now, claim));
            if (!held.claims().isEmpty()) {
                // It was written: whole, as a patch is. What does not hold its slot any more has ended since.
                Reservation.lostAll(batch.without(held.claims()).claims());
                written(held, now.version());
            } else if (batch.claims().stream().allMatch(claim -> ClaimBatch.isFree(now, claim))) {
                fence(now, backoff);
            } else {
                lost(); // a slot of it has another text: the patch has failed, or will
            }
        }

        private void fence(Lease now, Backoff backoff) {
            long start = System.nanoTime();
            context.api().patch(now.name(), batch.fence(now)).whenComplete((done, failure) -> {
                context.called(pool.name(), "fence", batch.claims().size(), start, failure);
                // Fenced or not, the Lease now says more than before: the next look tells.
                Duration pause =
                        failure == null ? Duration.ZERO : backoff.pause(context.random(), ApiException.of(failure));
                after(pause, () -> resolve(backoff.longer()));
            });
        }

        /**
         * We may not read it. The slots may be tried again, as every write tests what it assumes; the calls may not.
         */
        private void neverKnown(ApiException error) {
            batch.claims().forEach(claim -> claim.failed(error(claim.request(), error, Outcome.UNKNOWN, false)));
            end.complete(null);
        }

        /** What the Lease says now, which is believed. */
        private void read(Consumer<Lease> found, Consumer<ApiException> failed) {
            context.loop().whenDone(context.api().get(batch.lease().name()), (now, failure) -> {
                if (failure != null) {
                    failed.accept(ApiException.of(failure));
                    return;
                }
                readRefusal.isOver();
                if (now.isEmpty() || !now.get().uid().equals(batch.lease().uid())) {
                    gone();
                } else {
                    pool.view.read(batch.pod(), now.get());
                    found.accept(now.get());
                }
            });
        }

        private void after(Duration pause, Runnable step) {
            context.loop().after(pause, step);
        }
    }
}
