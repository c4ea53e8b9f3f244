package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.PlatformException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a pod is taken over. */
class AgonesBootTest extends Rig {

    @Test
    void the_pod_is_what_the_game_server_says_it_is() {
        Boot boot = boot();

        assertThat(boot.pool()).isEqualTo("duel");
        assertThat(boot.capacity()).isEqualTo(4);
        assertThat(boot.audience()).isEqualTo("duel-abc/" + sidecar.label(AgonesNames.BOOT));
        assertThat(sidecar.label(AgonesNames.BOOT)).matches("[0-9a-z]{16}");
        assertThat(sidecar.label(AgonesNames.OPEN)).isEqualTo("false");
        assertThat(sidecar.stateNow()).isEqualTo("Scheduled");
    }

    @Test
    void a_builder_that_is_used_again_changes_nothing_that_it_built() {
        AgonesPlatformBuilder builder = builder();
        platform.close();
        platform = builder.build();
        builder.list("rooms").pool("raid").bootTimeout(Duration.ofMillis(10)).port(1);

        assertThat(boot().pool()).isEqualTo("duel");
    }

    @Test
    void what_an_earlier_process_left_is_taken_out_and_never_told() {
        sidecar.write(() -> {
            sidecar.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.BOOT, "0123456789abcdef");
            sidecar.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.OPEN, "true");
            sidecar.values.add(value("old-1"));
            sidecar.values.add("not even a claim");
        });

        boot();

        assertThat(sidecar.valuesNow()).isEmpty();
        assertThat(told).isEmpty();
        assertThat(sidecar.label(AgonesNames.BOOT)).isNotEqualTo("0123456789abcdef");
    }

    @Test
    void a_claim_that_lands_before_the_labels_are_written_is_the_earlier_processes() {
        sidecar.hold = true;
        CompletableFuture<Boot> booting = CompletableFuture.supplyAsync(this::boot);
        eventually().until(() -> !sidecar.calls("/metadata/label").isEmpty());

        sidecar.allocate(value("late"));
        sidecar.hold = false;
        sidecar.flush();

        assertThat(booting).succeedsWithin(Duration.ofSeconds(10));
        assertThat(told).isEmpty();
        assertThat(sidecar.valuesNow()).isEmpty();
    }

    @Test
    void the_new_boot_is_not_seen_while_the_earlier_one_is_open() {
        sidecar.write(() -> sidecar.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.OPEN, "true"));
        sidecar.hold = true;
        CompletableFuture<Boot> booting = CompletableFuture.supplyAsync(this::boot);
        eventually().until(() -> !sidecar.calls("/metadata/label").isEmpty());

        assertThat(sidecar.calls("/metadata/label")).singleElement().asString().contains("orchestration-open", "false");

        sidecar.hold = false;
        sidecar.flush();
        assertThat(booting).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void a_sidecar_that_comes_up_late_is_waited_for() {
        int port = sidecar.port();
        sidecar.close();
        CompletableFuture<Boot> booting = CompletableFuture.supplyAsync(this::boot);

        try (FakeSidecar late = new FakeSidecar(port)) {
            assertThat(booting).succeedsWithin(Duration.ofSeconds(10));
            assertThat(late.label(AgonesNames.OPEN)).isEqualTo("false");
            platform.close();
        }
    }

    @Test
    void a_sidecar_that_never_comes_is_an_error_that_names_the_port() {
        platform = builder().bootTimeout(Duration.ofMillis(300)).build();
        sidecar.close();

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("localhost:" + sidecar.port())
                .hasMessageContaining("AGONES_SDK_HTTP_PORT");
    }

    @Test
    void a_sidecar_that_does_not_answer_is_no_reason_to_wait_for_ever() {
        platform = builder()
                .bootTimeout(Duration.ofSeconds(2))
                .callTimeout(Duration.ofMillis(50))
                .build();
        sidecar.hang = true;

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("no answer within PT0.05S");
    }

    @Test
    void nor_for_a_call_s_time_where_the_boot_has_less() {
        platform = builder()
                .bootTimeout(Duration.ofMillis(300))
                .callTimeout(Duration.ofMinutes(1))
                .build();
        sidecar.hang = true;

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("within PT0.3S: reading it was not answered");
    }

    @Test
    void a_server_that_is_no_sidecar_is_told_after_a_while() {
        platform = builder().callTimeout(Duration.ofMillis(50)).build();
        for (int i = 0; i < 20; i++) {
            sidecar.answer("/gameserver", 404, "<html>no such page</html>");
        }

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("is it Agones' sidecar that listens there");
    }

    @Test
    void writes_that_do_not_show_fail_the_boot() {
        platform = builder().bootTimeout(Duration.ofMillis(300)).build();
        sidecar.hold = true;

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("GameServer duel-abc could not be taken over within PT0.3S");
    }

    @Test
    void a_list_that_the_fleet_does_not_have_is_said_with_the_lines_that_it_needs() {
        sidecar.list = "rooms";

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("has no list \"sessions\", only [rooms, orchestration]")
                .hasMessageContaining("spec.template.spec")
                .hasMessageContaining("builder().list");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1001"})
    void a_capacity_out_of_range_is_said(String capacity) {
        sidecar.capacity = capacity;

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("a capacity of 1 to 1000, and has " + capacity)
                .hasMessageContaining("spec.template.spec.lists.sessions.capacity");
    }

    @ParameterizedTest
    @CsvSource({"0, has none", "10, has one of 10"})
    void a_fleet_without_a_large_list_of_notes_is_said_with_the_lines_that_it_needs(int capacity, String words) {
        sidecar.noteCapacity = capacity;

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("must have a list \"orchestration\" with a capacity of 1000")
                .hasMessageContaining(words)
                .hasMessageContaining("spec.template.spec");
    }

    @Test
    void a_game_server_of_no_fleet_needs_a_pool() {
        sidecar.labels.clear();

        assertThatThrownBy(this::boot)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("agones.dev/fleet")
                .hasMessageContaining("builder().pool");

        platform.close();
        platform = builder().pool("solo").build();
        assertThat(boot().pool()).isEqualTo("solo");
    }

    @Test
    void a_platform_is_booted_once() {
        boot();

        assertThatThrownBy(this::boot).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_sidecar_hears_of_the_process_while_it_boots() {
        boot();

        // Sent beside the boot, and by nobody else: it may be on its way yet.
        eventually().untilAsserted(() -> assertThat(sidecar.heartbeats).contains("{}"));
    }
}
