package kit.orchestration.sdk.kubernetes;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.random.RandomGenerator;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.BootThread;
import kit.orchestration.sdk.platform.LoopPlatform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod of Kubernetes. Its ledger is one {@code coordination.k8s.io/v1} Lease, named after the pod and owned by it: the
 * allocators claim slots there, and the pod frees them. Its service account may create, get, list, watch and patch that
 * Lease, and needs no other right.
 *
 * <pre>{@code
 * // in a container with the variables that builder().environment names:
 * GameServer server = GameServer.fromEnvironment();
 * }</pre>
 *
 * <p>Whether the pod takes claims is what its Lease says: it is closed until the first {@link #ready}. The kubelet
 * tells allocators, too, by {@code /readyz} of the SDK's probe port. While the API server is away, sessions run and end
 * as always: what ended is written when it is back. What somebody changes in the Lease by hand is written anew, where
 * the pod may write it; where it may not, {@link #problem} says so.
 */
@SuppressWarnings("exports") // what it shares with other platforms is nobody else's
public final class KubernetesPlatform extends LoopPlatform<LedgerWriter> {

    private static final Logger log = LoggerFactory.getLogger(KubernetesPlatform.class);

    private final PodIdentity identity;
    private final Duration bootTimeout;
    private final LeaseApi api;

    KubernetesPlatform(
            KubernetesPlatformBuilder builder, PodIdentity identity, Transport transport, Duration terminationGrace) {
        super("orchestration-kubernetes", builder.callTimeout, builder.callTimeout, terminationGrace);
        this.identity = identity;
        this.bootTimeout = builder.bootTimeout;
        this.api = new LeaseApi(transport, identity.namespace(), callTimeout, LeaseApi.Observer.NONE, loop::nanoTime);
    }

    /** Settings for a platform; {@link KubernetesPlatformBuilder#build()} makes it. */
    public static KubernetesPlatformBuilder builder() {
        return new KubernetesPlatformBuilder();
    }

    /** What is not seen in time is tried on. */
    @Override
    public void address(PodAddress address) {
        say(now -> now.address(address));
    }

    /**
     * Makes the pod's Lease, or adopts the one that an earlier process of the pod has left; it is closed until {@link
     * #ready}. Where another pod of the same name has left one (in a StatefulSet), waits until it is deleted. Blocks,
     * at most as long as {@link KubernetesPlatformBuilder#bootTimeout}; fails if that was not enough, or the API server
     * refuses.
     */
    @Override
    protected Boot takeOver(PlatformListener listener) {
        String bootId = newBoot();
        Lease lease = new Takeover(api, identity, bootId, bootTimeout, callTimeout, BootThread.SYSTEM).run();
        RandomGenerator random = new SecureRandom();
        PodLedger ledger = new PodLedger(api, identity, bootId, lease, listener, loop, random);
        Duration patience = callTimeout.dividedBy(2); // before the player's time is over
        LedgerWriter writer = new LedgerWriter(api, identity, bootId, ledger, loop, random, patience);
        held(writer);
        loop.execute(() -> ledger.start(writer::step));
        return new Boot(identity.pool(), LedgerNames.audience(identity.podUid(), bootId), identity.capacity());
    }

    /**
     * Does nothing: a pod has no right to delete itself, and ends when its process does. Whether it is then started
     * anew is its {@code restartPolicy}'s to say.
     */
    @Override
    public void shutdown() {
        log.info("pod {} ends when this process does", identity.podName());
    }
}
