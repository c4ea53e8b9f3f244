package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases from outside. */
class ReleaseTest {

    private static final Status REFUSED =
            Status.RESOURCE_EXHAUSTED.withDescription("there is no available GameServer to allocate");

    private final ScriptedAgones agones = new ScriptedAgones().pod("duel", "one", 8);
    private final AgonesAllocator allocator = Builders.quick(agones).build();

    @AfterEach
    void close() {
        allocator.close();
        agones.close();
    }

    @Test
    void a_release_tells_the_server_and_leaves_the_list_to_it() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));

        allocator.release(allocation);

        assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId()));
        assertThat(agones.values("one")).hasSize(1);
    }

    /** As with the label by which Agones' own documentation locks a server. */
    @Test
    void a_server_whose_labels_have_changed_is_told_and_found() throws Exception {
        agones.label("one", "tier", "gold");
        try (AgonesAllocator more =
                Builders.quick(agones).matchLabels(Map.of("tier", "gold")).build()) {
            AllocateReq request =
                    AllocateReq.builder("duel").requestId("match-1").build();
            Allocation allocation = more.allocate(request);
            agones.label("one", "tier", "locked");

            assertThat(more.allocate(request).sessionId()).isEqualTo(allocation.sessionId());
            more.release(allocation);

            assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId()));
        }
    }

    /** Else the server would never hear of it. */
    @Test
    void a_release_that_found_no_room_is_told_until_there_is() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        agones.fillNotes("one");
        CompletableFuture<Void> release = allocator.releaseAsync(allocation.pool(), allocation.sessionId());
        int before = agones.requests().size();
        await().until(() -> agones.requests().size() > before + 2);
        assertThat(release).isNotDone();

        agones.clearNotes("one");

        release.get(5, TimeUnit.SECONDS);
        assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId()));
    }

    @Test
    void a_fleet_without_a_list_of_notes_is_said() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        agones.noteCapacity("one", -1);

        assertThatThrownBy(() -> allocator.release(allocation))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no list \"orchestration\"")
                .hasMessageContaining("spec.lists.orchestration with capacity 1000");
    }

    @Test
    void a_server_that_is_hidden_for_some_batches_is_told_still() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        agones.failNext(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED);

        allocator.release(allocation);

        assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId()));
    }

    @Test
    void a_server_that_is_hidden_for_longer_than_the_caller_waits_is_told_later() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        agones.failAll(REFUSED);

        allocator.release(allocation); // Agones has refused so often that there is most likely no such server
        assertThat(agones.released("one")).isEmpty();
        agones.failAll(null);

        await().untilAsserted(() ->
                assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId())));
    }

    /** As one does that Agones' allocator has lost: within two minutes of the last write. */
    @Test
    void a_server_that_shows_itself_two_minutes_later_is_told_still() throws Exception {
        ManualClock clock = new ManualClock();
        try (AgonesAllocator ours =
                Builders.standing(Builders.quick(agones), clock).build()) {
            Allocation allocation = ours.allocate(AllocateReq.of("duel"));
            agones.failAll(REFUSED);
            CompletableFuture<Void> release = ours.releaseAsync(allocation.pool(), allocation.sessionId());
            Builders.pass(clock, release::isDone);
            clock.advance(Duration.ofMinutes(2));
            int before = agones.requests().size();
            Builders.pass(clock, () -> agones.requests().size() > before + 1); // also after one that was refused then
            agones.failAll(null);

            Builders.pass(clock, () -> !agones.released("one").isEmpty());
            assertThat(agones.released("one")).containsExactly(AgonesNames.keyOf(allocation.sessionId()));
        }
    }

    @Test
    void who_releases_meanwhile_does_not_wait_for_one_that_is_looked_for_in_vain() throws Exception {
        Allocation first = allocator.allocate(AllocateReq.of("duel"));
        Allocation second = allocator.allocate(AllocateReq.of("duel"));
        agones.failAll(REFUSED);
        allocator.release(first);
        CompletableFuture<Void> later = CompletableFuture.runAsync(() -> allocator.release(second));
        agones.failAll(null);

        later.get(5, TimeUnit.SECONDS);

        await().untilAsserted(() -> assertThat(agones.released("one"))
                .contains(AgonesNames.keyOf(first.sessionId()), AgonesNames.keyOf(second.sessionId())));
    }

    /** In virtual minutes: as often as it was looked for at first it would be some 150 times. */
    @Test
    void a_server_that_is_gone_is_looked_for_less_and_less_often() throws Exception {
        ManualClock clock = new ManualClock();
        try (AgonesAllocator ours =
                Builders.standing(Builders.quick(agones), clock).build()) {
            ours.allocate(AllocateReq.of("duel"));
            CompletableFuture<Void> release = ours.releaseAsync("duel", "boot-gone.k1");
            Builders.pass(clock, release::isDone);
            int before = agones.requests().size();
            long end = clock.nanoTime() + Duration.ofSeconds(150).toNanos();
            await().pollInterval(Duration.ofMillis(5))
                    .until(
                            () -> { // on a busy machine fewer answers come in
                                clock.advance(Duration.ofSeconds(1));
                                return clock.nanoTime() - end >= 0;
                            });

            assertThat(agones.requests().size() - before).isBetween(1, 25);
        }
    }

    @Test
    void who_releases_meanwhile_on_the_same_server_goes_at_once() throws Exception {
        ManualClock clock = new ManualClock();
        try (AgonesAllocator ours =
                Builders.standing(Builders.quick(agones), clock).build()) {
            Allocation first = ours.allocate(AllocateReq.of("duel"));
            Allocation second = ours.allocate(AllocateReq.of("duel"));
            agones.failAll(REFUSED);
            CompletableFuture<Void> release = ours.releaseAsync(first.pool(), first.sessionId());
            Builders.pass(clock, release::isDone);
            agones.failAll(null);

            ours.releaseAsync(second.pool(), second.sessionId()).get(5, TimeUnit.SECONDS); // and the clock stands

            assertThat(agones.released("one")).contains(AgonesNames.keyOf(second.sessionId()));
        }
    }

    /** Hundreds of servers go at once, as a node or a Fleet does. */
    @Test
    void releases_without_an_answer_hold_up_no_request_with_an_id() throws Exception {
        allocator.allocate(AllocateReq.of("duel"));
        agones.hold(true);
        List<CompletableFuture<Void>> releases = IntStream.range(0, 100)
                .mapToObj(i -> allocator.releaseAsync("duel", "boot-gone" + i + ".k1"))
                .toList();
        await().until(() -> agones.requests().size() > AgonesAllocator.CALLS);

        CompletableFuture<Allocation> keyed = allocator
                .allocateAsync(AllocateReq.builder("duel").requestId("match-1").build())
                .toCompletableFuture();
        await().until(() -> agones.requests().stream().anyMatch(ReleaseTest::looksForValues));
        agones.hold(false);

        keyed.get(5, TimeUnit.SECONDS);
        releases.forEach(CompletableFuture::join);
    }

    private static boolean looksForValues(AllocationRequest request) {
        return request.getGameServerSelectorsList().stream()
                .flatMap(selector -> selector.getListsMap().values().stream())
                .anyMatch(list -> !list.getContainsValue().isEmpty());
    }

    @Test
    void a_session_of_a_server_that_is_gone_is_released_already() throws Exception {
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        agones.remove("one");

        allocator.release(allocation);
        allocator.release("duel", "no-such-session");
        allocator.release("duel", "");
    }

    /** As by the defaults, where eight batches take longer than a call has. */
    @ParameterizedTest
    @ValueSource(strings = {"boot-gone.k1", "boot-gone.and-more.k1"})
    void it_is_so_however_long_a_batch_is(String sessionId) throws Exception {
        ManualClock clock = new ManualClock();
        try (AgonesAllocator slow = Builders.slow(agones, clock).pools("duel").build()) {
            CompletableFuture<Void> release = slow.releaseAsync("duel", sessionId);
            Builders.pass(agones, clock, release);

            release.get();
        }
    }

    @Test
    void a_release_in_a_pool_that_was_never_seen_asks_whether_there_is_one() {
        allocator.release("duel", "boot-two.k1");

        assertThatThrownBy(() -> allocator.release("chess", "boot-two.k1"))
                .isInstanceOf(UnknownPoolException.class)
                .hasMessageContaining("chess");
    }

    @Test
    void an_allocator_that_is_out_of_reach_is_an_error_that_can_be_retried() throws Exception {
        ManualClock clock = new ManualClock();
        try (AgonesAllocator ours =
                Builders.standing(Builders.quick(agones), clock).build()) {
            Allocation allocation = ours.allocate(AllocateReq.of("duel"));
            agones.failAll(Status.UNAVAILABLE);
            CompletableFuture<Void> release = ours.releaseAsync(allocation.pool(), allocation.sessionId());
            int before = agones.requests().size();
            Builders.pass(clock, () -> agones.requests().size() > before);
            clock.advance(Builders.CALL_TIMEOUT);

            assertThatThrownBy(release::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            BackendException.class,
                            error -> assertThat(error.retryable()).isTrue());
        }
    }

    @Test
    void releases_that_come_together_share_calls() throws Exception {
        try (ScriptedAgones many = new ScriptedAgones().pod("duel", "one", 100);
                AgonesAllocator ours = Builders.quick(many).build()) {
            var sessions = IntStream.range(0, 50)
                    .mapToObj(i -> ours.allocateAsync(AllocateReq.of("duel")))
                    .map(CompletableFuture::join)
                    .toList();
            int before = many.requests().size();
            many.hold(true);
            var releases = sessions.stream()
                    .map(session -> CompletableFuture.runAsync(() -> ours.release(session), task -> {
                        Thread thread = new Thread(task);
                        thread.setDaemon(true);
                        thread.start();
                    }))
                    .toList();
            await().until(() -> many.requests().size() > before);
            many.hold(false);

            releases.forEach(CompletableFuture::join);

            assertThat(many.requests().size() - before).isLessThan(50);
        }
    }
}
