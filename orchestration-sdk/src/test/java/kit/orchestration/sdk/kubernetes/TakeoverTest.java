package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.platform.BootThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TakeoverTest {

    private static final PodIdentity POD = new PodIdentity("games", "arena-1", "pod-uid-1", "duel", 3);

    private final StoredLease server = new StoredLease();
    private final LeaseApi api =
            new LeaseApi(server, "games", Duration.ofSeconds(5), LeaseApi.Observer.NONE, System::nanoTime);

    private Lease takeOver() {
        return new Takeover(api, POD, "boot-2", Duration.ofSeconds(10), Duration.ZERO, BootThread.SYSTEM).run();
    }

    @Test
    void what_an_earlier_process_left_is_closed_and_freed_and_what_can_not_be_read_is_news_to_all() {
        server.write(Map.of(LedgerNames.STATE, "open/boot-1 1", "0", "7 s-1 60000 - -", "1", "what"));

        assertThat(takeOver().slots()).containsExactly("8", "8", "8");
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-2 1");
    }

    @Test
    void a_role_that_has_no_list_is_told_so_before_anything_is_made() {
        server.forbidLists = true;

        assertThatThrownBy(this::takeOver)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("listing leases")
                .hasMessageContaining("the verbs create, get, list, watch and patch")
                .hasMessageContaining("POD_NAMESPACE, if it is set, must name that namespace");
        assertThat(server.stored.annotations()).isNull();
    }

    /** The role lets it through to the policy, which says what is wrong. */
    @Test
    void what_a_policy_denies_is_no_matter_of_the_role() {
        server.forbidCreation = true;
        server.forbids = "leases.coordination.k8s.io is forbidden: ValidatingAdmissionPolicy 'orchestration-pod' with "
                + "binding 'orchestration-pod' denied request: a pod writes its own Lease alone: orchestration-arena-2";

        assertThatThrownBy(this::takeOver)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("a pod writes its own Lease alone: orchestration-arena-2")
                .hasMessageContaining("of the pod that the token is mounted in")
                .hasMessageNotContaining("the verbs");
    }

    /** Written by hand: it keeps no pod from booting. */
    @Test
    void a_count_that_has_no_next_one_begins_anew() {
        server.write(Map.of(LedgerNames.STATE, "open/boot-1 1", "0", "999999999999999999 s-1 60000 - -", "1", "what"));

        assertThat(takeOver().slots()).containsExactly("0", "0", "0");
    }

    @Test
    void where_nothing_can_be_read_counts_begin() {
        server.write(Map.of(LedgerNames.STATE, "open/boot-1 1", "0", "what"));

        assertThat(takeOver().slots()).containsExactly("0", "0", "0");
    }

    /** The first format had no number: a library of today takes over what a pod has left that was never updated. */
    @ParameterizedTest
    @ValueSource(strings = {"open/boot-1", "closed"})
    void a_lease_of_the_first_format_is_closed_freed_and_of_todays_format(String state) {
        server.write(Map.of(LedgerNames.STATE, state, "0", "7 s-1 60000 - -", "1", "9", "2", "0"));

        assertThat(takeOver().slots()).containsExactly("8", "9", "0");
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-2 1");
    }

    /** One that takes the connection, and never answers. */
    @Test
    @Timeout(60)
    void a_server_that_is_silent_makes_no_boot_longer() {
        Map<String, Runnable> silences = Map.of(
                "listing it",
                () -> server.holdReads = true,
                "making it",
                () -> server.refusals.add(CompletableFuture::new),
                "closing it",
                () -> {
                    server.write(Map.of(LedgerNames.STATE, "open/boot-1 1"));
                    server.holdPatches = true;
                });
        silences.forEach((silent, begins) -> {
            server.stored = new StoredLease.Stored(100, null);
            begins.run();
            assertThatThrownBy(() -> new Takeover(
                                    api, POD, "boot-2", Duration.ofMillis(300), Duration.ZERO, BootThread.SYSTEM)
                            .run())
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("could not be taken over within PT0.3S")
                    .hasMessageContaining(silent + " at https://10.96.0.1 was not answered");
            server.releaseReads();
            server.releasePatches();
        });
    }

    /** Who is asked to stay away for a second does not try for a second; where it would be too long it says why. */
    @Test
    void a_boot_waits_for_as_long_as_a_busy_server_asks() {
        for (String state : List.of("", "open/boot-1 1")) { // a Lease to be made, and one to be adopted
            server.stored = new StoredLease.Stored(100, null);
            if (!state.isEmpty()) {
                server.write(Map.of(LedgerNames.STATE, state, "0", "7 s-1 60000 - -", "1", "9", "2", "0"));
            }
            server.refuseNext("1");
            server.asks.clear();
            long start = System.nanoTime();

            assertThat(takeOver().stateText()).isEqualTo("closed/boot-2 1");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            assertThat(server.writes()).as("one more than there must be").isEqualTo(state.isEmpty() ? 2 : 4);
        }
        server.stored = new StoredLease.Stored(100, null);
        server.refuseNext("30");
        assertThatThrownBy(this::takeOver)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("could not be taken over within PT10S")
                .hasMessageContaining("429: busy");
    }
}
