package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import org.junit.jupiter.api.Test;

/** What the pod says of itself, and what becomes of it. */
class AgonesStateTest extends Rig {

    @Test
    void ready_opens_the_pod_and_makes_it_ready_once_it_is_seen() {
        boot();
        sidecar.hold = true;
        CompletableFuture<Void> ready = CompletableFuture.runAsync(() -> platform.ready(true));
        eventually()
                .until(() -> !sidecar.calls("POST /ready").isEmpty()
                        && sidecar.calls("/metadata/label").stream().anyMatch(call -> call.contains("true")));
        assertThat(ready).isNotDone();

        sidecar.hold = false;
        sidecar.flush();

        assertThat(ready).succeedsWithin(Duration.ofSeconds(5));
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("true");
        assertThat(sidecar.stateNow()).isEqualTo("Ready");
    }

    @Test
    void ready_leaves_an_allocated_server_allocated() {
        sidecar.state = "Allocated";

        serve();

        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("true");
        assertThat(sidecar.calls("POST /ready")).isEmpty();
    }

    @Test
    void unready_and_drain_close_the_pod_and_a_drain_is_for_good() {
        serve();

        platform.ready(false);
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
        platform.ready(true);
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("true");
        platform.drain();
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
        platform.ready(true);

        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
    }

    @Test
    void a_word_that_is_not_seen_in_time_is_an_error_and_tried_on() {
        platform = builder().callTimeout(Duration.ofMillis(300)).build();
        boot();
        sidecar.hold = true;

        assertThatThrownBy(() -> platform.ready(true))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("did not show within PT0.3S");
        sidecar.forget();
        sidecar.hold = false;

        eventually().until(() -> sidecar.label(AgonesNames.OPEN).equals("true"));
    }

    @Test
    void a_deleted_game_server_drains() {
        serve();

        sidecar.write(() -> sidecar.deleted = true);

        eventually().until(() -> sidecar.label(AgonesNames.OPEN).equals("false"));
        platform.ready(true);
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
    }

    @Test
    void the_drain_label_closes_the_pod_until_it_is_taken_away() {
        serve();

        sidecar.write(() -> sidecar.labels.put(AgonesNames.DRAIN_LABEL, "overflow"));

        eventually().until(() -> sidecar.label(AgonesNames.OPEN).equals("false"));
        eventually()
                .untilAsserted(() -> assertThat(platform.problem())
                        .hasValueSatisfying(problem -> assertThat(problem).contains("asked to drain by label")));
        platform.ready(true);
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
        sidecar.write(() -> sidecar.labels.remove(AgonesNames.DRAIN_LABEL));
        eventually().until(() -> sidecar.label(AgonesNames.OPEN).equals("true"));
        eventually().until(() -> platform.problem().isEmpty());
    }

    @Test
    void unhealthy_is_final() {
        boot();
        sidecar.write(() -> sidecar.state = "Unhealthy");

        assertThatThrownBy(() -> platform.ready(true))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("the Fleet replaces it");
    }

    @Test
    void a_server_that_is_taken_over_by_another_process_is_told_so_and_for_good() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        String own = sidecar.label(AgonesNames.BOOT);

