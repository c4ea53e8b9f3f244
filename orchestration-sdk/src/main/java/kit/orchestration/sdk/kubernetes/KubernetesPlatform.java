package kit.orchestration.sdk.kubernetes;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.sdk.platform.Telling;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod of Kubernetes. Its ledger is one {@code coordination.k8s.io/v1} Lease, named after the pod and owned by it: the
 * allocators claim slots there, and the pod frees them. Its service account may create, get, watch and patch that Lease,
 * and needs no other right.
 *
 * <pre>{@code
 * GameServer server = GameServer.fromEnvironment(); // in a container with the variables that builder().environment names
 * }</pre>
 *
 * <p>The kubelet tells the allocators whether the pod is ready, by {@code /readyz} of the SDK's probe port; {@link #ready}
 * writes nothing. While the API server is away, sessions run and end as always: what ended is written when it is back.
 */
public final class KubernetesPlatform implements Platform {

    private static final Logger log = LoggerFactory.getLogger(KubernetesPlatform.class);
    private static final int BOOT_ID_BYTES = 12;

    private final PodIdentity pod;
    private final Duration callTimeout;
    private final Duration bootTimeout;
    private final Duration watchSilence;
    private final Duration terminationGrace;
    private final Loop loop = new Loop("orchestration-kubernetes");
    private final LeaseApi api;
    private final AtomicBoolean closed = new AtomicBoolean();

    private volatile @Nullable Hold hold;

    /** What there is from the boot on. */
    private record Hold(Telling telling, Ledger ledger, LedgerWriter writer, LeaseWatch watch) {}

    KubernetesPlatform(
            KubernetesPlatformBuilder builder,
            PodIdentity pod,
            URI apiServer,
            SSLContext tls,
            BearerToken token,
            Duration terminationGrace) {
        this.pod = pod;
        this.callTimeout = builder.callTimeout;
        this.bootTimeout = builder.bootTimeout;
        this.watchSilence = builder.watchSilence;
        this.terminationGrace = terminationGrace;
        this.api = new LeaseApi(apiServer, tls, pod, token, callTimeout, loop);
    }

    /** Settings for a platform; {@link KubernetesPlatformBuilder#build()} makes it. */
    public static KubernetesPlatformBuilder builder() {
        return new KubernetesPlatformBuilder();
    }

    /**
     * Makes the pod's Lease, or adopts the one that an earlier process of the pod has left, and opens it. Where another pod
     * of the same name has left one (in a StatefulSet), waits until it is deleted. Blocks, at most as long as
     * {@link KubernetesPlatformBuilder#bootTimeout}.
     *
     * @throws PlatformException if it failed for all that time, or the API server refuses; the message says what to mend
     */
    @Override
    public Boot boot(PlatformListener listener) {
        if (closed.get() || hold != null) {
            throw new IllegalStateException("a platform is booted once, and not after it was closed");
        }
        byte[] random = new byte[BOOT_ID_BYTES];
        new SecureRandom().nextBytes(random);
        String bootId = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Lease lease = new Takeover(api, pod, bootId, bootTimeout, callTimeout).run();
        Telling telling = new Telling(listener);
        Ledger ledger = new Ledger(api, pod, bootId, lease, telling, loop);
        LedgerWriter writer = new LedgerWriter(api, pod, bootId, ledger, loop);
        LeaseWatch watch = new LeaseWatch(api, ledger, loop, watchSilence);
        hold = new Hold(telling, ledger, writer, watch);
        loop.execute(() -> {
            ledger.start(writer::step);
            watch.start();
        });
        return new Boot(pod.pool(), LedgerNames.audience(pod.podUid(), bootId), pod.capacity());
    }

    /** Does nothing: the kubelet asks {@code /readyz}, and allocators read what it found. */
    @Override
    public void ready(boolean ready) {}

    /**
     * Closes the Lease: a claim that was computed before fails its test. If that can't be written now, it is tried on until
     * it is.
     */
    @Override
    public void drain() {
        Hold now = hold;
        if (now == null || closed.get()) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> now.writer().close(done));
        try {
            done.get(callTimeout.toNanos(), NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new PlatformException(
                    "%s could not be closed within %s; it is tried on: %s"
                            .formatted(api.name(), callTimeout, now.writer().problem()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException(
                    "the thread was interrupted while %s was closed; it is tried on".formatted(api.name()), e);
        }
    }

    @Override
    public void free(Claim claim) {
        Hold now = hold;
        if (now != null) {
            loop.execute(() -> now.ledger().ended(claim, System.nanoTime()));
        }
    }

    @Override
    public CompletionStage<Optional<Claim>> find(String sessionId, String kid) {
        Hold now = hold;
        if (now == null || closed.get()) {
            return CompletableFuture.failedFuture(new PlatformException("the pod is not taken over, or closed", null));
        }
        CompletableFuture<Optional<Claim>> answer = new CompletableFuture<>();
        loop.execute(() -> now.ledger().find(sessionId, answer));
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        Hold now = hold;
        return now == null ? Optional.empty() : now.ledger().keys().get(kid);
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
            loop.execute(() -> now.writer().close(done));
            try {
                done.get(callTimeout.toNanos(), NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                log.warn(
                        "{} was not written to its end within {}: the pod's next process frees what is held",
                        api.name(),
                        callTimeout);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            now.telling().silence();
            loop.execute(() -> {
                now.watch().close();
                now.ledger().stop();
            });
        }
        loop.close();
    }
}
