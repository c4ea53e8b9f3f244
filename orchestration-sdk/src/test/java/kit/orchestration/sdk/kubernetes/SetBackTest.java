package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Watcher;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.ManualTime;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.kubernetes.StoredLease.Stored;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The storage is restored from a backup: versions and use counts go down. In virtual time. */
class SetBackTest {

    private static final PodIdentity POD = new PodIdentity("games", "arena-1", "pod-uid-1", "duel", 2);
    private static final String BOOT = "boot-1";
    private static final String OPEN = "open/boot-1 1";

    private final StoredLease server = new StoredLease();
    private final ManualTime time = new ManualTime(true);
    private final Loop loop = new Loop(time, time::nanoTime);
    private final LeaseApi api =
            new LeaseApi(server, "games", Duration.ofSeconds(5), LeaseApi.Observer.NONE, time::nanoTime);
    private final List<String> told = new ArrayList<>();
    private LedgerWriter pod;

    private final PlatformListener listener = new PlatformListener() {
        @Override
        public void claimed(ClaimedSlot claim) {
            told.add("claimed " + claim.sessionId());
        }

        @Override
        public void revoked(String sessionId) {
            told.add("revoked " + sessionId);
        }

        @Override
        public void gone(String sessionId) {
            told.add("gone " + sessionId);
        }
    };

    @BeforeEach
    void open() {
        server.write(Map.of(LedgerNames.STATE, "closed/boot-1 1", "0", "7", "1", "9"));
        Lease lease = api.get(POD.lease()).join().orElseThrow();
        PodLedger ledger = new PodLedger(api, POD, BOOT, lease, listener, loop);
        pod = new LedgerWriter(api, POD, BOOT, ledger, loop, version -> {});
        Watcher<Lease> watcher =
                new Watcher<>(api.only(POD.lease()), loop, new Random(7), ledger, Duration.ofMinutes(10));
        loop.execute(() -> ledger.start(pod::step, watcher::close));
        watcher.start(lease.version());
        time.advance(Duration.ofSeconds(1));
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
    }

    private static ClaimedSlot claim(String session, int slot) {
        return new ClaimedSlot(session, slot, Duration.ofSeconds(60), Map.of());
    }

    private static String held(long uses, String session) {
        return new Free(uses)
                .hold(session, Duration.ofSeconds(60), null, Map.of())
                .format();
    }

    /** A session is claimed, and ends. */
    private void play(String session, long uses) {
        server.write(Map.of("0", held(uses, session)));
        time.advance(Duration.ofSeconds(1));
        pod.free(claim(session, 0));
        time.advance(Duration.ofSeconds(3));
        assertThat(server.text("0")).isEqualTo(Long.toString(uses + 1));
    }

    @Test
    void what_a_new_list_says_is_believed_and_a_claim_that_came_since_is_told() {
        Stored backup = server.stored;
        play("s-1", 7);
        play("s-2", 8);
        server.setBack(backup);
        server.write(Map.of("0", held(7, "s-3")));

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(told).containsExactly("claimed s-1", "claimed s-2", "claimed s-3");
        play("s-4", 8);
    }

    @Test
    void a_player_who_comes_before_the_list_is_found() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.write(Map.of("0", held(7, "s-3")));

        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        pod.find("s-3", "none", answer);
        time.advance(Duration.ofSeconds(1));

        assertThat(answer).isCompletedWithValue(Optional.of(claim("s-3", 0)));
    }

    @Test
    void what_ends_is_freed_before_the_list_and_the_server_is_not_flooded() {
        server.write(Map.of("1", held(9, "s-0")));
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.asks.clear();

        pod.free(claim("s-0", 1));
        time.advance(Duration.ofSeconds(10));

        assertThat(server.text("1")).isEqualTo("10");
        assertThat(server.asks).hasSizeLessThan(5);
    }

    @Test
    void a_state_that_was_set_back_is_written_again() {
        pod.open(false);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        server.setBack(backup);
        server.asks.clear();

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        assertThat(server.asks).hasSizeLessThan(10);
    }

    @Test
    void a_lease_that_is_younger_than_the_backup_is_made_anew_once() {
        server.setBack(new Stored(50, null));
        server.asks.clear();

        time.advance(Watcher.SILENCE.plus(LedgerWriter.AWAY).plusSeconds(60));

        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        assertThat(server.text("0")).isEqualTo("7");
        assertThat(server.asks).hasSizeLessThan(10);
    }

    @Test
    void a_claim_that_is_back_after_its_end_is_told_again_so_that_the_sdk_frees_it() {
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(3));
        server.setBack(backup);

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(told).containsExactly("claimed s-1", "claimed s-1");
    }
}
