package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Watcher;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the pod knows of its Lease, from wherever it comes: watch, reads, and the answers to its own writes. Of all
 * versions the highest counts, and the SDK is told what differs; but an answer that is older than what was
 * known when it was asked for is believed, since the storage has been set back (restored from a backup). Confined to
 * the pod's {@link Loop}, but {@link #keys}, {@link #name}, {@link #lost} and {@link #problem}.
 *
 * <p>What somebody else has changed in it is either the pod's to write, and {@link LedgerWriter} mends it; or it is
 * not, as label and owner, which a pod has no right to write, and the pod says that it is not ready until they are
 * right again; or it says that another process has taken the pod over, and all is over.
 */
final class PodLedger implements Watcher.Sink<Lease> {

    /** A claim whose session has ended, and since when ({@link Loop#nanoTime}). */
    record Ended(ClaimedSlot claim, long at) {}

    private static final Logger log = LoggerFactory.getLogger(PodLedger.class);

    /** How long a watch lasts until the server ends it: so it moves to another server once in a while. */
    private static final Duration WATCH = Duration.ofMinutes(10);

    /** A refusal that is over sooner is no problem: a server that has just started may not know the roles yet. */
    static final Duration REFUSED = Duration.ofSeconds(10);

    /** Since a refusal it has not heard all; because of another, if that is the last thing that has failed. */
    private record Deaf(@Nullable Doubt refusal, long sinceNanos) {}

    private final LeaseApi api;
    private final PodIdentity pod;
    private final String bootId;
    private final PlatformListener listener;
    private final Loop loop;
    private final Watcher<Lease> watcher;
    private final LeaseSlots slots;
    private final LeaseKeys keys = new LeaseKeys();
    /** What the SDK has freed, and the Lease still holds, by slot; in the order of their ends. */
    private final Map<Integer, Ended> ended = new LinkedHashMap<>();

    private Lease lease;
    private boolean missing;
    private long missingSince;
    /** Whether the pod makes it itself: one that comes then is its own. */
    private boolean making;
    /** Counts what was seen: an answer is held against what was known when it was asked for. */
    private long news;

    private boolean over;
    private volatile @Nullable String lost;
    private volatile @Nullable String misplaced;
    private volatile @Nullable Deaf deaf;
    private Runnable changed = () -> {};

    /** Knows the Lease as the take-over left it; {@link #start} tells of it. */
    PodLedger(
            LeaseApi api,
            PodIdentity pod,
            String bootId,
            Lease lease,
            PlatformListener listener,
            Loop loop,
            RandomGenerator random) {
        this.api = api;
        this.pod = pod;
        this.bootId = bootId;
        this.lease = lease;
        this.listener = listener;
        this.loop = loop;
        this.watcher = new Watcher<>(api.only(pod.lease()), loop, random, this, WATCH);
        this.slots = new LeaseSlots(pod.capacity());
    }

    /** Tells of what there is, and watches it. From here on this is run after each change. */
    void start(Runnable whenChanged) {
        changed = whenChanged;
        take();
        watcher.start(lease.version());
    }

    @Override
    public void listed(List<Lease> leases) {
        if (!leases.isEmpty() && leases.get(0).version() >= lease.version()) {
            believe(leases.get(0));
        } else {
            // It was deleted, the storage was set back, or something was faster: a read tells, or the next list will.
            loop.whenDone(read(), (read, failure) -> {
                if (failure != null) {
                    watcher.expect(Long.MAX_VALUE);
                }
            });
        }
    }

    @Override
    public void seen(Lease newer) {
        if (newer.version() > lease.version()) {
            believe(newer);
        }
    }

    @Override
    public void gone(Lease last) {
        if (last.version() > lease.version()) {
            missed();
        }
    }

    @Override
    public void doubtChanged() {
        // A pod refuses nobody by what it has not seen: it asks the server. But what does not pass is to be told.
        Deaf before = deaf;
        Optional<Doubt> doubt = watcher.doubt();
        Doubt refusal = doubt.filter(Doubt::isRefusal).orElse(null);
        if (doubt.isEmpty()) {
            deaf = null;
        } else if (refusal != null || before != null) {
            deaf = new Deaf(refusal, before == null ? loop.nanoTime() : before.sinceNanos);
        }
    }

    /**
     * A read or a write was answered; {@code asked} is {@link #news} when it was asked for. That there is less than was
     * known, or a Lease where none was, counts if nothing else was seen since: an answer may be late.
     */
    void answered(Lease answer, long asked) {
        boolean setBack = asked == news && answer.version() < lease.version();
        if (setBack) {
            log.warn("the storage of {} was set back: it is taken as it is now", name());
        }
        if (setBack || (asked == news && missing)) {
            believe(answer);
        } else if (!missing) {
            seen(answer);
        }
        // Of a storage that was set back the watch would never tell: a new list is wanted.
        watcher.expect(setBack ? Long.MAX_VALUE : answer.version());
    }

