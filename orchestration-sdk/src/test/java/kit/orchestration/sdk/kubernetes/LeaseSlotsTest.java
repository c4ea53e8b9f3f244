package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import org.junit.jupiter.api.Test;

/** From one version of the Lease to another: what is told. */
class LeaseSlotsTest {

    private final LeaseSlots slots = new LeaseSlots(3);
    private final List<String> told = new ArrayList<>();
    private final Set<Integer> freed = new HashSet<>();
    private final PlatformListener listener = new PlatformListener() {
        @Override
        public void claimed(ClaimedSlot claim) {
            told.add("claimed %s in %s".formatted(claim.sessionId(), claim.slot()));
        }

        @Override
        public void revoked(String sessionId) {
            told.add("revoked " + sessionId);
        }

        @Override
        public void gone(String sessionId) {
            told.add("gone " + sessionId);
        }

        @Override
        public void lost() {
            told.add("lost");
        }
    };

    private static Held held(long uses, String sessionId) {
        return new Free(uses).hold(sessionId, Duration.ofSeconds(5), null, Map.of("map", "dust"));
    }

    private List<String> seen(String... texts) {
        told.clear();
        slots.update(Leases.of(texts), freed::contains, listener);
        return List.copyOf(told);
    }

    @Test
    void a_slot_that_is_claimed_is_told_once() {
        assertThat(seen("0", "0", "0")).isEmpty();
        assertThat(seen("0", held(0, "a").format(), "0")).containsExactly("claimed a in 1");
        assertThat(seen("0", held(0, "a").format(), "0")).isEmpty();
        assertThat(slots.find("a")).isEqualTo(new ClaimedSlot("a", 1, Duration.ofSeconds(5), Map.of("map", "dust")));
        assertThat(slots.find("b")).isNull();
    }

    @Test
    void a_claim_that_nobody_here_freed_is_gone() {
        seen(held(0, "a").format(), "0", "0");

        assertThat(seen("1", "0", "0")).containsExactly("gone a");
    }

    @Test
    void a_claim_that_was_freed_here_is_not_told_again() {
        seen(held(0, "a").format(), "0", "0");
        freed.add(0);

        assertThat(seen("1", "0", "0")).isEmpty();
    }

    @Test
    void a_slot_that_changed_hands_between_two_looks_tells_the_end_before_the_beginning() {
        seen(held(0, "a").format(), "0", "0");

        assertThat(seen(held(3, "b").format(), "0", "0")).containsExactly("gone a", "claimed b in 0");
    }

    @Test
    void a_release_from_outside_is_told_once_after_its_claim() {
        assertThat(seen(held(0, "a").revoke().format(), "0", "0")).containsExactly("claimed a in 0", "revoked a");
        seen(held(0, "a").revoke().format(), held(0, "b").format(), "0");

        assertThat(seen(held(0, "a").revoke().format(), held(0, "b").revoke().format(), "0"))
                .containsExactly("revoked b");
    }

    @Test
    void a_slot_whose_text_somebody_spoilt_stays_what_it_was_and_is_mended_if_it_is_free() {
        seen(held(3, "a").format(), "4", "5");

        assertThat(seen("garbage", null, "5")).isEmpty();
        assertThat(slots.spoilt().stream())
                .as("a claim is not the pod's to write")
                .containsExactly(1);
        assertThat(slots.held(0, "a")).isEqualTo(held(3, "a"));
        assertThat(slots.free(1)).as("nobody can claim it").isNull();
        assertThat(slots.mended(1)).as("news to all").isEqualTo("5");
        assertThat(slots.freeCount()).isEqualTo(1);

        assertThat(seen(held(3, "a").format(), "5", "5")).isEmpty();
        assertThat(slots.spoilt().stream()).isEmpty();
        assertThat(slots.freeCount()).isEqualTo(2);
    }

    @Test
    void a_spoilt_text_that_begins_with_a_count_is_mended_beyond_it() {
        seen("4", "0", "0");
        seen("7 what", "0", "0");

        assertThat(slots.mended(0)).isEqualTo("8");
    }

    /** Written by hand: it keeps no pod from writing. */
    @Test
    void a_count_that_has_no_next_one_begins_anew() {
        seen("999999999999999999", "999999999999999999 what", "0");

        assertThat(slots.free(0).fenced()).isEqualTo(Free.NEW);
        assertThat(slots.mended(1)).isEqualTo("0");
    }

    @Test
    void a_lease_that_somebody_made_anew_is_to_say_what_the_pod_knows() {
        seen(held(0, "a").format(), "3", "4");
        told.clear();

        slots.replaced(Leases.of("0", held(1, "old").format(), "0"));

        assertThat(told).isEmpty();
        assertThat(slots.spoilt().stream()).containsExactly(0, 1);
        assertThat(slots.mended(0)).as("nobody may claim it").isNull();
        assertThat(slots.mended(1)).as("a claim of an old copy is nobody's").isEqualTo("4");
        assertThat(slots.free(2)).as("its count begins a new story").isEqualTo(new Free(0));
        assertThat(seen(null, "4", "0")).isEmpty();
        assertThat(slots.spoilt().stream()).isEmpty();
        assertThat(slots.held(0, "a")).isEqualTo(held(0, "a"));
        assertThat(slots.freeCount()).isEqualTo(2);
    }

    @Test
    void free_and_held_are_told_apart() {
        seen(held(0, "a").format(), held(0, "b").format(), "7");

        assertThat(slots.sessions()).containsExactlyInAnyOrder("a", "b");
        assertThat(slots.freeCount()).isEqualTo(1);
        assertThat(slots.free(2)).isEqualTo(new Free(7));
        assertThat(slots.held(0, "a")).isEqualTo(held(0, "a"));
        assertThat(slots.held(1, "a")).isNull();
        assertThat(slots.held(5, "a")).isNull();
        assertThat(slots.wanted())
                .containsExactly(held(0, "a").format(), held(0, "b").format(), "7");
    }
}
