package kit.orchestration.sdk.platform;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the platforms have in common whose pod is kept on a {@link Loop}: it is booted once, asked by any thread, and
 * waited for.
 *
 * @param <P> their pods
 */
public abstract class LoopPlatform<P extends HeldPod> implements Platform {

    private static final Logger log = LoggerFactory.getLogger(LoopPlatform.class);

    private static final int BOOT_LENGTH = 16;
    private static final String BOOT_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

    /** Where the pod is kept. */
    protected final Loop loop;
    /** How long a call to the backend may take, and how long it is waited for that what was said is seen. */
    protected final Duration callTimeout;

    private final Duration closeTimeout;
    private final Duration terminationGrace;
    private final AtomicBoolean booted = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** From the boot on. */
    private volatile @Nullable P pod;

    /** The second time-out is how long it is waited for at the close. */
    protected LoopPlatform(String thread, Duration callTimeout, Duration closeTimeout, Duration terminationGrace) {
        this.loop = new Loop(thread);
        this.callTimeout = callTimeout;
        this.closeTimeout = closeTimeout;
        this.terminationGrace = terminationGrace;
    }

    @Override
    public final Boot boot(PlatformListener listener) {
        if (closed.get() || booted.getAndSet(true)) {
            throw new IllegalStateException("a platform is booted once, and not after it was closed");
        }
        return takeOver(listener);
    }

    /** An id for this start of the process, which no other has: also fit for a label. */
    protected static String newBoot() {
        return new SecureRandom()
                .ints(BOOT_LENGTH, 0, BOOT_CHARACTERS.length())
                .mapToObj(i -> BOOT_CHARACTERS.substring(i, i + 1))
                .collect(Collectors.joining());
    }

    /** Takes the pod over, and {@linkplain #held says which it is}. Blocks, for a time of its own. */
    protected abstract Boot takeOver(PlatformListener listener);

    /** The pod is this from now on. */
    protected final void held(P taken) {
        pod = taken;
    }

    /** The pod, if there is one. */
    protected final @Nullable P pod() {
        return pod;
    }

    /**
     * What is not seen in time is tried on. Fails, too, while the {@link #problem hold of the pod} is not in order; not
     * if only somebody else wants it to take no sessions: the game has said that it could.
     */
    @Override
    public void ready(boolean ready) {
        say(now -> now.open(ready));
        P now = pod;
        Optional<String> problem = ready && now != null ? now.problem() : Optional.empty();
        if (problem.isPresent()) {
            throw new PlatformException(problem.get(), null, lost().isEmpty());
        }
    }

    @Override
    public final void drain() {
        say(HeldPod::drain);
    }

    @Override
    public final void ending() {
        P now = pod;
        if (now != null) {
            loop.offer(() -> {
                now.end();
                now.step();
            });
        }
    }

    @Override
    public final void free(ClaimedSlot claim) {
        P now = pod;
        if (now != null && !loop.offer(() -> now.free(claim))) {
            log.debug("session {} ended after the close: the pod's next process frees its slot", claim.sessionId());
        }
    }

    @Override
    public final CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        P now = pod;
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        if (now == null || closed.get() || !loop.offer(() -> now.find(sessionId, kid, answer))) {
            answer.completeExceptionally(new PlatformException("the pod is not taken over, or closed", null));
        }
        return answer;
    }

    @Override
    public final Optional<VerificationKey> key(String kid) {
        P now = pod;
        return now == null ? Optional.empty() : now.key(kid);
    }

    @Override
    public final Optional<String> problem() {
        P now = pod;
        return now == null ? Optional.empty() : now.problem().or(now::asked);
    }

    @Override
    public final Optional<String> lost() {
        P now = pod;
        return now == null ? Optional.empty() : now.lost();
    }

    /** As set, or as {@code ORCHESTRATION_TERMINATION_GRACE_SECONDS} says. */
    @Override
    public final Optional<Duration> terminationGrace() {
        return Optional.of(terminationGrace);
    }

    /** Closes the pod, too: nobody would see a claim that came after this. Blocks for one call's time at most. */
    @Override
    public void close() {
        P now = pod;
        if (closed.getAndSet(true)) {
            return; // whoever closes it waits for what is said yet
        }
        if (now != null) {
            try {
                long deadline = System.nanoTime() + closeTimeout.toNanos();
                if (!isSeen(now, now::end, () -> now.isSaid() && now.isClean(), deadline)) {
                    log.warn(
                            "{} does not show the last changes yet{}: what it still holds is freed by the pod's "
                                    + "next process",
                            now.name(),
                            now.reasons());
                }
            } catch (PlatformException interrupted) {
                log.warn("the close is not waited for", interrupted);
            }
            loop.offer(now::stop);
        }
        loop.close();
    }

    /** Has the pod say something, and waits until allocators see it. Nothing before the boot and after the close. */
    protected final void say(Consumer<? super P> word) {
        P now = pod;
        if (now != null
                && !closed.get()
                && !isSeen(now, () -> word.accept(now), now::isSaid, System.nanoTime() + callTimeout.toNanos())) {
            throw new PlatformException(
                    now.name() + " did not show within " + callTimeout + " what was written; it is tried on"
                            + now.reasons(),
                    null,
                    true);
        }
    }

    /** Has the pod do something, and waits until that is seen; false if it was not by {@link System#nanoTime}. */
    protected final boolean isSeen(P now, Runnable what, BooleanSupplier seen, long deadline) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        boolean open = loop.offer(() -> {
            what.run();
            now.await(seen, done);
        });
        try {
            if (open) { // or closed in this moment
                done.get(Math.max(0, deadline - System.nanoTime()), NANOSECONDS);
            }
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException(
                    "the thread was interrupted while " + now.name() + " was written; it is tried on", e, true);
        } finally {
            done.cancel(false);
        }
    }
}
