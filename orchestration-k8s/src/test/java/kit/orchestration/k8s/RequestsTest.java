package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Phaser;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A claim with a request id, written, whose event comes late, after others, or never. The test is the loop's thread. */
class RequestsTest {

    private static final AllocateReq REQUEST =
            AllocateReq.builder("duel").requestId("match-1").build();

    private final KubernetesClient client = new KubernetesClientBuilder().build();
    private final Loop loop = new Loop();
    private final Timing timing = Timing.system("test");
    private final Sessions sessions = new Sessions();
    private final List<Reservation<PodLedger>> written = new ArrayList<>();
    private final PodView pod = new PodView(
            "pod-1",
            "orchestration-pod-1",
            "uid-1",
            1,
            "duel",
            Map.of(),
            new PodAddress("192.0.2.1", 7777),
            true,
            false,
            1,
            true);
    private final Ledger ledger = new Ledger(lease(1, "2"), Instant.EPOCH);
    private Requests requests;
    private Pool<PodLedger> pool;
    private Pod<PodLedger> enginePod;

    @BeforeEach
    void makeAPoolWithOneFreeSlot() {
        Context context = new Context(
                new ClusterApi(client, "games", Duration.ofSeconds(5)),
                loop,
                timing,
                new Random(1),
                null,
                TokenSigner.of(SigningKey.generateEd25519()),
                new AllocatorListener() {},
                new Phaser(1),
                Duration.ofSeconds(5));
        requests = new Requests(context, sessions, new Releases(context), call -> {});
        pool = new Pool<>(
                new Pool.Settings(
                        "duel",
                        Placement.PACKED,
                        GroupLimit.NONE,
                        10,
                        0,
                        true,
                        new SessionIds(new Random(1)),
                        System::nanoTime),
                new Capture());
        ledger.belongsTo(pod);
        PodLedger joined = new PodLedger(pod, ledger);
        enginePod = pool.pod("pod-1", joined, new long[] {4});
        joined.joined(enginePod);
        pool.update(enginePod, 1, PodState.READY, Map.of());
    }

    @AfterEach
    void close() {
        client.close();
        loop.close();
        timing.scheduler().shutdown();
    }

    @Test
    void newsOfWhatWasBeforeTheClaimDoesNotEndIt() {
        Call call = place();
        LedgerSlot.Held held = write();
        tell(another(1)); // a read had told the engine more than the watch has
        tell("2");
        assertThat(call.isSettled()).isFalse();
        assertThat(written).as("placed again").isEmpty();

        tell(held.format());
        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void aClaimThatIsOverAndFollowedByAnotherIsPlacedAgain() {
        place();
        write();
        tell(another(3)); // after a gap in the watch
        pool.slotSeen(enginePod, 0, 8);
        assertThat(written).as("placed again").hasSize(1);
    }

    @Test
    void aClaimWhoseLeaseIsGoneIsPlacedAgain() {
        place();
        write();
        ledger.ends();
        requests.told(ledger, 0, null);
        pool.slotSeen(enginePod, 0, 8);
        assertThat(written).as("placed again").hasSize(1);
    }

    private Call place() {
        Call call = new Call(REQUEST, pool, 0, System.nanoTime());
        pool.place(call);
        return call;
    }

    /** The claim under way is written, and the watch has not told of it yet. */
    private LedgerSlot.Held write() {
        Reservation<PodLedger> reservation = written.remove(0);
        LedgerSlot.Held held = Texts.held(reservation.version(), reservation.sessionId(), REQUEST);
        requests.written(ledger, reservation, held);
        return held;
    }

    private void tell(String text) {
        long version = ledger.lease().version() + 1;
        for (Ledger.Change change : ledger.seen(lease(version, text))) {
            sessions.changed(
                    ledger,
                    change.slot(),
                    Texts.claim(change.before()),
                    Texts.claim(change.after()),
                    timing.clock().instant(),
                    0);
            requests.told(ledger, change.slot(), change.after());
        }
    }

    /** What the slot says while a session of somebody else has it. */
    private static String another(long uses) {
        return Texts.held(2 * uses, new SessionIds(new Random(100 + uses)).next(), AllocateReq.of("duel"))
                .format();
    }

    private static LeaseView lease(long version, String slot) {
        return new LeaseView(
                "orchestration-pod-1",
                "lease-1",
                version,
                "duel",
                "uid-1",
                "pod-1",
                "open/boot-1",
                List.of(slot),
                Set.of(),
                null,
                null,
                false);
    }

    private final class Capture implements Committer<PodLedger> {

        @Override
        public void commit(PodLedger pod, List<Reservation<PodLedger>> batch) {
            written.addAll(batch);
        }

        @Override
        public CompletionStage<Claim> existing(Call call) {
            return requests.existing(call);
        }

        @Override
        public void giveBack(Claim claim) {
            throw new AssertionError("given back: " + claim.sessionId());
        }
    }
}
