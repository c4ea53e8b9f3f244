package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests with an id. */
class RequestIdTest {

    private final ScriptedAgones agones = new ScriptedAgones().pod("duel", "one", 8);
    private final AgonesAllocator allocator = Builders.quick(agones).build();

    @AfterEach
    void close() {
        allocator.close();
        agones.close();
    }

    @Test
    void a_retry_gets_the_same_session() throws Exception {
        AllocateReq request = request("match-1", "desert");
        Allocation first = allocator.allocate(request);

        assertThat(allocator.allocate(request).sessionId()).isEqualTo(first.sessionId());
        assertThat(agones.values("one")).hasSize(1);
    }

    @Test
    void a_retry_at_another_allocator_gets_the_same_session() throws Exception {
        AllocateReq request = request("match-1", "desert");
        Allocation first = allocator.allocate(request);
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            Allocation second = another.allocate(request);

            assertThat(second.sessionId()).isEqualTo(first.sessionId());
            assertThat(second.annotations()).containsEntry("map", "desert");
        }
    }

    @Test
    void a_retry_at_another_allocator_with_other_contents_is_an_error() throws Exception {
        allocator.allocate(request("match-1", "desert"));
        try (AgonesAllocator another = Builders.quick(agones).build()) {

            assertThatThrownBy(() -> another.allocate(request("match-1", "ice")))
                    .isInstanceOf(RequestConflictException.class);
        }
        assertThat(agones.values("one")).hasSize(1);
    }

    /** Neither finds anything before there is room, and then both claim. */
    @Test
    void tries_that_wait_at_two_allocators_share_what_lands_first() throws Exception {
        agones.pod("duel", "one", 2);
        AllocateReq request = request("match-1", "desert").toBuilder()
                .maxWait(Duration.ofMinutes(1))
                .build();
        for (int i = 0; i < 2; i++) {
            allocator.allocate(AllocateReq.of("duel"));
        }
        List<String> others = agones.values("one");
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            List<CompletableFuture<Allocation>> tries = new ArrayList<>();
            tries.add(allocator.allocateAsync(request));
            tries.add(another.allocateAsync(request));
            await().until(() -> agones.claims().size() > 8); // both have looked, and wait for room
            others.forEach(value -> agones.free("one", value));

            String session = tries.get(0).get(10, TimeUnit.SECONDS).sessionId();
            assertThat(tries.get(1).get(10, TimeUnit.SECONDS).sessionId()).isEqualTo(session);
            String left = agones.values("one").stream()
                    .map(value -> LedgerSlot.claim(value).sessionId())
                    .filter(key -> !session.endsWith(key))
                    .findFirst()
                    .orElseThrow();
            await().until(() -> agones.released("one").contains(left));
        }
    }

    /** A server that a call has chosen is hidden from others in the same batch: what its answer shows is for all. */
    @Test
    void sessions_that_any_call_shows_are_found_whoever_looks() throws Exception {
        agones.pod("duel", "one", 100);
        Set<String> first = sessions(ask(allocator, 0, 20));
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            agones.hideFinds("one"); // but from claims
            List<CompletableFuture<Allocation>> again = ask(another, 0, 20);
            another.allocate(AllocateReq.of("duel"));

            assertThat(sessions(again)).isEqualTo(first);
        }
        assertThat(agones.values("one")).hasSizeBetween(21, 41);
    }

    /** It was hidden from all that looked for it: what lands beside it is given back. */
    @Test
    void a_session_that_was_not_found_is_given_once_a_claim_lands_beside_it() throws Exception {
        AllocateReq request = request("match-1", "desert");
        Allocation first = allocator.allocate(request);
        agones.hideFinds("one");
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            assertThat(another.allocate(request).sessionId()).isEqualTo(first.sessionId());
            await().until(() -> agones.released("one").size() == 1);
        }
    }

    /** Its SDK takes none away, and the server hides the one that has the session. */
    @Test
    void a_note_that_stays_without_its_session_is_taken_out_so_that_another_server_is_seen() throws Exception {
        agones.pod("duel", "two", 8);
        ManualClock clock = new ManualClock();
        AllocateReq request = request("match-1", "desert");
        agones.fillNotes("one");
        Allocation first = allocator.allocate(request);
        agones.clearNotes("one");
        AgonesNote note = AgonesNote.request(RequestDigest.of(request));
        agones.note("one", note);
        try (AgonesAllocator another =
                Builders.standing(Builders.quick(agones), clock).build()) {
            CompletableFuture<Allocation> call = another.allocateAsync(
                    request.toBuilder().maxWait(Duration.ofMinutes(1)).build());
            Builders.pass(clock, call::isDone);

            assertThat(call.join().sessionId()).isEqualTo(first.sessionId());
            assertThat(agones.notes("one")).doesNotContain(note.format());
        }
    }

    /** Its token says no longer than that of the first try. */
    @Test
    void a_retry_at_another_allocator_has_no_more_time_than_the_first() throws Exception {
        ManualClock clock = new ManualClock();
        AllocateReq request = request("match-1", "desert").toBuilder()
                .claimTtl(Duration.ofMinutes(2))
                .build();
        try (AgonesAllocator one =
                        Builders.standing(Builders.quick(agones), clock).build();
                AgonesAllocator two =
                        Builders.standing(Builders.quick(agones), clock).build()) {
            CompletableFuture<Allocation> first = one.allocateAsync(request);
            Builders.pass(clock, first::isDone);
            clock.advance(Duration.ofMinutes(1));
            CompletableFuture<Allocation> second = two.allocateAsync(request);
            Builders.pass(clock, second::isDone);

            assertThat(second.join().sessionId()).isEqualTo(first.join().sessionId());
            assertThat(second.join().expiresAt())
                    .isBetween(
                            first.join().expiresAt(), first.join().expiresAt().plusSeconds(1));
        }
    }

    /** Agones cuts claims that do not fit, and their notes stay until the SDK has seen them. */
    @Test
    void a_note_without_its_session_is_looked_at_again() throws Exception {
        AllocateReq request = request("match-1", "desert");
        AgonesNote note = AgonesNote.request(RequestDigest.of(request));
        agones.note("one", note);
        CompletableFuture<Allocation> call = allocator.allocateAsync(request);
        await().until(() -> finds() > 3);
        assertThat(agones.claims()).isEmpty();

        agones.free("one", note.text());

        call.get(10, TimeUnit.SECONDS);
        assertThat(agones.values("one")).hasSize(1);
    }

    /** An SDK that has died takes none away. */
    @Test
    void a_note_that_stays_without_its_session_is_not_believed_for_ever() throws Exception {
        ManualClock clock = new ManualClock();
        AllocateReq request = request("match-1", "desert").toBuilder()
                .maxWait(Duration.ofMinutes(1))
                .build();
        agones.note("one", AgonesNote.request(RequestDigest.of(request)));
        try (AgonesAllocator ours =
                Builders.standing(Builders.quick(agones), clock).build()) {
            CompletableFuture<Allocation> call = ours.allocateAsync(request);
            Builders.pass(clock, call::isDone);

            assertThat(call).isCompleted();
            assertThat(clock.nanoTime()).isGreaterThan(Duration.ofSeconds(3).toNanos());
        }
    }

    /** The pod could not check its token. */
    @Test
    void a_session_is_not_given_before_its_server_has_the_allocators_key() throws Exception {
        AllocateReq request = request("match-1", "desert");
        Allocation first = allocator.allocate(request);
        agones.fillNotes("one");
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            CompletableFuture<Allocation> call = another.allocateAsync(request);
            await().until(() -> finds() > 5);
            assertThat(call).isNotDone();

            agones.clearNotes("one");

            assertThat(call.get(10, TimeUnit.SECONDS).sessionId()).isEqualTo(first.sessionId());
        }
    }

    /** Others have it, and its player may be there. */
    @Test
    void a_session_that_is_found_and_can_not_be_dialled_is_not_ended() throws Exception {
        allocator.allocate(request("match-1", "desert"));
        agones.withoutPort("one");
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            assertThatThrownBy(() -> another.allocate(request("match-1", "desert")))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("has no port");
            another.allocateAsync(request("match-2", "desert"))
                    .exceptionally(none -> null)
                    .join();
        }
        assertThat(agones.released("one")).as("the second's, which is nobody's").hasSize(1);
    }

    @Test
    void a_server_whose_notes_are_full_is_none_for_new_sessions() throws Exception {
        agones.pod("duel", "two", 8);
        agones.fillNotes("one");

        allocator.allocate(request("match-1", "desert"));

        assertThat(agones.values("one")).isEmpty();
        assertThat(agones.notes("two")).hasSize(2);
    }

    @Test
    void servers_without_the_sdk_take_no_id() {
        try (AgonesAllocator bare = Builders.quick(agones).withoutSdk(true).build()) {
            assertThatThrownBy(() -> bare.allocate(request("match-1", "desert")))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("leave it out of the request");
        }
    }

    @Test
    void a_retry_gets_this_allocators_own_session_also_hours_later() throws Exception {
        AtomicReference<Duration> passed = new AtomicReference<>(Duration.ZERO);
        Timing system = Timing.system("test-timer");
        Timing shifted = new Timing(() -> Instant.now().plus(passed.get()), system.nanoTime(), system.scheduler());
        try (AgonesAllocator ours = Builders.quick(agones).timing(shifted).build()) {
            Allocation first = ours.allocate(request("match-1", "desert"));
            passed.set(Duration.ofHours(5));

            assertThat(ours.allocate(request("match-1", "desert")).sessionId()).isEqualTo(first.sessionId());
        } finally {
            system.scheduler().shutdownNow();
        }
    }

    @Test
    void tries_at_the_same_time_share_one_claim() {
        AllocateReq request = request("match-1", "desert");
        CompletableFuture<Allocation> one = allocator.allocateAsync(request);
        CompletableFuture<Allocation> two = allocator.allocateAsync(request);

        assertThat(one.join().sessionId()).isEqualTo(two.join().sessionId());
        assertThat(agones.values("one")).hasSize(1);
    }

    @Test
    void the_same_id_with_other_contents_is_an_error() throws Exception {
        allocator.allocate(request("match-1", "desert"));

        assertThatThrownBy(() -> allocator.allocate(request("match-1", "ice")))
                .isInstanceOf(RequestConflictException.class);
        assertThat(agones.values("one")).hasSize(1);
    }

    @Test
    void another_id_gets_a_session_of_its_own() throws Exception {
        Allocation first = allocator.allocate(request("match-1", "desert"));

        assertThat(allocator.allocate(request("match-2", "desert")).sessionId()).isNotEqualTo(first.sessionId());
    }

    @Test
    void an_id_that_has_one_session_after_the_other_gets_a_new_one_each_time() throws Exception {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            ids.add(allocator.allocate(request("match-1", "desert")).sessionId());
            agones.free("one", agones.values("one").get(0));
        }

        assertThat(ids).hasSize(10);
    }

    @Test
    void a_session_that_is_given_back_while_a_try_looks_for_it_is_not_the_trys() throws Exception {
        Allocation first = allocator.allocate(request("match-1", "desert"));
        int before = agones.requests().size();
        agones.hold(true);
        CompletableFuture<Allocation> second = allocator.allocateAsync(request("match-1", "desert"));
        await().until(() -> agones.requests().size() > before); // and its answer, which has the value, is on its way

        CompletableFuture<Void> released = allocator.releaseAsync("duel", first.sessionId());
        agones.hold(false);

        assertThat(second.get(10, TimeUnit.SECONDS).sessionId()).isNotEqualTo(first.sessionId());
        released.get(10, TimeUnit.SECONDS);
    }

    @Test
    void what_is_looked_for_while_calls_are_under_way_goes_together() throws Exception {
        agones.pod("duel", "two", 100);
        agones.hold(true);
        try (AgonesAllocator slow =
                Builders.quick(agones).batchWait(Duration.ofMillis(500)).build()) {
            List<CompletableFuture<Allocation>> all = ask(slow, 0, 60);
            await().until(() -> finds() >= 2);
            agones.hold(false);

            assertThat(sessions(all)).hasSize(60);
        }
        assertThat(finds()).as("each is looked for several times").isLessThan(60);
    }

    /** It says nothing if two refusals are of the same batch, nor if all are of one short while. */
    @ParameterizedTest
    @CsvSource({"1000, 3", "250, 4"})
    void who_has_no_session_is_looked_for_in_several_batches_and_for_a_while(int batchWait, int looks)
            throws Exception {
        agones.hold(true);
        try (AgonesAllocator slow =
                Builders.quick(agones).batchWait(Duration.ofMillis(batchWait)).build()) {
            CompletableFuture<Allocation> call = slow.allocateAsync(request("match-1", "desert"));
            for (int batch = 0; agones.claims().isEmpty(); batch++) {
                int sent = batch + 1;
                await().until(() -> finds() == sent || !agones.claims().isEmpty());
                Thread.sleep(batchWait); // as a batch of Agones takes
                agones.answerHeld();
            }
            agones.hold(false);
            call.get(10, TimeUnit.SECONDS);
        }
        assertThat(finds()).isGreaterThanOrEqualTo(looks);
    }

    /** As where Agones' batches are shorter than it was told: a look every few milliseconds would be too many. */
    @Test
    void a_look_that_meets_the_same_batch_is_repeated_later_and_later() throws Exception {
        try (AgonesAllocator slow =
                Builders.quick(agones).batchWait(Duration.ofMillis(800)).build()) {
            slow.allocate(request("match-1", "desert"));
        }
        assertThat(finds()).isBetween(3L, 40L);
    }

    /** The later of two on one server is given back by who claimed it: nobody else is to be given that. */
    @Test
    void of_two_sessions_on_a_server_a_third_allocator_gives_the_first() throws Exception {
        for (int i = 0; i < 8; i++) { // of two, the wrong one is as likely
            AllocateReq request = request("match-" + i, "desert");
            agones.pod("duel", "one", 8);
            String first = allocator.allocate(request).sessionId();
            agones.add("one", claim(request, "rlater.0"));
            try (AgonesAllocator another = Builders.quick(agones).build()) {
                assertThat(another.allocate(request).sessionId()).isEqualTo(first);
            }
        }
    }

    /** It is on its way out, and its server has not seen that yet. */
    @Test
    void a_session_that_its_server_was_told_is_over_is_nobodys() throws Exception {
        AllocateReq request = request("match-1", "desert");
        Allocation first = allocator.allocate(request);
        allocator.release(first);
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            assertThat(another.allocate(request).sessionId()).isNotEqualTo(first.sessionId());
        }
    }

    private static String claim(AllocateReq request, String key) {
        return LedgerSlot.Free.NEW
                .hold(key, Duration.ofMinutes(1), RequestDigest.of(request), request.annotations())
                .format();
    }

    /** It takes its server from those that look, as any call does. */
    @Test
    void what_a_release_shows_is_for_those_who_look() throws Exception {
        Allocation first = allocator.allocate(request("match-1", "desert"));
        try (AgonesAllocator another =
                Builders.quick(agones).batchWait(Duration.ofSeconds(5)).build()) {
            Allocation own = another.allocate(AllocateReq.of("duel"));
            agones.hideFinds("one");
            long before = finds();
            CompletableFuture<Allocation> call = another.allocateAsync(request("match-1", "desert"));
            await().until(() -> finds() > before);
            another.releaseAsync("duel", own.sessionId());

            assertThat(call.get(10, TimeUnit.SECONDS).sessionId()).isEqualTo(first.sessionId());
        }
    }

    /** Agones shows one server at a time, which has the sessions of some. */
    @Test
    void of_those_that_are_looked_for_together_each_is_given_its_own() throws Exception {
        agones.pod("duel", "two", 8).pod("duel", "three", 100);
        Set<String> first = sessions(ask(allocator, 0, 20));
        assertThat(first).hasSize(20);
        try (AgonesAllocator another = Builders.quick(agones).build()) {
            agones.hold(true);
            List<CompletableFuture<Allocation>> again = ask(another, 0, 40);
            CompletableFuture<Allocation> left = another.allocateAsync(request("match-41", "desert"));
            left.cancel(false);
            agones.hold(false);

            assertThat(sessions(again.subList(0, 20))).isEqualTo(first);
            assertThat(sessions(again)).hasSize(40);
        }
        assertThat(agones.values("one").size()
                        + agones.values("two").size()
                        + agones.values("three").size())
                .isEqualTo(40);
    }

    @Test
    void the_urgent_are_looked_for_first() throws Exception {
        agones.pod("duel", "two", 1_000).pod("duel", "three", 1_000); // a note each, and room is left for others
        agones.hold(true);
        List<CompletableFuture<Allocation>> all = ask(allocator, 0, 900);
        all.get(850).cancel(false);
        all.remove(850);
        all.add(allocator.allocateAsync(
                request("match-x", "urgent").toBuilder().priority(1).build()));
        await().until(() -> finds() == 8);
        agones.answerHeld();
        await().until(() -> finds() >= 16);

        String urgent = AgonesNote.request(RequestDigest.of(request("match-x", "urgent")))
                .format();
        assertThat(agones.requests().stream().filter(RequestIdTest::isFind))
                .as("the first and the second that were under way together")
                .anyMatch(find -> find.toString().contains(urgent));
        agones.hold(false);
        assertThat(sessions(all)).hasSize(900);
    }

    private static List<CompletableFuture<Allocation>> ask(AgonesAllocator allocator, int from, int count) {
        List<CompletableFuture<Allocation>> all = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            all.add(allocator.allocateAsync(request("match-" + i, "desert")));
        }
        return all;
    }

    private static Set<String> sessions(List<CompletableFuture<Allocation>> all) throws Exception {
        Set<String> ids = new HashSet<>();
        for (CompletableFuture<Allocation> each : all) {
            ids.add(each.get(10, TimeUnit.SECONDS).sessionId());
        }
        return ids;
    }

    private long finds() {
        return agones.requests().stream().filter(RequestIdTest::isFind).count();
    }

    private static boolean isFind(AllocationRequest request) {
        return request.getGameServerSelectorsList().stream()
                .anyMatch(selector -> selector.getListsMap().values().stream()
                        .anyMatch(list -> !list.getContainsValue().isEmpty()));
    }

    private static AllocateReq request(String id, String map) {
        return AllocateReq.builder("duel")
                .requestId(id)
                .annotations(Map.of("map", map))
                .build();
    }
}
