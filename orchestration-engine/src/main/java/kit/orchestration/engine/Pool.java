package kit.orchestration.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PoolStatus;
import kit.orchestration.engine.matching.Hold;
import kit.orchestration.engine.matching.Matching;
import kit.orchestration.engine.matching.Seeker;
import kit.orchestration.engine.matching.Step;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool as one allocator sees it: its pods, what is reserved, who waits. Calls come in by {@link #place}, news of the
 * backend by {@link #update}, {@link #remove}, {@link #slotSeen} and {@link #slotsSeen}, from any thread and in any
 * order.
 *
 * <p>All that a pool knows is in its {@link Matching}, which decides; what it has decided is done here. Each piece of
 * news, each call and each batch of answers is one of its {@link Turns}; then the thread that came with it does what it
 * led to, under no lock.
 *
 * @param <H> the backend's handle of a pod
 */
public final class Pool<H> implements Placer {

    private static final Logger log = LoggerFactory.getLogger(Pool.class);

    /**
     * What it goes by.
     *
     * @param placement which pods are filled first
     * @param groupLimit what gathers for one write
     * @param waitingLimit how many may wait for room
     * @param firstSlot where this allocator begins to look for a free slot on a pod, so that several don't all try the
     *     same
     */
    public record Rules(Placement placement, GroupLimit groupLimit, int waitingLimit, int firstSlot) {}

    /** What it is made of: its name, its rules, and where it has session ids and time from. */
    public record Settings(String name, Rules rules, Supplier<String> sessionIds, LongSupplier nanoTime) {}

    private static final class Work {
        private final Queue<Step> steps = new ArrayDeque<>(4);
        /** Set while the thread does its steps. */
        private boolean running;
    }

    private final Settings settings;
    private final Committer<H> committer;
    private final Turns turns;
    private final boolean gathers;

    /** What each thread has to do for the pool. */
    private final ThreadLocal<Work> work = ThreadLocal.withInitial(Work::new);

    /** An empty pool, whose calls wait until it is {@link #listed()}. */
    public Pool(Settings settings, Committer<H> committer) {
        this.settings = settings;
        this.committer = committer;
        gathers = !settings.rules().groupLimit().equals(GroupLimit.NONE);
        turns = new Turns(new Matching(settings.rules(), committer));
    }

    /** The pool's name. */
    public String name() {
        return settings.name();
    }

    // ---- calls ----

    @Override
    public void place(Call call) {
        if (!call.isSettled()) {
            turn(matching -> matching.arrives(call.seeker()), true);
        }
    }

    @Override
    public void overdue(Call call) {
        turn(matching -> matching.overdue(call.seeker()), true);
    }

    @Override
    public boolean withdraw(Call call, boolean timeIsOver) {
        turn(matching -> matching.withdraw(call.seeker(), timeIsOver), true);
        return call.seeker().isUntouched();
    }

    @Override
    public void giveBack(Claim claim) {
        committer.giveBack(claim);
    }

    // ---- news from the backend ----

    /**
     * Makes a pod, which is not among the pool's until its first {@link #update}. Takes no lock.
     *
     * @param name its name
     * @param handle the backend's handle of it
     * @param versions the version of each of its slots, as far as known; else 0
     */
    public Pod<H> pod(String name, H handle, long[] versions) {
        return new Pod<>(name, handle, versions);
    }

    /**
     * A pod's state and labels. Does nothing if news of the same or a later revision was told before, or the pod was
     * removed.
     *
     * @param pod the pod
     * @param revision grows with each change of the pod
     * @param state whether it takes new sessions
     * @param labels what selectors are matched against
     */
    public void update(Pod<H> pod, long revision, PodState state, Map<String, String> labels) {
        Map<String, String> copy = Map.copyOf(labels);
        turn(matching -> matching.update(pod.candidate(), revision, state, copy));
    }

    /** A pod is filled before or after others from now on. */
    public void rank(Pod<H> pod, PodRank rank) {
        turn(matching -> matching.rank(pod.candidate(), rank));
    }

    /** A pod is gone for ever, and its sessions with it. */
    public void remove(Pod<H> pod) {
        turn(matching -> matching.remove(pod.candidate()));
    }

    /** A slot was seen at a version; older news than the pool has changes nothing. */
    public void slotSeen(Pod<H> pod, int slot, long version) {
        turn(matching -> matching.slotSeen(pod.candidate(), slot, version));
    }

    /**
     * As {@link #slotSeen} for all slots of a pod at once: who gets the slots that are free now departs in one write.
     *
     * @param pod the pod
     * @param versions the version at which each slot was seen
     */
    public void slotsSeen(Pod<H> pod, long[] versions) {
        if (versions.length != pod.capacity()) {
            throw new IllegalArgumentException("versions must have one for each of the " + pod.capacity()
                    + " slots of pod " + pod.name() + ", had " + versions.length);
        }
        turn(matching -> matching.slotsSeen(pod.candidate(), versions));
    }

    /** A session with this request id was seen to live: whoever waits with the same id is told. */
    public void requestSeen(String requestKey) {
        turn(matching -> matching.requestSeen(requestKey));
    }

    /** The pods are listed for the first time: whoever waited for that is placed, in order. */
    public void listed() {
        turn(Matching::listed);
    }

    /**
     * Instead of {@link #listed()}: the pods are listed, and nobody knows this pool. Whoever waits fails, each call
     * with an error of its own; so does whoever comes, until {@link #listed()} is called after all.
     *
     * @param error makes the error of a call; called under no lock
     */
    public void refuseAll(Function<Call, AllocationException> error) {
        turn(matching -> matching.unknownPool(error));
    }

    /** Refuses whoever could not be refused before, if what they waited for is {@link Committer#proven} now. */
    public void look() {
        turn(Matching::look);
    }

    // ---- looking at it ----

    /** What the pool holds now. */
    public PoolStatus status(Optional<Duration> viewAge) {
        return see(matching -> matching.status(settings.name(), viewAge));
    }

    <T> T see(Function<Matching, T> look) {
        return turns.see(look);
    }

    // ---- what an event leads to ----

    /**
     * Tells the matching of an event, and does what it leads to. Within a step that is left for after it, or a row of
     * answers, each leading to the next write, would pile up on the stack; so would callers who end their sessions as
     * soon as they have them, each giving the next one's.
     */
    void turn(Matching.Event event) {
        turn(event, false);
    }

    /** As {@link #turn}; if {@code atOnce}, also within a step: whoever calls from there may wait for what follows. */
    private void turn(Matching.Event event, boolean atOnce) {
        Work mine = work.get();
        try {
            turns.take(event, now(), mine.steps);
        } finally {
            if (atOnce || !mine.running) {
                run(mine);
            }
        }
    }

    /** Where nothing gathers, nothing ages; and a look at the clock is a tenth of what a claim costs. */
    private long now() {
        return gathers ? settings.nanoTime().getAsLong() : 0;
    }

    /** Does what there is to do, and what follows from it. What one step throws keeps none of the others back. */
    private void run(Work mine) {
        boolean within = mine.running;
        mine.running = true;
        try {
            for (Step step = mine.steps.poll(); step != null; step = mine.steps.poll()) {
                try {
                    run(step);
                } catch (Throwable broken) { // checked ones too: Kotlin throws them undeclared
                    log.error(
                            "pool {}: what was decided could not be done; please report this", settings.name(), broken);
                }
            }
        } finally {
            mine.running = within;
        }
    }

    private void run(Step step) {
        if (step instanceof Step.Write write) {
            write(write);
        } else if (step instanceof Step.Give give) {
            settle(give.call(), give.claim());
        } else if (step instanceof Step.GiveBack late) {
            committer.giveBack(late.claim());
        } else if (step instanceof Step.Fail fail) {
            fail(fail.call(), fail.error());
        } else if (step instanceof Step.Refuse refuse) {
            Duration waited = refuse.call().waited(settings.nanoTime().getAsLong());
            fail(refuse.call(), call -> {
                String note = refuse.note().isEmpty() ? committer.wayOut(call.request(), refuse.pods()) : refuse.note();
                return new NoCapacityException(call.request(), refuse.reason(), refuse.pods(), waited, note);
            });
        } else if (step instanceof Step.Look look) {
            look(look.seekers());
        } else if (step instanceof Step.Prove prove) {
            committer.prove(prove.number());
        }
    }

    private static void fail(Call call, Function<Call, AllocationException> error) {
        try {
            call.fail(error.apply(call));
        } catch (Throwable broken) { // of the backend
            call.fail(broken);
        }
    }

    private void write(Step.Write write) {
        @SuppressWarnings("unchecked") // each candidate is that of a pod which this pool has made
        Pod<H> pod = (Pod<H>) write.candidate().pod();
        try {
            List<Reservation<H>> batch = new ArrayList<>(write.batch().size());
            for (Hold hold : write.batch()) {
                batch.add(
                        new Reservation<>(this, pod, hold, settings.sessionIds().get()));
            }
            committer.commit(pod.handle(), batch);
        } catch (Throwable broken) {
            for (Hold hold : write.batch()) {
                turn(matching -> matching.failed(hold, broken(hold.call().request(), broken)));
            }
        }
    }

    /** The slots may be tried again: every write tests what it assumes. */
    private BackendException broken(AllocateReq request, Throwable broken) {
        return new BackendException(
                "the backend threw; please report this", settings.name(), request, Outcome.UNKNOWN, false, broken);
    }

    /** Gives a claim to the call it was made for, or back. */
    private void settle(Call call, Claim claim) {
        if (!call.claimed(claim)) {
            committer.giveBack(claim);
        }
    }

    /** A call whose session is there, and what is to become of it. */
    private record Found(Call call, CompletionStage<@Nullable Claim> answer) {}

    /** Those whose session is there are answered; the rest go on together. */
    private void look(List<Seeker> seekers) {
        List<Seeker> found = new ArrayList<>(0);
        List<Seeker> alone = new ArrayList<>(seekers.size());
        List<Found> answers = new ArrayList<>(0);
        for (Seeker seeker : seekers) {
            Call call = seeker.call();
            CompletionStage<@Nullable Claim> answer = call.isSettled() ? null : existing(call);
            if (answer != null) {
                answers.add(new Found(call, answer));
            }
            (answer != null || call.isSettled() ? found : alone).add(seeker);
        }
        turn(matching -> matching.looked(found, alone));
        answers.forEach(this::answer); // not before it stands nowhere: it may have to be placed again
    }

    private @Nullable CompletionStage<@Nullable Claim> existing(Call call) {
        try {
            return committer.existing(call);
        } catch (Throwable error) { // checked ones too: Kotlin throws them undeclared
            return CompletableFuture.failedStage(error);
        }
    }

    private void answer(Found found) {
        Call call = found.call();
        found.answer().whenComplete((claim, failure) -> {
            try {
                if (failure != null) {
                    call.fail(failure);
                } else if (claim != null) {
                    settle(call, claim);
                } else {
                    place(call);
                }
            } catch (Throwable broken) { // nobody looks at what this stage ends with
                call.fail(broken);
            }
        });
    }
}
