package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformListener;
import org.junit.jupiter.api.Test;

/** From one version of the Lease to another: what is told. */
class SlotsTest {

    private final Slots slots = new Slots(3);
    private final List<String> told = new ArrayList<>();
    private final Set<String> freed = new HashSet<>();
    private final PlatformListener listener = new PlatformListener() {
        @Override
        public void claimed(Claim claim) {
            told.add("claimed %s in %d".formatted(claim.sessionId(), claim.slot()));
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

    private static Held held(long uses, String sessionId) {
        return new Free(uses).hold(sessionId, Duration.ofSeconds(5), null, Map.of("map", "dust"));
    }

    private List<String> seen(String... texts) {
        told.clear();
        slots.update(Arrays.asList(texts), freed::contains, listener);
        return List.copyOf(told);
    }

    @Test
    void a_slot_that_is_claimed_is_told_once() {
        assertThat(seen("0", "0", "0")).isEmpty();
        assertThat(seen("0", held(0, "a").format(), "0")).containsExactly("claimed a in 1");
        assertThat(seen("0", held(0, "a").format(), "0")).isEmpty();
        assertThat(slots.find("a")).isEqualTo(new Claim("a", 1, Duration.ofSeconds(5), Map.of("map", "dust")));
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
        freed.add("a");

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
    void a_slot_that_is_missing_or_cannot_be_read_holds_nobody_and_is_not_free() {
        seen(held(0, "a").format(), held(0, "b").format(), "0");

        assertThat(seen(null, "what", "0")).containsExactly("gone a", "gone b");
        assertThat(slots.freeCount()).isEqualTo(1);
        assertThat(slots.heldCount()).isZero();
        assertThat(slots.free(0)).isNull();
        assertThat(seen("1", "1", "0")).isEmpty();
        assertThat(slots.freeCount()).isEqualTo(3);
    }

    @Test
    void free_and_held_are_counted() {
        seen(held(0, "a").format(), held(0, "b").format(), "7");

        assertThat(slots.heldCount()).isEqualTo(2);
        assertThat(slots.freeCount()).isEqualTo(1);
        assertThat(slots.free(2)).isEqualTo(new Free(7));
        assertThat(slots.held(0, "a")).isEqualTo(held(0, "a"));
        assertThat(slots.held(1, "a")).isNull();
        assertThat(slots.held(5, "a")).isNull();
    }

    @Test
    void what_is_forgotten_is_gone() {
        seen(held(0, "a").format(), held(0, "b").format(), "0");
        freed.add("b");
        told.clear();

        slots.forget(freed::contains, listener);

        assertThat(told).containsExactly("gone a");
        assertThat(slots.heldCount()).isZero();
    }
}
