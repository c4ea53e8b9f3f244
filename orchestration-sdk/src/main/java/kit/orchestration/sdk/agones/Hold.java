package kit.orchestration.sdk.agones;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.platform.Loops;
import kit.orchestration.sdk.platform.Telling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pod from its boot on, for threads other than its {@link Loop}: they wait here for what the loop sees. */
final class Hold {

    /**
     * How long {@link #close} waits for what is queued: the sidecar writes it after 500 ms, and after a conflict in 500 ms
     * more (measured: 1,027 ms at most).
     */
    static final Duration FLUSH = Duration.ofMillis(1_500);

    private static final Logger log = LoggerFactory.getLogger(Hold.class);

    private final Pod pod;
    private final Telling telling;
    private final Finder finder;
    private final SidecarWatch watch;
    private final Loop loop;

    /**
     * Watches nothing yet; {@link #start} does.
     *
     * @param patience how long a sidecar that can't be asked for a session is tried
     */
    Hold(Sidecar sidecar, Pod pod, Telling telling, Duration patience, Loop loop) {
        this.pod = pod;
        this.telling = telling;
        this.finder = new Finder(sidecar, pod, patience, loop);
        this.watch = new SidecarWatch(sidecar, loop, this::seen);
        this.loop = loop;
    }

    Pod pod() {
        return pod;
    }

    /** Takes the pod over. Completes once nothing is left of an earlier process. */
    CompletableFuture<Void> start() {
        CompletableFuture<Void> taken = new CompletableFuture<>();
        loop.execute(() -> {
            pod.start();
            watch.start();
            pod.await(pod::isClean, taken);
        });
        return taken;
    }

    CompletableFuture<Optional<Claim>> find(String sessionId, String kid) {
        CompletableFuture<Optional<Claim>> answer = new CompletableFuture<>();
        if (!Loops.offer(loop, () -> finder.find(sessionId, kid, answer))) {
            answer.completeExceptionally(new PlatformException("the platform is closed", null));
        }
        return answer;
    }

    /**
     * Has the pod do something, and waits until that is seen. Blocks.
     *
     * @param deadline by {@link System#nanoTime}
     * @return false if it was not seen by then
     */
    boolean isSeen(Runnable what, BooleanSupplier seen, long deadline) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            what.run();
            pod.await(seen, done);
        });
        try {
            done.get(Math.max(0, deadline - System.nanoTime()), NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            done.cancel(false);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("the thread was interrupted while the GameServer was written", e);
        }
    }

    /** Why nothing is seen, as far as is known: the end of a message; empty if nothing failed. */
    String reasons() {
        String labels = pod.problem();
        String cut = watch.problem();
        return (labels.isEmpty() ? "" : "; " + labels) + (cut.isEmpty() ? "" : "; its watch: " + cut);
    }

    /** Closes the pod, and waits until the GameServer shows that, and all that was freed gone. Tells nothing afterwards. */
    void close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            pod.drain();
            pod.await(() -> pod.isWordShown() && pod.isClean(), done);
        });
        try {
            done.get(FLUSH.toNanos(), NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.warn(
                    "GameServer {} does not show the last changes yet{}: what it still holds is freed by the pod's next process",
                    pod.identity().gameServer(),
                    reasons());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        telling.silence();
        loop.execute(watch::close);
    }

    private void seen(Sighting sighting) {
        pod.seen(sighting);
        finder.seen();
    }
}
