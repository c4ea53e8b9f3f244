package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import org.junit.jupiter.api.Test;

/** Sessions that end on a pod whose slots are all held. */
class FullPodTest extends LedgerRig {

    private static final Duration MOMENT = Duration.ofMillis(1);

    private void fill(String room) {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2"), LedgerNames.ROOM, room));
        time.advance(Duration.ofSeconds(1));
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        assertThat(server.text("0")).as("the first, for long, goes at once").isEqualTo("8");
        server.write(Map.of("0", held(8, "s-3")));
        time.advance(MOMENT);
        pod.free(claim("s-3", 0));
        time.advance(MOMENT);
    }

    /** Somebody has copied its text. */
    @Test
    void are_freed_in_each_slot_that_names_them() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-1")));
        time.advance(Duration.ofSeconds(1));

        pod.free(claim("s-1", 1));
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(3));

        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo("10");
        assertThat(told).containsExactly("claimed s-1", "claimed s-1");
    }

    @Test
    void are_freed_at_once_where_nobody_has_room() {
        fill(LedgerNames.ROOM_NOWHERE);

        assertThat(server.text("0")).isEqualTo("9");
    }

    /** Then the pod has a free slot, and what ended before may be what somebody is refused for. */
    @Test
    void that_end_while_the_first_is_being_freed_are_freed_next() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2"), LedgerNames.ROOM, LedgerNames.ROOM_NOWHERE));
        time.advance(Duration.ofSeconds(1));
        server.holdPatches = true;
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        pod.free(claim("s-2", 1));
        time.advance(MOMENT);
        server.releasePatches();
        time.advance(MOMENT);

        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo("10");
    }

    @Test
    void that_end_while_another_is_being_freed_where_a_slot_was_free_gather() {
        server.write(Map.of("0", held(7, "s-1"), LedgerNames.ROOM, LedgerNames.ROOM_NOWHERE));
        time.advance(Duration.ofSeconds(1));
        server.holdPatches = true;
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        server.write(Map.of("1", held(9, "s-2")));
        time.advance(MOMENT);
        pod.free(claim("s-2", 1));
        server.releasePatches();
        time.advance(MOMENT);
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo(held(9, "s-2"));
    }

    @Test
    void that_end_after_the_first_was_freed_gather() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2"), LedgerNames.ROOM, LedgerNames.ROOM_NOWHERE));
        time.advance(Duration.ofSeconds(1));
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        pod.free(claim("s-2", 1));
        time.advance(MOMENT);
        assertThat(server.text("1")).isEqualTo(held(9, "s-2"));

        time.advance(Lease.GATHER_WHILE_FULL);
        assertThat(server.text("1")).isEqualTo("10");
    }

    @Test
    void gather_where_others_have_room_until_an_allocator_says_that_they_have_none() {
        fill(LedgerNames.ROOM_ELSEWHERE);
        assertThat(server.text("0")).isEqualTo(held(8, "s-3"));

        server.write(Map.of(LedgerNames.ROOM, LedgerNames.ROOM_NOWHERE));
        time.advance(MOMENT);
        assertThat(server.text("0")).isEqualTo("9");
    }

    @Test
    void gather_for_no_longer_than_allocators_wait_for_it() {
        fill(LedgerNames.ROOM_ELSEWHERE);
        time.advance(Lease.GATHER_WHILE_FULL);

        assertThat(server.text("0")).isEqualTo("9");
    }
}
