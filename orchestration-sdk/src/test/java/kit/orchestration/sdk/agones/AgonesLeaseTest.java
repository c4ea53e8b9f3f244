package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pod that Agones hosts, and whose slots are kept elsewhere: what the sidecar is told, what the slots, and when. */
class AgonesLeaseTest extends Rig {

    private static final String ADDRESS = "address 10.0.0.9:7001 default=7001 query=7002";

    private final FakeSlots slots = new FakeSlots();

    @BeforeEach
    void hosted() {
        build(leased());
    }

    private AgonesPlatformBuilder leased() {
        return builder().slots(slots).idleToReady(Duration.ofDays(1));
    }

    private void build(AgonesPlatformBuilder builder) {
        platform.close();
        slots.heard.clear();
        platform = builder.build();
    }

    /** Its only session has ended, and the sidecar is asked for Ready, which is not written yet. */
    private void goesBack() {
        serve();
        ClaimedSlot first = slots.claim("s1");
        awaitTold("claimed s1 0");
        platform.free(first);
        sidecar.hold = true;
        platform.backToReady();
        eventually().until(() -> sidecar.calls("POST /ready").size() == 2);
    }

    private void awaitLastHeard(String word) {
        eventually().until(() -> slots.heard.get(slots.heard.size() - 1).equals(word));
    }

    private CompletableFuture<Optional<ClaimedSlot>> find(String sessionId) {
        return platform.find(sessionId, "kid").toCompletableFuture();
    }

    @Test
    void ready_makes_the_server_ready_first_and_then_opens_the_slots_with_the_address_that_agones_gave_it() {
        boot();
        sidecar.hold = true;
        CompletableFuture<Void> ready = CompletableFuture.runAsync(() -> platform.ready(true));
        eventually().until(() -> !sidecar.calls("POST /ready").isEmpty());
        assertThat(ready).isNotDone();
        assertThat(slots.heard).doesNotContain("ready true");

        sidecar.hold = false;
        sidecar.flush();

        assertThat(ready).succeedsWithin(Duration.ofSeconds(5));
        assertThat(slots.heard)
                .containsSubsequence("boot", ADDRESS, "ready true")
                .endsWith("ready true");
        assertThat(sidecar.calls("/metadata")).as("labels are for the list").isEmpty();
    }

