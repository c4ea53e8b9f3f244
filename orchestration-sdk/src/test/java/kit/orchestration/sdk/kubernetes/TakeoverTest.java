package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.sdk.PlatformException;
import org.junit.jupiter.api.Test;

class TakeoverTest {

    private static final PodIdentity POD = new PodIdentity("games", "arena-1", "pod-uid-1", "duel", 3);

    private final StoredLease server = new StoredLease();
    private final LeaseApi api =
            new LeaseApi(server, "games", Duration.ofSeconds(5), LeaseApi.Observer.NONE, System::nanoTime);

    private Lease takeOver() {
        return new Takeover(api, POD, "boot-2").run(Duration.ofSeconds(10), Duration.ZERO);
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
                .hasMessageContaining("the verbs create, get, list, watch and patch");
        assertThat(server.stored.annotations()).isNull();
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
}
