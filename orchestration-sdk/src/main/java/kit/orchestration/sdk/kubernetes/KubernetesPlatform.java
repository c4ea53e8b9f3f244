package kit.orchestration.sdk.kubernetes;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Watcher;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.Loops;
import kit.orchestration.sdk.platform.Telling;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod of Kubernetes. Its ledger is one {@code coordination.k8s.io/v1} Lease, named after the pod and owned by it: the
 * allocators claim slots there, and the pod frees them. Its service account may create, get, list, watch and patch that Lease,
 * and needs no other right.
 *
 * <pre>{@code
 * GameServer server = GameServer.fromEnvironment(); // in a container with the variables that builder().environment names
 * }</pre>
 *
 * <p>Whether the pod takes claims is what its Lease says: it is closed until the first {@link #ready}. The kubelet tells
 * allocators, too, by {@code /readyz} of the SDK's probe port. While the API server is away, sessions run and end as always:
 * what ended is written when it is back. What somebody changes in the Lease by hand is written anew, where the pod may write
 * it; where it may not, {@link #problem} says so.
 */
public final class KubernetesPlatform implements Platform {

    private static final Logger log = LoggerFactory.getLogger(KubernetesPlatform.class);
    /** How long a watch lasts until the server ends it: so it moves to another server once in a while. */
    private static final Duration WATCH = Duration.ofMinutes(10);

    private static final int BOOT_ID_BYTES = 12;

    /** A write's own event is back a few milliseconds after its answer (measured): one that is not means a dead watch. */
    private static final Duration EVENT = Duration.ofSeconds(1);

    private final PodIdentity pod;
    private final Duration callTimeout;
    private final Duration bootTimeout;
    private final Duration terminationGrace;
    private final Loop loop = new Loop("orchestration-kubernetes");
    private final LeaseApi api;
    private final SecureRandom random = new SecureRandom();
    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile @Nullable Hold hold;

    /** What there is from the boot on. */
    private record Hold(String bootId, Telling telling, Ledger ledger, LedgerWriter writer, Watcher<Lease> watcher) {}

    KubernetesPlatform(
            KubernetesPlatformBuilder builder, PodIdentity pod, Transport transport, Duration terminationGrace) {
        this.pod = pod;
        this.callTimeout = builder.callTimeout;
        this.bootTimeout = builder.bootTimeout;
        this.terminationGrace = terminationGrace;
        this.api = new LeaseApi(transport, pod.namespace(), callTimeout, LeaseApi.Observer.NONE, loop::nanoTime);
    }

    /** Settings for a platform; {@link KubernetesPlatformBuilder#build()} makes it. */
    public static KubernetesPlatformBuilder builder() {
        return new KubernetesPlatformBuilder();
    }

    /**
     * Makes the pod's Lease, or adopts the one that an earlier process of the pod has left; it is closed until {@link #ready}.
     * Where another pod of the same name has left one (in a StatefulSet), waits until it is deleted. Blocks, at most as long
     * as {@link KubernetesPlatformBuilder#bootTimeout}.
     *
     * @throws PlatformException if it failed for all that time, or the API server refuses; the message says what to mend
     */
    @Override
    public Boot boot(PlatformListener listener) {
        if (closed.get() || hold != null) {
            throw new IllegalStateException("a platform is booted once, and not after it was closed");
        }
        byte[] bytes = new byte[BOOT_ID_BYTES];
        random.nextBytes(bytes);
        String bootId = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Lease lease = new Takeover(api, pod, bootId, bootTimeout, callTimeout).run();
        Telling telling = new Telling(listener);
        Ledger ledger = new Ledger(api, pod, bootId, lease, telling, loop);
        Watching watching = new Watching(ledger);
        LedgerWriter writer =
                new LedgerWriter(api, pod, LedgerState.closed(bootId, false), ledger, loop, watching::expect);
        hold = new Hold(bootId, telling, ledger, writer, watching.watcher);
        loop.execute(() -> ledger.start(writer::step));
        watching.watcher.start(lease.version());
        return new Boot(pod.pool(), LedgerNames.audience(pod.podUid(), bootId), pod.capacity());
    }

    /**
     * Opens the Lease, or closes it: a claim that was computed before fails its test. If that can't be written now, it is
     * tried on until it is.
     */
    @Override
    public void ready(boolean ready) {
        Hold now = hold;
        if (now == null || closed.get()) {
            return;
        }
        LedgerState state = ready ? LedgerState.open(now.bootId()) : LedgerState.closed(now.bootId(), false);
        say(now, state, ready ? "opened" : "closed");
        Optional<String> problem = ready ? now.ledger().problem() : Optional.empty();
        if (problem.isPresent()) {
            throw new PlatformException(problem.get(), null);
        }
    }

    /** Closes the Lease for good, as {@link #ready} does for a while. */
    @Override
    public void drain() {
        Hold now = hold;
        if (now != null && !closed.get()) {
            say(now, drained(now), "closed");
        }
    }

    @Override
    public void free(Claim claim) {
        Hold now = hold;
        if (now != null && !Loops.offer(loop, () -> now.ledger().ended(claim))) {
            log.debug("session {} ended after the close: the pod's next process frees its slot", claim.sessionId());
        }
    }

    @Override
    public CompletionStage<Optional<Claim>> find(String sessionId, String kid) {
        Hold now = hold;
        CompletableFuture<Optional<Claim>> answer = new CompletableFuture<>();
        if (now == null || closed.get() || !Loops.offer(loop, () -> now.ledger().find(sessionId, answer))) {
            answer.completeExceptionally(new PlatformException("the pod is not taken over, or closed", null));
        }
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        Hold now = hold;
        return now == null ? Optional.empty() : now.ledger().keys().get(kid);
    }

    /** That another process has taken the pod over, or that its Lease has lost the label or owner that it is found by. */
    @Override
    public Optional<String> problem() {
        Hold now = hold;
        return now == null ? Optional.empty() : now.ledger().problem();
    }

    /** As set, or as {@code ORCHESTRATION_TERMINATION_GRACE_SECONDS} says. */
    @Override
    public Optional<Duration> terminationGrace() {
        return Optional.of(terminationGrace);
    }

    /**
     * Does nothing: a pod has no right to delete itself, and ends when its process does. Whether it is then started anew is
     * its {@code restartPolicy}'s to say.
     */
    @Override
    public void shutdown() {
        log.info("pod {} ends when this process does", pod.podName());
    }

    /** Closes the Lease, too: nobody would see a claim that came after this. Blocks for one call's time at most. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        Hold now = hold;
        if (now != null) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            loop.execute(() -> now.writer().end(drained(now), done));
            try {
                done.get(callTimeout.toNanos(), NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                log.warn(
                        "{} was not written to its end within {}: the pod's next process frees what is held",
                        now.ledger().name(),
                        callTimeout);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            now.telling().silence();
            now.watcher().close();
            loop.execute(now.ledger()::stop);
        }
        loop.close();
    }

    private static LedgerState drained(Hold hold) {
        return LedgerState.closed(hold.bootId(), true);
    }

    /** Has the Lease say it, and waits until it does. */
    private void say(Hold now, LedgerState state, String what) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!Loops.offer(loop, () -> now.writer().say(state, done))) {
            return; // closed in this moment
        }
        try {
            done.get(callTimeout.toNanos(), NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new PlatformException(
                    now.ledger().name() + " could not be " + what + " within " + callTimeout + "; it is tried on: "
                            + now.writer().problem(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException(
                    "the thread was interrupted while " + now.ledger().name() + " was " + what + "; it is tried on", e);
        }
    }

    /** The watch of the Lease. */
    private final class Watching implements Watcher.Sink<Lease> {

        private final Ledger ledger;
        private final Watcher<Lease> watcher;

        Watching(Ledger ledger) {
            this.ledger = ledger;
            this.watcher = new Watcher<>(api.only(pod.lease()), loop, random, this, WATCH);
        }

        /** The watch is to tell of this version soon, or it is dead. */
        void expect(long version) {
            loop.after(EVENT, () -> {
                if (watcher.version() < version && !ledger.isOver()) {
                    watcher.suspect("the watch has not told of a write " + EVENT.toMillis() + " ms after its answer");
                }
            });
        }

        @Override
        public void listed(List<Lease> leases) {
            if (leases.isEmpty()) {
                ledger.lost();
            } else {
                leases.forEach(ledger::seen);
            }
        }

        @Override
        public void seen(Lease lease) {
            ledger.seen(lease);
        }

        @Override
        public void gone(Lease lease) {
            ledger.deleted(lease.version());
        }

        @Override
        public void doubtChanged() {
            // a pod refuses nobody by what it has not seen: it asks the server
        }
    }
}