    @Test
    void a_claim_is_told_once_its_server_is_seen_allocated() {
        serve();
        sidecar.hold = true;

        slots.claim("s1");
        CompletableFuture<Optional<ClaimedSlot>> early = find("s1");
        eventually().until(() -> !sidecar.calls("POST /allocate").isEmpty());
        assertThat(told).isEmpty();
        assertThat(early).as("a player who is here already").isNotDone();
        sidecar.hold = false;
        sidecar.flush();

        awaitTold("claimed s1 0");
        assertThat(early).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.of(claims.get(0)));
        slots.claim("s2");
        awaitTold("claimed s1 0", "claimed s2 1");
        assertThat(sidecar.calls("POST /allocate")).as("it is Allocated").hasSize(1);
    }

    @Test
    void a_player_who_is_faster_than_the_watch_waits_for_the_server_too() {
        serve();
        sidecar.hold = true;
        slots.claims.put("s1", new ClaimedSlot("s1", 0, TTL, Map.of()));

        CompletableFuture<Optional<ClaimedSlot>> early = find("s1");
        eventually().until(() -> !sidecar.calls("POST /allocate").isEmpty());
        assertThat(early).isNotDone();
        sidecar.hold = false;
        sidecar.flush();

        assertThat(early).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.of(claims.get(0)));
        assertThat(find("s9")).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.empty());
    }

    @Test
    void an_empty_server_goes_back_to_ready_and_stays_open() {
        build(leased().idleToReady(Duration.ofMillis(50)));
        serve();
        ClaimedSlot claim = slots.claim("s1");
        awaitTold("claimed s1 0");

        platform.free(claim);

        eventually().until(() -> sidecar.stateNow().equals("Ready"));
        assertThat(slots.heard).contains("free s1").endsWith("free s1");
    }

    @Test
    void a_claim_that_lands_while_the_server_goes_back_is_told_once_that_is_over_and_undone() {
        goesBack();

        slots.claim("s2");
        CompletableFuture<Optional<ClaimedSlot>> early = find("s2");
        // The GameServer says Allocated still, and what was asked for may undo that at any moment.
        assertThat(sidecar.stateNow()).isEqualTo("Allocated");
        assertThat(early).isNotDone();
        assertThat(sidecar.calls("POST /allocate"))
                .as("it would say nothing that can be seen")
                .hasSize(1);
        sidecar.flush();
        eventually().until(() -> sidecar.calls("POST /allocate").size() == 2);
        assertThat(early).isNotDone();
        sidecar.flush();

        awaitTold("claimed s1 0", "claimed s2 0");
        assertThat(early).succeedsWithin(Duration.ofSeconds(5));
        assertThat(sidecar.stateNow()).isEqualTo("Allocated");
    }

    /** A sidecar that has died in that moment has forgotten it, or has not: nobody can tell. */
    @Test
    void what_was_asked_for_is_seen_through_before_it_is_undone() {
        goesBack();
        slots.claim("s2");
        sidecar.forget();
        sidecar.hold = false;

        awaitTold("claimed s1 0", "claimed s2 0");

        assertThat(sidecar.calls("POST /ready")).hasSize(3);
        assertThat(sidecar.stateNow()).isEqualTo("Allocated");
    }

    @Test
    void a_server_on_its_way_back_to_ready_stays_open_and_one_that_was_never_ready_is_not_opened() {
        serve();
        sidecar.write(() -> sidecar.state = "RequestReady");
        slots.claim("s1");
        eventually().until(() -> sidecar.stateNow().equals("Allocated"));
        assertThat(slots.heard).endsWith("ready true");

        platform.close();
        sidecar.write(() -> sidecar.state = "RequestReady");
        build(leased().callTimeout(Duration.ofMillis(300)));
        boot();
        platform.ready(true);
        assertThat(platform.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("in state RequestReady"));
        assertThat(slots.heard).doesNotContain("ready true");
    }

    @Test
    void what_the_slots_tell_again_is_told_again_at_once() {
        serve();
        ClaimedSlot claim = slots.claim("s1");
        awaitTold("claimed s1 0");
        sidecar.hold = true;
        sidecar.write(() -> sidecar.state = "Ready");
        eventually().until(() -> sidecar.calls("POST /allocate").size() == 2); // it has seen that

        slots.tells().claimed(claim);

        awaitTold("claimed s1 0", "claimed s1 0");
    }

    @Test
    void a_claim_whose_server_is_not_allocated_in_its_time_is_freed_and_nobody_is_let_in() {
        serve();
        sidecar.hold = true;
        ClaimedSlot brief = new ClaimedSlot("s1", 0, Duration.ofMillis(200), Map.of());
        slots.claims.put("s1", brief);
        slots.tells().claimed(brief);
        CompletableFuture<Optional<ClaimedSlot>> early = find("s1");

        eventually().until(() -> slots.heard.contains("free s1"));

        assertThat(early).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.empty());
        sidecar.hold = false;
        sidecar.flush();
        slots.claim("s2");
        awaitTold("gone s1", "claimed s2 0");
    }

    @Test
    void what_ends_before_it_was_told_is_told_to_be_gone_alone() {
        serve();
        sidecar.hold = true;
        slots.claim("s1");
        slots.claim("s2");
        CompletableFuture<Optional<ClaimedSlot>> early = find("s1");
        eventually().until(() -> !sidecar.calls("POST /allocate").isEmpty());

        slots.tells().revoked("s1");
        slots.tells().gone("s2");

        assertThat(early).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.empty());
        eventually().until(() -> slots.heard.contains("free s1"));
        sidecar.hold = false;
        sidecar.flush();
        slots.claim("s3");
        awaitTold("gone s1", "gone s2", "claimed s3 " + (slots.claims.size() - 1));
        assertThat(slots.heard).as("it is no more").doesNotContain("free s2");
    }

    @Test
    void what_was_told_is_told_on() {
        serve();
        slots.claim("s1");
        slots.claim("s2");
        awaitTold("claimed s1 0", "claimed s2 1");

        slots.tells().revoked("s1");
        slots.tells().gone("s2");
        slots.tells().lost();

        awaitTold("claimed s1 0", "claimed s2 1", "revoked s1", "gone s2", "lost");
        assertThat(find("s1")).failsWithin(Duration.ofSeconds(5));
    }

    @Test
    void a_session_that_is_told_already_is_found_whatever_the_state_is() {
        serve();
        slots.claim("s1");
        awaitTold("claimed s1 0");
        sidecar.hold = true;
        sidecar.write(() -> sidecar.state = "Ready"); // by a game, or somebody's kubectl

        assertThat(find("s1")).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(Optional.of(claims.get(0)));
    }

    @Test
    void a_server_that_somebody_makes_ready_takes_itself_back() {
        serve();
        slots.claim("s1");
        awaitTold("claimed s1 0");

        sidecar.write(() -> sidecar.state = "Ready");

        eventually().until(() -> sidecar.stateNow().equals("Allocated"));
    }

    @Test
    void the_drain_label_closes_the_slots_until_it_is_taken_away() {
        serve();

        sidecar.write(() -> sidecar.labels.put(AgonesNames.DRAIN_LABEL, "overflow"));

        awaitLastHeard("ready false");
        eventually()
                .untilAsserted(() -> assertThat(platform.problem())
                        .hasValueSatisfying(problem ->
                                assertThat(problem).contains("asked to drain by label " + AgonesNames.DRAIN_LABEL)));
        assertThatCode(() -> platform.ready(true))
                .as("the game has said that it could")
                .doesNotThrowAnyException();
        sidecar.write(() -> sidecar.labels.remove(AgonesNames.DRAIN_LABEL));
        awaitLastHeard("ready true");
        eventually().until(() -> platform.problem().isEmpty());
    }

    @Test
    void unready_closes_the_slots_and_drain_and_a_deleted_server_do_for_good() {
        serve();
        platform.ready(false);
        assertThat(slots.heard).endsWith("ready false");
        platform.ready(true);

        sidecar.write(() -> sidecar.deleted = true);

        awaitLastHeard("drain");
        platform.ready(true);
        platform.drain();
        assertThat(slots.heard).endsWith("drain");
    }

    @Test
    void a_server_that_is_no_longer_serving_takes_no_claims() {
        serve();

        sidecar.write(() -> sidecar.state = "Reserved");
        awaitLastHeard("ready false");
        eventually()
                .untilAsserted(() -> assertThat(platform.problem())
                        .hasValueSatisfying(problem -> assertThat(problem).contains("state Reserved")));
        sidecar.write(() -> sidecar.state = "Ready");
        awaitLastHeard("ready true");
        sidecar.write(() -> sidecar.state = "Unhealthy");
        awaitLastHeard("ready false");

        build(leased().callTimeout(Duration.ofMillis(300)));
        boot();
        assertThatThrownBy(() -> platform.ready(true))
                .isInstanceOfSatisfying(
                        PlatformException.class,
                        error -> assertThat(error.isTriedOn()).isFalse())
                .hasMessageContaining("is Unhealthy, which is final");
    }

    /** What they refused they may try on: only what they have taken in since is certain. */
    @Test
    void the_last_word_is_told_though_it_is_that_of_before_the_one_that_failed() {
        build(leased().callTimeout(Duration.ofMillis(300)));
        serve();
        slots.refusal = new PlatformException("the API server is away", null, true);
        assertThatThrownBy(() -> platform.ready(false)).hasMessageContaining("the API server is away");
        assertThatThrownBy(() -> platform.ready(true)).hasMessageContaining("the API server is away");
        slots.refusal = null;
        slots.heard.clear();

        eventually().until(() -> slots.heard.contains("ready true"));
        eventually().until(() -> platform.problem().isEmpty());
    }

    @Test
    void a_process_that_has_lost_its_pod_asks_for_nothing_any_more() {
        build(leased().idleToReady(Duration.ofMillis(100)));
        serve();
        ClaimedSlot claim = slots.claim("s1");
        awaitTold("claimed s1 0");
        slots.tells().lost();
        awaitTold("claimed s1 0", "lost");

        platform.free(claim);

        eventually()
                .during(Duration.ofSeconds(1))
                .untilAsserted(() ->
                        assertThat(sidecar.calls("POST /ready")).as("as before").hasSize(1));
        assertThat(sidecar.stateNow()).as("it is the other's").isEqualTo("Allocated");
    }

    /** Somebody has copied its text: the SDK frees the copy, and the session goes on. */
    @Test
    void a_second_slot_of_a_session_is_freed_and_the_first_counts_on() {
        serve();
        ClaimedSlot claim = slots.claim("s1");
        awaitTold("claimed s1 0");
        ClaimedSlot copy = new ClaimedSlot("s1", 3, TTL, Map.of());
        slots.tells().claimed(copy);
        awaitTold("claimed s1 0", "claimed s1 3");
        platform.free(copy);

        platform.backToReady();
        eventually().until(() -> slots.heard.contains("free s1"));
        assertThat(sidecar.calls("POST /ready")).as("it plays").hasSize(1);
        assertThat(claim.slot()).isZero();
    }

    @Test
    void a_second_slot_of_one_that_is_not_told_yet_is_freed() {
        serve();
        sidecar.hold = true;
        slots.claim("s1");

        slots.tells().claimed(new ClaimedSlot("s1", 3, TTL, Map.of()));

        eventually().until(() -> slots.heard.contains("free s1"));
        sidecar.hold = false;
        sidecar.flush();
        awaitTold("claimed s1 0");
    }

    @Test
    void to_be_asked_to_go_back_twice_forgets_no_doubt() {
        goesBack();
        slots.claim("s2");
        platform.backToReady();
        sidecar.forget();
        sidecar.hold = false;

        awaitTold("claimed s1 0", "claimed s2 0");
    }

    /** Its answer was lost, and it was done: there is nothing more to ask for. */
    @Test
    void a_server_that_is_ready_though_the_call_for_it_has_failed_is_opened() {
        boot();
        for (int i = 0; i < 40; i++) {
            sidecar.answer("/ready", 500, "{\"code\":2,\"message\":\"no\"}");
        }
        CompletableFuture<Void> ready = CompletableFuture.runAsync(() -> platform.ready(true));
        eventually().until(() -> !sidecar.calls("POST /ready").isEmpty());

        sidecar.write(() -> sidecar.state = "Ready");

        assertThat(ready).succeedsWithin(Duration.ofSeconds(10));
        awaitLastHeard("ready true");
        eventually().until(() -> platform.problem().isEmpty());
    }

    /** It would be swallowed: its player can't be let in. */
    @Test
    void while_the_sidecar_does_not_what_it_is_asked_no_claim_is_taken_unless_none_has_to_be_asked() {
        build(leased().callTimeout(Duration.ofMillis(300)));
        serve();
        for (int i = 0; i < 40; i++) {
            sidecar.answer("/allocate", 500, "{\"code\":2,\"message\":\"no\"}");
        }
        slots.claim("s1");

        awaitLastHeard("ready false");
        eventually()
                .untilAsserted(() -> assertThat(platform.problem())
                        .hasValueSatisfying(problem -> assertThat(problem).contains("/allocate")));
        sidecar.write(() -> sidecar.state = "Allocated"); // by hand, say
        awaitTold("claimed s1 0");
        awaitLastHeard("ready true");
    }

    @Test
    void nothing_is_asked_for_before_the_game_has_said_something() {
        sidecar.state = "Allocated";
        build(leased().idleToReady(Duration.ofMillis(50)));
        boot();

        eventually()
                .during(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(sidecar.calls("POST /ready")).isEmpty());
        platform.ready(true);
        platform.ready(false);
        eventually().until(() -> sidecar.stateNow().equals("Ready"));
    }

    @Test
    void slots_that_refuse_are_told_again() {
        build(leased().callTimeout(Duration.ofMillis(300)));
        boot();
        eventually().until(() -> slots.heard.contains("ready false"));
        slots.refusal = new PlatformException("the API server is away", null, true);

        assertThatThrownBy(() -> platform.ready(true))
                .isInstanceOfSatisfying(
                        PlatformException.class,
                        error -> assertThat(error.isTriedOn()).isTrue())
                .hasMessageContaining("the API server is away");
        assertThat(platform.problem()).isPresent();
        assertThat(slots.heard).as("now and then, not all the time").hasSizeLessThan(12);
        slots.refusal = null;

        eventually().until(() -> platform.problem().isEmpty());
        assertThat(slots.heard).endsWith("ready true");
        slots.problem = "its Lease was relabelled";
        assertThat(platform.problem()).hasValue("its Lease was relabelled");
    }

    @Test
    void the_game_may_say_itself_where_players_dial_and_which_port_comes_first() {
        build(leased().portName("query"));
        serve();
        assertThat(slots.heard).contains("address 10.0.0.9:7002 default=7001 query=7002");

        platform.address(new PodAddress("203.0.113.7", 31007));
        sidecar.write(() -> sidecar.address = "10.0.0.10");

        assertThat(slots.heard).contains("address 203.0.113.7:31007");
        slots.claim("s1");
        awaitTold("claimed s1 0");
        assertThat(slots.heard).filteredOn(word -> word.contains("10.0.0.10")).isEmpty();
    }

    @Test
    void a_server_that_nobody_can_dial_is_not_ready_and_says_why() {
        build(leased().portName("game").callTimeout(Duration.ofMillis(300)));
        boot();

        assertThatThrownBy(() -> platform.ready(true)).hasMessageContaining("there are [default, query]");
        assertThat(slots.heard).doesNotContain("ready true");

        sidecar.write(() -> sidecar.address = "");
        build(leased().callTimeout(Duration.ofMillis(300)));
        boot();
        platform.ready(true);
        assertThat(platform.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("has no address yet"));
        sidecar.write(() -> sidecar.address = "10.0.0.11");
        eventually().until(() -> slots.heard.contains("ready true"));
        assertThat(slots.heard).contains("address 10.0.0.11:7001 default=7001 query=7002");
    }

    @Test
    void a_counter_shows_the_sessions_if_there_is_one() {
        sidecar.counters = "{\"count\":\"3\",\"capacity\":\"4\"}";
        serve();

        eventually().until(() -> sidecar.counters.contains("\"count\":\"0\""));
        assertThat(sidecar.calls("/counters/")).containsExactly("PATCH /v1beta1/counters/sessions {\"count\":\"0\"}");
    }

    @Test
    void without_a_counter_none_is_set() {
        serve();
        slots.claim("s1");
        awaitTold("claimed s1 0");

        assertThat(sidecar.calls("/counters/")).isEmpty();
    }

    @Test
    void shutdown_drains_and_asks_agones_to_delete_the_server() {
        serve();

        platform.shutdown();

        assertThat(sidecar.stateNow()).isEqualTo("Shutdown");
        awaitLastHeard("drain");
    }

    @Test
    void the_close_hands_on_what_was_freed_and_then_closes_the_slots() {
        serve();
        ClaimedSlot claim = slots.claim("s1");
        awaitTold("claimed s1 0");

        platform.free(claim);
        platform.close();

        assertThat(slots.heard).containsSubsequence("free s1", "drain", "close").endsWith("close");
    }

    @Test
    void a_player_who_waits_is_answered_by_the_close() {
        serve();
        sidecar.hold = true;
        slots.claim("s1");
        CompletableFuture<Optional<ClaimedSlot>> early = find("s1");
        eventually().until(() -> !sidecar.calls("POST /allocate").isEmpty());

        platform.close();

        assertThat(early).failsWithin(Duration.ofSeconds(5));
        assertThat(told).isEmpty();
    }

    @Test
    void a_boot_whose_slots_refuse_fails_and_can_be_closed() {
        slots.refusal = new PlatformException("no such role", null);

        assertThatThrownBy(this::boot).hasMessage("no such role");
        platform.close();

        assertThat(slots.heard).containsExactly("boot", "close");
    }

    @Test
    void the_environment_of_a_pod_with_a_pool_keeps_its_sessions_in_the_lease() {
        Map<String, String> environment =
                Map.of("AGONES_SDK_HTTP_PORT", Integer.toString(sidecar.port()), "ORCHESTRATION_POOL", "duel");

        assertThatThrownBy(
                        () -> AgonesPlatform.builder().environment(environment).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lacks [POD_NAME, POD_UID, ORCHESTRATION_CAPACITY]");
    }
}