        sidecar.write(() -> sidecar.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.BOOT, "another"));

        awaitTold("claimed a 0", "lost");
        allocate("b");
        platform.drain(); // returns: there is nothing more to say
        assertThatThrownBy(() -> platform.ready(true)).hasMessageContaining("has taken GameServer duel-abc over");
        assertThatThrownBy(platform::shutdown).hasMessageContaining("has taken GameServer duel-abc over");
        assertThat(sidecar.stateNow()).as("it is the other's to end").isEqualTo("Allocated");
        assertThat(sidecar.label(AgonesNames.BOOT)).isEqualTo("another");
        sidecar.write(() -> sidecar.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.BOOT, own));
        assertThat(platform.find(own + ".b", "none"))
                .as("for good")
                .succeedsWithin(Duration.ofSeconds(10))
                .isEqualTo(Optional.empty());
        assertThat(told).containsExactly("claimed a 0", "lost");
    }

    @Test
    void heartbeats_come_at_the_servers_own_rate() {
        sidecar.health = "{\"period_seconds\":1}";
        boot();
        int before = sidecar.heartbeats.size();

        eventually().until(() -> {
            platform.healthy();
            return sidecar.heartbeats.size() > before;
        });
    }

    @Test
    void a_long_period_is_kept_to_and_no_heartbeat_is_sent_where_none_is_wanted() {
        sidecar.health = "{\"period_seconds\":1000}";
        boot();
        int before = sidecar.heartbeats.size();
        for (int i = 0; i < 10; i++) {
            platform.healthy();
        }
        sidecar.write(() -> sidecar.health = "{\"disabled\":true}");
        allocate("a");
        claim("a");
        platform.healthy();
        platform.gameServer(); // comes after

        assertThat(sidecar.heartbeats).hasSize(before);
    }

    @Test
    void the_heartbeats_of_the_boot_end_with_it_whatever_is_to_be_taken_out() {
        sidecar.health = "{\"period_seconds\":1}";
        serve();
        sidecar.hold = true;
        allocate("a");
        platform.free(claim("a"));
        AtomicInteger seen = new AtomicInteger();

        eventually()
                .during(Duration.ofMillis(1_500))
                .until(() -> sidecar.heartbeats.size() == seen.getAndSet(sidecar.heartbeats.size()));
    }

    @Test
    void a_games_watch_is_told_of_no_version_after_a_later_one() {
        List<String> states = new CopyOnWriteArrayList<>();
        platform.calls().watch(server -> states.add(server.state()));
        eventually()
                .until(() ->
                        sidecar.watches() == 1 && !sidecar.calls("/gameserver").isEmpty());
        String old = sidecar.event();
        sidecar.write(() -> sidecar.state = "Ready");

        sidecar.line(old);
        sidecar.write(() -> sidecar.state = "Allocated");

        eventually().until(() -> states.contains("Allocated"));
        assertThat(states).containsExactly("Scheduled", "Ready", "Allocated");
    }

    @Test
    void a_server_that_is_idle_goes_back_to_ready_where_asked() {
        platform = builder().idleToReady(Duration.ofMillis(50)).build();
        serve();
        allocate("a");
        ClaimedSlot a = claim("a");
        assertThat(sidecar.stateNow()).isEqualTo("Allocated");

        platform.free(a);

        eventually().until(() -> sidecar.stateNow().equals("Ready"));
    }

    @Test
    void a_server_stays_allocated_unless_asked() {
        serve();
        allocate("a");
        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().isEmpty());
        allocate("b");
        claim("b");

        platform.backToReady(); // does nothing: b is here
        platform.free(claim("b"));
        eventually().until(() -> sidecar.valuesNow().isEmpty());
        assertThat(sidecar.calls("POST /ready")).hasSize(1);
        eventually().until(() -> {
            platform.backToReady();
            return sidecar.stateNow().equals("Ready");
        });
    }

    @Test
    void a_session_that_lands_while_it_goes_back_takes_it_back() {
        serve();
        sidecar.write(() -> sidecar.state = "Allocated");
        eventually().until(() -> {
            sidecar.hold = true;
            platform.backToReady();
            return sidecar.calls("POST /ready").size() == 2;
        });

        allocate("a"); // before the sidecar writes what it was asked
        eventually().until(() -> !sidecar.calls("POST /allocate").isEmpty());
        sidecar.hold = false;
        sidecar.forget();
        sidecar.write(() -> sidecar.state = "Ready"); // the write comes late all the same

        eventually().until(() -> sidecar.stateNow().equals("Allocated"));
        awaitTold("claimed a 0");
    }

    @Test
    void a_server_with_room_shows_itself_when_nobody_has_written_for_a_while() {
        platform = builder().showEvery(Duration.ofMillis(50)).build();
        boot();
        assertThat(sidecar.annotation(Presence.ANNOTATION)).isEmpty();

        platform.ready(true);

        eventually().until(() -> !sidecar.annotation(Presence.ANNOTATION).isEmpty());
        String first = sidecar.annotation(Presence.ANNOTATION);
        eventually().until(() -> !sidecar.annotation(Presence.ANNOTATION).equals(first));
    }

    @Test
    void so_does_a_full_server_whose_sessions_may_be_released() {
        platform = builder().showEvery(Duration.ofMillis(50)).build();
        sidecar.capacity = "1";
        boot();
        allocate("a");
        claim("a");

        platform.ready(true);

        eventually().until(() -> !sidecar.annotation(Presence.ANNOTATION).isEmpty());
    }

    @Test
    void so_does_a_closed_one_and_once_its_last_session_has_ended_no_more() {
        platform = builder().showEvery(Duration.ofMillis(50)).build();
        boot();
        platform.ready(true);
        allocate("a");
        claim("a");
        platform.ready(false);
        String open = sidecar.annotation(Presence.ANNOTATION);
        eventually().until(() -> !sidecar.annotation(Presence.ANNOTATION).equals(open));

        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().isEmpty());

        AtomicReference<String> before = new AtomicReference<>("");
        eventually().pollInterval(Duration.ofMillis(300)).until(() -> {
            String now = sidecar.annotation(Presence.ANNOTATION);
            return now.equals(before.getAndSet(now));
        });
    }

    @Test
    void a_shutdown_is_asked_for_until_it_is_seen() {
        serve();
        sidecar.answer("/shutdown", 200, "{}"); // queued, and then forgotten

        platform.shutdown();

        eventually().until(() -> sidecar.stateNow().equals("Shutdown"));
        eventually().until(() -> sidecar.label(AgonesNames.OPEN).equals("false"));
    }

    @Test
    void agones_own_calls_are_there_before_the_boot_and_carry_what_they_were_given() {
        platform.calls().setLabel("mode", "ranked");
        platform.calls().setAnnotation("map", "de \"dust\"");
        platform.calls().allocate();
        platform.calls().reserve(Duration.ofMillis(1_500));
        platform.backToReady();
        platform.healthy();

        assertThat(sidecar.calls)
                .containsExactly(
                        sidecar.calls.get(0),
                        sidecar.calls.get(1),
                        "POST /allocate {}",
                        "POST /reserve {\"seconds\":\"2\"}",
                        "POST /ready {}");
        assertThat(sidecar.label("mode")).isEqualTo("ranked");
        assertThat(sidecar.annotation("map")).isEqualTo("de \"dust\"");
        eventually().until(() -> !sidecar.heartbeats.isEmpty());
    }

    @Test
    void a_games_own_lists_are_read_and_written() {
        sidecar.list = "players";

        platform.calls().addValue("players", "ann");
        platform.calls().addValue("players", "bob");
        platform.calls().removeValue("players", "ann");
        assertThat(platform.calls().list("players")).isEqualTo(new AgonesList(4, List.of("bob")));
        platform.calls().setValues("players", List.of("cat", "dan"));

        assertThat(platform.calls().list("players").values()).containsExactly("cat", "dan");
        platform.calls().setValues("players", List.of("dan", "eve"));
        assertThat(platform.calls().list("players").values()).containsExactly("dan", "eve");
        assertThat(sidecar.calls("PATCH")).as("UpdateList").isEmpty();
        assertThatThrownBy(() -> platform.calls().list("a/b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("list must match");
        assertThatThrownBy(() -> platform.calls().removeValue("players", "ann"))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("not found");
    }

    @Test
    void a_call_that_the_sidecar_refuses_says_why() {
        sidecar.answer("/metadata/label", 400, "{\"code\":3,\"message\":\"invalid label key\"}");

        assertThatThrownBy(() -> platform.calls().setLabel("?", "x"))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("invalid label key");
    }

    @Test
    void the_game_sees_its_game_server_and_may_watch_it() {
        List<String> states = new CopyOnWriteArrayList<>();

        AgonesGameServer server = platform.gameServer();
        try (AgonesCalls.Watch watch = platform.calls().watch(seen -> states.add(seen.state()))) {
            assertThat(watch).isNotNull();
            eventually().until(() -> states.contains("Scheduled"));
            platform.calls().allocate();
            eventually().until(() -> states.contains("Allocated"));
        }

        assertThat(server.name()).isEqualTo("duel-abc");
        assertThat(server.uid()).isEqualTo("u-1");
        assertThat(server.created()).isEqualTo(Instant.ofEpochSecond(1_700_000_000));
        assertThat(server.address()).isEqualTo("10.0.0.9");
        assertThat(server.ports()).isEqualTo(Map.of("default", 7001, "query", 7002));
    }

    @Test
    void a_close_waits_until_what_was_freed_is_written() {
        serve();
        allocate("a", "b");
        ClaimedSlot a = claim("a");
        ClaimedSlot b = claim("b");
        sidecar.hold = true;
        platform.free(a);
        platform.free(b);

        CompletableFuture<Void> closing = CompletableFuture.runAsync(platform::close);
        eventually().until(() -> sidecar.calls(":removeValue").size() == 2);
        assertThat(closing).isNotDone();
        sidecar.hold = false;
        sidecar.flush();

        assertThat(closing).succeedsWithin(Duration.ofSeconds(5));
        assertThat(sidecar.valuesNow()).isEmpty();
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
    }

    @Test
    void a_close_does_not_wait_for_ever_and_tells_nothing_afterwards() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        sidecar.hold = true;

        assertTimeoutPreemptively(
                Duration.ofMinutes(1), platform::close, () -> "it flushes for " + AgonesPlatform.FLUSH);
        allocate("b");
        assertThat(told).containsExactly("claimed a 0");
        assertThatCode(platform::close).doesNotThrowAnyException();
        assertThatThrownBy(platform.calls()::allocate).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> platform.calls().watch(server -> {})).isInstanceOf(IllegalStateException.class);
    }
}