    private void believe(Lease newer) {
        if (over) {
            return;
        }
        boolean replaced = !newer.uid().equals(lease.uid());
        lease = newer;
        missing = false;
        news++;
        LedgerState state = newer.state();
        String boot = state == null ? null : state.bootId();
        if ((boot != null && !boot.equals(bootId))
                || (newer.podUid() != null && !newer.podUid().equals(pod.podUid()))) {
            String problem =
                    "another process has taken " + name() + " over; does the SDK run in two containers of the pod?";
            log.error("this pod gets no more claims, and is not healthy: {}", problem);
            lost = problem;
            listener.lost();
            stop();
            return;
        }
        say(misplacement());
        if (replaced) {
            if (making) {
                log.info("{} was made anew", name());
            } else {
                log.warn("{} was made anew by somebody: it is written as the pod knows it", name());
            }
            making = false;
            keys.replaced(slots.sessions());
            slots.replaced(newer);
        }
        take();
    }

    private void missed() {
        news++;
        if (!over && !missing) {
            log.warn("{} was deleted, though its pod runs: it is made anew as it was, in a while", name());
            missing = true;
            missingSince = loop.nanoTime();
            changed.run();
        }
    }

    /** Takes nothing in and tells nothing any more. */
    void stop() {
        over = true;
        ended.clear();
        watcher.close();
        changed.run();
    }

    /** Reads the Lease. The stage completes on the loop, after what was read was told; or fails. */
    CompletionStage<Void> read() {
        long asked = news;
        return api.get(pod.lease())
                .handleAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                throw new CompletionException(ApiException.of(failure));
                            }
                            if (found.isPresent()) {
                                answered(found.get(), asked);
                            } else if (asked == news) {
                                missed();
                            }
                            return null;
                        },
                        loop);
    }

    /** The SDK has ended a session. */
    void ended(ClaimedSlot claim) {
        if (!over && isHeld(claim)) {
            ended.putIfAbsent(claim.slot(), new Ended(claim, loop.nanoTime()));
            changed.run();
        } // else it is free already, or another's
    }

    /** What the SDK has freed, and the Lease still holds, by slot; the oldest first. */
    Map<Integer, Ended> ended() {
        return ended;
    }

    /** How much was seen. */
    long news() {
        return news;
    }

    Lease lease() {
        return lease;
    }

    LeaseSlots slots() {
        return slots;
    }

    LeaseKeys keys() {
        return keys;
    }

    /** What it is about, for messages. */
    String name() {
        return api.describe(pod.lease());
    }

    /** Why all is over; empty if it is not. Any thread. */
    Optional<String> lost() {
        return Optional.ofNullable(lost);
    }

    /**
     * What only an operator can mend: that the pod has no right to watch the Lease, or to write what allocators find it
     * by; empty if nothing is. Any thread.
     */
    Optional<String> problem() {
        return Optional.ofNullable(misplaced)
                .or(() -> Optional.ofNullable(deaf)
                        .filter(since -> loop.nanoTime() - since.sinceNanos >= REFUSED.toNanos())
                        .map(Deaf::refusal)
                        .map(refusal -> "this pod does not hear of its claims: " + refusal.why()));
    }

    /** Whether somebody has spoilt what is the pod's to write. */
    boolean isSpoilt() {
        return !slots.spoilt().isEmpty()
                || !keys.spoilt().isEmpty()
                || lease.slots().size() > slots.capacity();
    }

    /** Whether the Lease is no more, though the pod is. */
    boolean isMissing() {
        return missing;
    }

    /** Whether the pod has asked for a new one, which is not seen yet. */
    void making(boolean isAskedFor) {
        making = isAskedFor;
    }

    /** Since when it is, by {@link Loop#nanoTime}. */
    long missingSince() {
        return missingSince;
    }

    /** Whether there is nothing more to do for this process. */
    boolean isOver() {
        return over;
    }

    private @Nullable String misplacement() {
        if (lease.podUid() == null) {
            return name() + " has lost its owner: give it back pod " + pod.podName() + " with uid " + pod.podUid()
                    + ", or delete it";
        }
        return lease.pool().equals(pod.pool())
                ? null
                : name() + " is labelled for pool \"" + lease.pool() + "\", and this pod is of pool \"" + pod.pool()
                        + "\": give it back its label, or delete it";
    }

    private void say(@Nullable String newProblem) {
        if (newProblem != null && !newProblem.equals(misplaced)) {
            log.error("this pod gets no more claims, and is not ready: {}", newProblem);
        } else if (newProblem == null && misplaced != null) {
            log.info("{} is in order again", name());
        }
        misplaced = newProblem;
    }

    private void take() {
        keys.update(lease.keys()); // first: a claim is told with its key known
        slots.update(lease, ended::containsKey, listener);
        keys.prune(slots::sessions);
        ended.values().removeIf(each -> !isHeld(each.claim()));
        changed.run();
    }

    private boolean isHeld(ClaimedSlot claim) {
        return slots.held(claim.slot(), claim.sessionId()) != null;
    }
}
