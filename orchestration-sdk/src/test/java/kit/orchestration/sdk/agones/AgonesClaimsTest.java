package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

/** How claims come and go. */
class AgonesClaimsTest extends Rig {

    private static final String UNAVAILABLE = "{\"code\":14,\"message\":\"unavailable\"}";

    private final VerificationKey key = SigningKey.generateEd25519().verificationKey();
    private final VerificationKey other = SigningKey.generateEd25519().verificationKey();

    @Test
    void claims_are_told_in_the_order_of_the_list_each_in_the_lowest_free_slot() {
        serve();

        allocate("a", "b");
        awaitTold("claimed a 0", "claimed b 1");
        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().size() == 1);
        allocate("c", "d");

        awaitTold("claimed a 0", "claimed b 1", "claimed c 0", "claimed d 2");
        assertThat(claim("a").ttl()).isEqualTo(TTL);
        assertThat(claim("a").sessionId()).isEqualTo(session("a"));
    }

    @Test
    void a_slot_is_held_until_the_value_is_gone() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        sidecar.hold = true;
        platform.free(claim("a"));
        eventually().until(() -> !sidecar.calls(":removeValue").isEmpty());

        allocate("b");

        awaitTold("claimed a 0", "claimed b 1");
    }

    @Test
    void endings_that_come_one_after_the_other_are_taken_out_in_rounds() {
        serve();
        allocate("a", "b");
        awaitTold("claimed a 0", "claimed b 1");
        long start = System.nanoTime();
        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().size() == 1);
        // What ends sooner goes with the first round.
        eventually()
                .during(Duration.ofMillis(500))
                .until(() -> sidecar.valuesNow().size() == 1);

        platform.free(claim("b"));

        eventually().until(() -> sidecar.valuesNow().isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(ListWrites.APART);
    }

    @Test
    void a_value_that_somebody_else_took_out_is_gone() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");

        sidecar.write(sidecar.values::clear);

        awaitTold("claimed a 0", "gone a");
    }

    @Test
    void a_value_that_is_no_claim_is_left_alone() {
        serve();

        sidecar.allocate("what is this");
        allocate("a");

        awaitTold("claimed a 0");
        assertThat(sidecar.valuesNow()).contains("what is this");
    }

    @Test
    void what_happened_while_the_watch_was_cut_is_told_when_it_is_back() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        sidecar.write(() -> {
            sidecar.cutWatches(false);
            sidecar.values.clear();
            sidecar.values.add(value("b"));
        });

        awaitTold("claimed a 0", "gone a", "claimed b 0");
        sidecar.cutWatches(true);
        eventually().until(() -> sidecar.watches() == 1);
        allocate("c");

        awaitTold("claimed a 0", "gone a", "claimed b 0", "claimed c 1");
    }

    @Test
    void an_error_in_the_watch_begins_it_anew() {
        serve();

        sidecar.line("{\"error\":{\"code\":14,\"message\":\"unavailable\"}}");
        sidecar.write(() -> sidecar.values.add(value("a")));
        awaitTold("claimed a 0");
        sidecar.line("no JSON");
        sidecar.write(() -> sidecar.values.add(value("b")));

        awaitTold("claimed a 0", "claimed b 1");
    }

    @Test
    void what_happens_between_a_watchs_first_event_and_its_next_is_seen_by_a_read() {
        serve();
        sidecar.inTheGap = () -> sidecar.write(() -> sidecar.values.add(value("a")));

        sidecar.cutWatches(true);

        awaitTold("claimed a 0");
    }

    @Test
    void what_happens_in_that_gap_is_seen_of_a_sidecar_without_agones_too() {
        sidecar.local = true;
        serve();
        sidecar.inTheGap = () -> sidecar.write(() -> sidecar.values.add(value("a")));

        sidecar.cutWatches(true);

        awaitTold("claimed a 0");
    }

    /** Its answers have no numbers, so that an old one looks like any other. */
    @Test
    void a_read_that_the_watch_has_overtaken_is_not_believed_of_a_sidecar_without_agones() {
        sidecar.local = true;
        serve();
        eventually().until(() -> sidecar.calls("GET /gameserver").size() > 1);
        sidecar.whileRead = () -> {
            allocate("a");
            awaitTold("claimed a 0");
        };

        platform.find("nobody", "none").toCompletableFuture().join();

        assertThat(told).containsExactly("claimed a 0");
    }

    /** Or whoever waits for room would be given what it frees. */
    @Test
    void a_process_that_ends_frees_nothing_before_its_label_says_that_it_is_closed() {
        serve();
        allocate("k1");
        ClaimedSlot claim = claim("k1");
        int labels = sidecar.calls("/metadata/label").size();
        sidecar.hold = true;
        platform.ending();
        platform.free(claim);

        eventually().until(() -> sidecar.calls("/metadata/label").size() > labels);
        await().during(Duration.ofMillis(300))
                .until(() -> sidecar.calls(":removeValue").isEmpty());
        sidecar.hold = false;
        sidecar.flush();
        eventually().until(() -> sidecar.valuesNow().isEmpty());
    }

    @Test
    void a_player_who_is_looked_for_when_the_platform_closes_is_answered() {
        serve();
        sidecar.hang = true;
        CompletableFuture<Optional<ClaimedSlot>> answer =
                platform.find(session("a"), key.kid()).toCompletableFuture();

        platform.close();

        assertThat(answer).isCompletedExceptionally();
    }

    @Test
    void a_watch_whose_gap_could_not_be_read_is_begun_anew() {
        serve();
        sidecar.answer("/gameserver", 503, UNAVAILABLE);
        sidecar.inTheGap = () -> sidecar.write(() -> sidecar.values.add(value("a")));

        sidecar.cutWatches(true);

        awaitTold("claimed a 0");
    }

    @Test
    void a_free_is_repeated_until_the_value_is_gone() {
        serve();
        allocate("a");
        ClaimedSlot claim = claim("a");
        sidecar.answer(":removeValue", 500, "{\"code\":2,\"message\":\"not found: value\"}"); // not seen yet
        sidecar.answer(":removeValue", 503, UNAVAILABLE);
        sidecar.answer(":removeValue", 200, "{}"); // queued, and then forgotten

        platform.free(claim);

        eventually().until(() -> sidecar.valuesNow().isEmpty());
        assertThat(sidecar.calls(":removeValue")).hasSizeGreaterThanOrEqualTo(4);
        awaitTold("claimed a 0");
    }

    @Test
    void frees_go_on_when_the_sidecar_is_back() {
        serve();
        allocate("a", "b");
        ClaimedSlot a = claim("a");
        ClaimedSlot b = claim("b");
        int port = sidecar.port();
        sidecar.close();

        platform.free(a);
        platform.free(b);

        try (FakeSidecar back = new FakeSidecar(port)) {
            back.write(() -> {
                back.labels.putAll(sidecar.labels);
                back.values.addAll(sidecar.values);
                back.state = "Allocated";
            });
            eventually().until(() -> back.valuesNow().isEmpty());
            platform.close();
        }
    }

    @Test
    void a_claim_that_comes_again_after_its_end_is_taken_out_without_a_word() {
        serve();
        allocate("a");
        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().isEmpty());

        allocate("a");

        eventually().until(() -> sidecar.valuesNow().isEmpty());
        awaitTold("claimed a 0");
    }

    @Test
    void a_free_twice_or_late_frees_nothing_else() {
        serve();
        allocate("a");
        ClaimedSlot a = claim("a");
        platform.free(a);
        eventually().until(() -> sidecar.valuesNow().isEmpty());
        allocate("b");
        awaitTold("claimed a 0", "claimed b 0");

        platform.free(a);
        platform.free(a);
        allocate("c");

        awaitTold("claimed a 0", "claimed b 0", "claimed c 1");
        assertThat(sidecar.valuesNow()).hasSize(2);
    }

    @Test
    void a_release_from_outside_is_told_once() {
        serve();
        allocate("a", "b");
        awaitTold("claimed a 0", "claimed b 1");

        sidecar.write(() -> sidecar.notes.addAll(List.of("released a", "released elsewhere")));
        sidecar.write(() -> sidecar.notes.add("other b"));
        sidecar.cutWatches(true);
        eventually().until(() -> sidecar.watches() == 1);
        sidecar.write(() -> sidecar.notes.add("released b"));

        awaitTold("claimed a 0", "claimed b 1", "revoked a", "revoked b");
    }

    @Test
    void a_claim_and_its_release_in_one_event_are_told_in_that_order() {
        serve();

        sidecar.write(() -> {
            sidecar.values.add(value("a"));
            sidecar.notes.add("released a");
        });

        awaitTold("claimed a 0", "revoked a");
    }

    @Test
    void a_key_is_known_with_its_claim_and_kept_when_it_is_taken_out() {
        serve();
        sidecar.write(() -> {
            sidecar.notes.add("key " + key.text());
            sidecar.values.add(value("a"));
        });
        awaitTold("claimed a 0");
        assertThat(platform.key(key.kid())).contains(key);

        sidecar.write(() -> {
            sidecar.notes.clear();
            sidecar.notes.add("key " + other.text());
        });

        eventually().until(() -> platform.key(other.kid()).isPresent());
        assertThat(platform.key(key.kid())).contains(key);
        assertThat(platform.key("unknown")).isEmpty();
    }

    @Test
    void a_player_who_is_faster_than_the_watch_is_found_by_a_read_and_so_is_the_key() {
        serve();
        sidecar.mute = true;
        sidecar.write(this::claimAndKey);

        assertThat(find(key).join()).map(ClaimedSlot::sessionId).contains(session("a"));
        assertThat(platform.key(key.kid())).contains(key);
        assertThat(told).containsExactly("claimed a 0");
    }

    @Test
    void a_player_who_is_faster_than_the_sidecar_is_looked_for_again() {
        serve();
        sidecar.mute = true;
        int before = reads();
        CompletableFuture<Optional<ClaimedSlot>> found = find(key);
        eventually().until(() -> reads() > before);

        sidecar.write(this::claimAndKey);

        assertThat(found.join()).isPresent();
    }

    @Test
    void a_player_who_is_looked_for_is_found_by_the_watch_too() {
        serve();
        sidecar.hang = true;
        CompletableFuture<Optional<ClaimedSlot>> found = find(key);

        sidecar.write(this::claimAndKey);

        assertThat(found.join()).isPresent();
    }

    @Test
    void a_key_that_comes_after_its_claim_is_waited_for() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        sidecar.mute = true;
        int before = reads();
        CompletableFuture<Optional<ClaimedSlot>> found = find(key);
        eventually().until(() -> reads() > before);
        assertThat(found).isNotDone();

        sidecar.write(() -> sidecar.notes.add("key " + key.text()));

        assertThat(found.join()).isPresent();
        assertThat(platform.key(key.kid())).contains(key);
    }

    @Test
    void what_the_pod_does_not_have_is_unknown_after_a_few_reads() {
        serve();
        int before = reads();

        assertThat(find(key).join()).isEmpty();

        assertThat(reads() - before).isEqualTo(SidecarPod.TRIES.size());
    }

    @Test
    void a_claim_whose_key_the_pod_does_not_have_is_told_without_it() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");

        assertThat(find(other).join()).isPresent();
        assertThat(platform.key(other.kid())).isEmpty();
    }

    @Test
    void one_read_serves_all_who_wait() {
        serve();
        int before = reads();
        List<CompletableFuture<Optional<ClaimedSlot>>> all = IntStream.range(0, 200)
                .mapToObj(i -> platform.find(session("forged-" + i), "unknown").toCompletableFuture())
                .toList();

        assertThat(all).allSatisfy(answer -> assertThat(answer.join()).isEmpty());

        assertThat(reads() - before).isLessThan(100); // and not 800
    }

    @Test
    void a_player_who_comes_while_the_sidecar_is_away_is_let_in_when_it_is_back() {
        serve();
        sidecar.mute = true;
        sidecar.write(this::claimAndKey);
        SidecarPod.TRIES.forEach(each -> sidecar.answer("/gameserver", 503, UNAVAILABLE));

        assertThat(find(key).join()).isPresent();
    }

    @Test
    void a_sidecar_that_can_not_be_asked_fails_the_find() {
        platform = builder().callTimeout(Duration.ofMillis(500)).build();
        serve();
        sidecar.close();

        assertThat(find(key))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withMessageContaining("GET http://localhost:" + sidecar.port() + "/gameserver failed");
    }

    private void claimAndKey() {
        sidecar.notes.add("key " + key.text());
        sidecar.values.add(value("a"));
    }

    /** Session a. */
    private CompletableFuture<Optional<ClaimedSlot>> find(VerificationKey wanted) {
        return platform.find(session("a"), wanted.kid()).toCompletableFuture();
    }

    private int reads() {
        return sidecar.calls("GET /gameserver").size();
    }
}
