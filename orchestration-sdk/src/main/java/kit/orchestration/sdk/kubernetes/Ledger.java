package kit.orchestration.sdk.kubernetes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.Calls;
import kit.orchestration.sdk.platform.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the pod knows of its Lease, from wherever it comes: watch, reads, and the answers to its own writes. Of all versions
 * the highest counts, and the SDK is told what differs. Confined to the pod's {@link Loop}, but {@link #keys}.
 */
final class Ledger {

    /** A claim whose session has ended, and since when ({@link System#nanoTime}). */
    record Ended(Claim claim, long at) {}

    /** Somebody who asks for a session. */
    private record Question(String sessionId, CompletableFuture<Optional<Claim>> answer) {}

    private static final Logger log = LoggerFactory.getLogger(Ledger.class);

    private final LeaseApi api;
    private final PodIdentity pod;
    private final String bootId;
    private final PlatformListener listener;
    private final Loop loop;
    private final Slots slots;
    private final Keys keys = new Keys();
    /** What the SDK has freed, and the Lease still holds; in the order of their ends. */
    private final Map<String, Ended> ended = new LinkedHashMap<>();

    private final List<Question> questions = new ArrayList<>();
    private boolean asking;

    private Lease lease;
    private boolean missing;
    private long missingSince;
    private boolean over;
    private Runnable changed = () -> {};

    /**
     * Knows the Lease as the take-over left it; {@link #start} tells of it.
     *
     * @param bootId this process's hold of the pod: claims for any other are not ours
     */
    Ledger(LeaseApi api, PodIdentity pod, String bootId, Lease lease, PlatformListener listener, Loop loop) {
        this.api = api;
        this.pod = pod;
        this.bootId = bootId;
        this.lease = lease;
        this.listener = listener;
        this.loop = loop;
        this.slots = new Slots(pod.capacity());
        keys.update(lease.keys());
    }

    /** Tells of what there is. From here on {@code changed} is run after each change. */
    void start(Runnable whenChanged) {
        changed = whenChanged;
        take();
    }

    /** A version of the Lease was seen. */
    void seen(Lease newer) {
        if (over || newer.version() <= lease.version()) {
            return;
        }
        lease = newer;
        missing = false;
        String boot = newer.openBoot();
        if (!newer.ownerUid().equals(pod.podUid()) || (boot != null && !boot.equals(bootId))) {
            log.error(
                    "{} was taken over by another process: this one gets no more claims. Does the SDK run in two containers of the pod?",
                    api.name());
            stop();
        } else {
            take();
        }
    }

    /** The Lease was deleted at that version. */
    void deleted(long version) {
        if (version > lease.version()) {
            lost();
        }
    }

    /** Takes nothing in and tells nothing any more; what was told is gone. */
    void stop() {
        over = true;
        slots.forget(ended::containsKey, listener);
        ended.clear();
        changed.run();
    }

    /** Reads the Lease. The stage completes on the loop, after what was read was told; it fails if it could not be read. */
    CompletionStage<Void> read() {
        return api.get()
                .handleAsync(
                        (found, failure) -> {
                            if (failure == null) {
                                seen(found);
                                return null;
                            }
                            ApiException error = ApiException.failed("get of " + api.name(), failure);
                            if (error.kind() != ApiException.Kind.MISSING) {
                                throw new CompletionException(error);
                            }
                            lost();
                            return null;
                        },
                        loop);
    }

    /** Asks the API server itself. Whoever asks while it is asked waits for the next answer: this one may be too old. */
    void find(String sessionId, CompletableFuture<Optional<Claim>> answer) {
        questions.add(new Question(sessionId, answer));
        ask();
    }

    /** The SDK has ended a session. */
    void ended(Claim claim, long now) {
        if (isHeld(claim)) {
            ended.putIfAbsent(claim.sessionId(), new Ended(claim, now));
            changed.run();
        } // else it is free already, or another's
    }

    /** What the SDK has freed, and the Lease still holds; the oldest first. */
    Iterable<Ended> ended() {
        return ended.values();
    }

    int endedCount() {
        return ended.size();
    }

    Lease lease() {
        return lease;
    }

    Slots slots() {
        return slots;
    }

    Keys keys() {
        return keys;
    }

    /** Whether the Lease takes claims for this process, as far as is known. */
    boolean isOpen() {
        return bootId.equals(lease.openBoot());
    }

    /** Whether the Lease is no more, though the pod is. */
    boolean isMissing() {
        return missing;
    }

    /** Since when it is, by {@link System#nanoTime}. */
    long missingSince() {
        return missingSince;
    }

    /** Whether there is nothing more to do for this process. */
    boolean isOver() {
        return over;
    }

    private void take() {
        keys.update(lease.keys());
        slots.update(lease.slots(), ended::containsKey, listener);
        ended.values().removeIf(each -> !isHeld(each.claim()));
        changed.run();
    }

    private void lost() {
        if (!over && !missing) {
            log.warn("{} was deleted, though its pod runs: it is made anew as it was, in a while", api.name());
            missing = true;
            missingSince = System.nanoTime();
            changed.run();
        }
    }

    private boolean isHeld(Claim claim) {
        return slots.held(claim.slot(), claim.sessionId()) != null;
    }

    private void ask() {
        if (asking || questions.isEmpty()) {
            return;
        }
        asking = true;
        List<Question> batch = List.copyOf(questions);
        questions.clear();
        read().whenComplete((read, failure) -> {
            asking = false;
            for (Question question : batch) {
                if (failure == null) {
                    question.answer().complete(Optional.ofNullable(slots.find(question.sessionId())));
                } else {
                    Throwable cause = Calls.unwrap(failure);
                    question.answer()
                            .completeExceptionally(new PlatformException(String.valueOf(cause.getMessage()), cause));
                }
            }
            ask();
        });
    }
}
