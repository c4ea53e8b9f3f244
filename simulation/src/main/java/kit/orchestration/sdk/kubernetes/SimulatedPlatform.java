package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.BootThread;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/**
 * {@link KubernetesPlatform} in a simulation: its take-over, its ledger and its writer, on a loop that the simulation
 * turns. What is said is not waited for, since nobody can be waited for there; but the boot is, on its thread.
 */
public final class SimulatedPlatform implements Platform {

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration BOOT_TIMEOUT = Duration.ofSeconds(30);

    private final LeaseApi api;
    private final Loop loop;
    private final BootThread thread;
    private final RandomGenerator random;
    private final PodIdentity identity;
    private final String bootId;
    private final Time time;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable LedgerWriter writer;

    /** Of a pod with that many slots. */
    public SimulatedPlatform(
            String podName,
            String podUid,
            String pool,
            int capacity,
            String bootId,
            Transport transport,
            Loop loop,
            BootThread thread,
            InstantSource clock,
            ScheduledExecutorService scheduler,
            RandomGenerator random) {
        this.api = new LeaseApi(transport, "games", CALL_TIMEOUT, LeaseApi.Observer.NONE, loop::nanoTime);
        this.loop = loop;
        this.thread = thread;
        this.random = random;
        this.identity = new PodIdentity("games", podName, podUid, pool, capacity);
        this.bootId = bootId;
        this.time = new Time(clock, scheduler);
    }

    @Override
    public Boot boot(PlatformListener listener) {
        Lease lease = new Takeover(api, identity, bootId, BOOT_TIMEOUT, CALL_TIMEOUT, thread).run();
        PodLedger ledger = new PodLedger(api, identity, bootId, lease, listener, loop, random);
        LedgerWriter made = new LedgerWriter(api, identity, bootId, ledger, loop, random, CALL_TIMEOUT.dividedBy(2));
        writer = made;
        loop.execute(() -> ledger.start(made::step));
        return new Boot(identity.pool(), LedgerNames.audience(identity.podUid(), bootId), identity.capacity());
    }

    private void tell(Runnable word, LedgerWriter pod) {
        loop.offer(() -> {
            word.run();
            pod.step();
        });
    }

    @Override
    public void ready(boolean ready) {
        LedgerWriter pod = writer;
        if (pod != null) {
            tell(() -> pod.open(ready), pod);
        }
    }

    @Override
    public void drain() {
        LedgerWriter pod = writer;
        if (pod != null) {
            tell(pod::drain, pod);
        }
    }

    @Override
    public void ending() {
        LedgerWriter pod = writer;
        if (pod != null) {
            tell(pod::end, pod);
        }
    }

    @Override
    public void free(ClaimedSlot claim) {
        LedgerWriter pod = writer;
        if (pod != null) {
            loop.offer(() -> pod.free(claim));
        }
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        LedgerWriter pod = writer;
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        if (pod == null || !loop.offer(() -> pod.find(sessionId, kid, answer))) {
            answer.completeExceptionally(new PlatformException("the pod is not taken over, or closed", null));
        }
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        LedgerWriter pod = writer;
        return pod == null ? Optional.empty() : pod.key(kid);
    }

    @Override
    public Optional<String> problem() {
        LedgerWriter pod = writer;
        return pod == null ? Optional.of("not booted") : pod.problem().or(pod::asked);
    }

    @Override
    public Optional<String> lost() {
        LedgerWriter pod = writer;
        return pod == null ? Optional.empty() : pod.lost();
    }

    @Override
    public Optional<Time> time() {
        return Optional.of(time);
    }

    @Override
    public void shutdown() {
        // a pod ends when its process does
    }

    /** What is said yet goes on, as long as a call may take. */
    @Override
    public void close() {
        LedgerWriter pod = writer;
        if (pod == null) {
            closed.complete(null);
            return;
        }
        loop.offer(() -> {
            pod.end();
            pod.await(() -> pod.isSaid() && pod.isClean(), closed);
        });
        loop.after(CALL_TIMEOUT, () -> closed.complete(null)); // the rest is freed by the pod's next process
        closed.thenRun(() -> loop.offer(pod::stop));
    }

    /** Done when the close is: the process may end. */
    public CompletionStage<Void> closed() {
        return closed;
    }
}
