package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.ManualTime;
import kit.orchestration.sdk.PlatformListener;
import org.junit.jupiter.api.BeforeEach;

/** A pod of two slots that is open, its Lease, and what is told. In virtual time. */
abstract class LedgerRig {

    private static final PodIdentity POD = new PodIdentity("games", "arena-1", "pod-uid-1", "duel", 2);
    private static final String BOOT = "boot-1";
    static final Duration PATIENCE = Duration.ofSeconds(5);
    static final String OPEN = "open/boot-1 1";

    final StoredLease server = new StoredLease();
    final ManualTime time = new ManualTime(true);
    final Loop loop = new Loop(time, time::nanoTime);
    private final LeaseApi api =
            new LeaseApi(server, "games", Duration.ofSeconds(5), LeaseApi.Observer.NONE, time::nanoTime);
    final List<String> told = new ArrayList<>();
    /** Runs after each thing that is told. */
    Runnable onTold = () -> {};

    LedgerWriter pod;

    private final PlatformListener listener = new PlatformListener() {
        @Override
        public void claimed(ClaimedSlot claim) {
            tell("claimed " + claim.sessionId());
        }

        @Override
        public void revoked(String sessionId) {
            tell("revoked " + sessionId);
        }

        @Override
        public void gone(String sessionId) {
            tell("gone " + sessionId);
        }

        @Override
        public void lost() {
            tell("lost");
        }
    };

    @BeforeEach
    void open() {
        server.write(Map.of(LedgerNames.STATE, "closed/boot-1 1", "0", "7", "1", "9"));
        Lease lease = api.get(POD.lease()).join().orElseThrow();
        PodLedger ledger = new PodLedger(api, POD, BOOT, lease, listener, loop, new Random(7));
        pod = new LedgerWriter(api, POD, BOOT, ledger, loop, new Random(8), PATIENCE);
        loop.execute(() -> ledger.start(pod::step));
        time.advance(Duration.ofSeconds(1));
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
    }

    static ClaimedSlot claim(String session, int slot) {
        return new ClaimedSlot(session, slot, Duration.ofSeconds(60), Map.of());
    }

    static String held(long uses, String session) {
        return new Free(uses)
                .hold(session, Duration.ofSeconds(60), null, Map.of())
                .format();
    }

    private void tell(String what) {
        told.add(what);
        onTold.run();
    }

    /** A session is claimed, and ends. */
    void play(String session, long uses) {
        server.write(Map.of("0", held(uses, session)));
        time.advance(Duration.ofSeconds(1));
        pod.free(claim(session, 0));
        time.advance(Duration.ofSeconds(3));
        assertThat(server.text("0")).isEqualTo(Long.toString(uses + 1));
    }
}
