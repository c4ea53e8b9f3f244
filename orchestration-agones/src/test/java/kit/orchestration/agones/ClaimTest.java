package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of claims, by Agones' answers. */
class ClaimTest {

    private static final Status LOST_UPDATE =
            Status.UNKNOWN.withDescription("could not update the selected GameServer");

    private final ScriptedAgones agones = new ScriptedAgones();
    private final ManualClock clock = new ManualClock();
    private final AgonesAllocator allocator = Builders.quick(agones).build();

    @AfterEach
    void close() {
        allocator.close();
        agones.close();
    }

    @Test
    void an_allocation_names_the_server_and_carries_what_was_asked() throws Exception {
        agones.pod("duel", "one", 8);
        agones.label("one", "region", "eu");

        Allocation allocation = allocator.allocate(AllocateReq.builder("duel")
                .selectors(Map.of("region", "eu"))
                .annotations(Map.of("map", "desert"))
                .build());

        assertThat(allocation.podAddress()).hasToString("10.0.0.1:7001");
        assertThat(allocation.sessionId()).startsWith("boot-one.");
        assertThat(allocation.annotations()).containsEntry("map", "desert");
        assertThat(agones.values("one")).singleElement().asString().contains("desert");
    }

    @Test
    void requests_that_wait_together_go_as_one_call() throws Exception {
        agones.pod("duel", "one", 100);
        try (AgonesAllocator gathering = standing(10).build()) {
            List<CompletableFuture<Allocation>> calls = ask(gathering, 10);

            assertThat(sessions(calls)).hasSize(10);
        }
        assertThat(agones.claims())
                .singleElement()
                .satisfies(claim -> assertThat(
                                claim.getListsOrThrow(ScriptedAgones.LIST).getAddValuesCount())
                        .isEqualTo(10));
    }

    @Test
    void what_agones_cut_is_placed_again_on_another_server() throws Exception {
        agones.pod("duel", "one", 3).pod("duel", "two", 9);
        try (AgonesAllocator gathering = standing(10).build()) {
            List<CompletableFuture<Allocation>> calls = ask(gathering, 10);
            Builders.pass(clock, () -> calls.stream().allMatch(CompletableFuture::isDone)); // what was cut gathers anew

            assertThat(sessions(calls)).hasSize(10);
        }
        assertThat(agones.values("one")).hasSize(3);
        assertThat(agones.values("two")).hasSize(7);
    }

    @Test
    void a_call_for_several_prefers_a_server_with_room_for_all() throws Exception {
        agones.pod("duel", "one", 3).pod("duel", "two", 20);
        try (AgonesAllocator gathering = standing(10).build()) {

            assertThat(sessions(ask(gathering, 10))).hasSize(10);
        }
        assertThat(agones.values("one")).isEmpty();
        assertThat(agones.values("two")).hasSize(10);
    }

    @Test
    void a_call_is_no_larger_than_the_largest_server() throws Exception {
        agones.pod("duel", "one", 4).pod("duel", "two", 3).pod("duel", "three", 4);
        allocator.allocate(AllocateReq.of("duel"));

        assertThat(sessions(ask(allocator, 10))).hasSize(10);

        assertThat(agones.claims())
                .allSatisfy(claim -> assertThat(
                                claim.getListsOrThrow(ScriptedAgones.LIST).getAddValuesCount())
                        .isLessThanOrEqualTo(4));
    }

    @Test
    void refusals_within_a_batch_are_not_believed() throws Exception {
        agones.pod("duel", "one", 1);
        Status refusal = Status.RESOURCE_EXHAUSTED.withDescription("there is no available GameServer to allocate");
        agones.failNext(refusal, refusal);

        assertThat(allocator.allocate(AllocateReq.of("duel")).sessionId()).startsWith("boot-one.");
    }

    @Test
    void a_full_fleet_is_no_capacity_that_tells_what_to_look_at() {
        agones.pod("duel", "one", 1);
        allocator.allocateAsync(AllocateReq.of("duel")).join();

        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining("refused 8 times, a batch apart")
                .hasMessageContaining("-l agones.dev/fleet=duel");
    }

    @Test
    void refusals_that_stay_in_doubt_until_the_time_is_over_are_no_capacity() {
        agones.pod("duel", "one", 1);
        allocator.allocateAsync(AllocateReq.of("duel")).join();
        agones.hold(true);
        try (AgonesAllocator doubtful =
                standing(1).batchWait(Duration.ofSeconds(10)).build()) {
            CompletableFuture<Allocation> call = doubtful.allocateAsync(AllocateReq.of("duel"));

            clock.advance(Builders.CALL_TIMEOUT.dividedBy(10).multipliedBy(8));
            agones.hold(false);

            assertThatThrownBy(call::get)
                    .hasCauseInstanceOf(NoCapacityException.class)
                    .hasMessageContaining("refused 1 times");
        }
    }

    @Test
    void who_waits_for_room_gets_it_when_it_comes() throws Exception {
        agones.pod("duel", "one", 1);
        allocator.allocate(AllocateReq.of("duel"));
        CompletableFuture<Allocation> waiting = allocator.allocateAsync(
                AllocateReq.builder("duel").maxWait(Duration.ofSeconds(20)).build());
        await().until(() -> agones.claims().size() > 3);
        assertThat(waiting).isNotDone();

        agones.free("one", agones.values("one").get(0));

        assertThat(waiting.get(10, TimeUnit.SECONDS).sessionId()).startsWith("boot-one.");
    }

    @Test
    void contention_and_lost_updates_are_tried_again() throws Exception {
        agones.pod("duel", "one", 8);
        agones.failNext(Status.ABORTED.withDescription("error finding a GameServer: conflict"), LOST_UPDATE);

        assertThat(allocator.allocate(AllocateReq.of("duel")).sessionId()).startsWith("boot-one.");
        assertThat(agones.claims()).hasSize(3);
    }

    /** A server that another call was faster on, or that could not be written to, was not full. */
    @Test
    void contention_and_lost_updates_prove_that_there_was_room() {
        agones.pod("duel", "one", 1);
        allocator.allocateAsync(AllocateReq.of("duel")).join();
        Status refusal = Status.RESOURCE_EXHAUSTED.withDescription("there is no available GameServer to allocate");
        for (Status proof : List.of(Status.ABORTED, LOST_UPDATE)) {
            agones.failNext(Collections.nCopies(7, refusal).toArray(new Status[0])); // one more would be certain
            agones.failNext(proof);
            assertThat(refusalsOf(AllocateReq.of("duel"))).as(proof.toString()).isGreaterThanOrEqualTo(7 + 1 + 8);
        }
    }

    /** How many claims are sent for it until there is no capacity. */
    private int refusalsOf(AllocateReq request) {
        int before = agones.claims().size();
        assertThatThrownBy(() -> allocator.allocate(request)).isInstanceOf(NoCapacityException.class);
        return agones.claims().size() - before;
    }

    /** As by the defaults, where eight batches take longer than a call has. */
    @Test
    void a_pool_that_was_never_seen_is_unknown_however_long_a_batch_is() {
        try (AgonesAllocator slow = Builders.slow(agones, clock).build()) {
            CompletableFuture<Allocation> call = slow.allocateAsync(AllocateReq.of("duel"));
            Builders.pass(agones, clock, call);

            assertThatThrownBy(call::get).hasCauseInstanceOf(UnknownPoolException.class);
        }
    }

    /** Its servers would become Allocated, for good. */
    @Test
    void a_fleet_without_the_sdk_is_left_alone() {
        agones.pod("web", "other", 8);
        agones.unlabel("other", AgonesNames.SDK_PREFIX + AgonesNames.BOOT);
        agones.unlabel("other", AgonesNames.SDK_PREFIX + AgonesNames.OPEN);

        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("web")))
                .isInstanceOf(UnknownPoolException.class)
                .hasMessageContaining("in which orchestration-sdk runs");
        assertThatThrownBy(() -> allocator.release("web", "boot-two.k1")).isInstanceOf(UnknownPoolException.class);
        assertThat(agones.isTaken("other")).isFalse();
    }

    @Test
    void a_pool_that_was_never_seen_is_unknown_and_one_that_was_declared_is_full() throws Exception {
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOf(UnknownPoolException.class)
                .hasMessageContaining("create the Fleet");
        try (AgonesAllocator declared = Builders.quick(agones).pools("duel").build()) {
            assertThatThrownBy(() -> declared.allocate(AllocateReq.of("duel"))).isInstanceOf(NoCapacityException.class);
        }
    }

    @Test
    void what_lands_for_a_caller_who_went_away_is_given_back() {
        agones.pod("duel", "one", 8);
        agones.hold(true);
        CompletableFuture<Allocation> call = allocator.allocateAsync(AllocateReq.of("duel"));
        await().until(() -> agones.values("one").size() == 1);

        call.cancel(false);
        agones.hold(false);

        String key = agones.values("one").get(0).split(" ", -1)[1];
        await().untilAsserted(() -> assertThat(agones.released("one")).contains(key));
    }

    @Test
    void a_call_without_an_answer_ends_in_its_time_and_says_that_it_may_have_been_written() {
        agones.pod("duel", "one", 8);
        agones.hold(true);
        try (AgonesAllocator unheard = standing(1).build()) {
            CompletableFuture<Allocation> call = unheard.allocateAsync(AllocateReq.of("duel"));
            await().until(() -> agones.values("one").size() == 1);

            clock.advance(Builders.CALL_TIMEOUT);

            assertThatThrownBy(call::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            BackendException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN));
            agones.hold(false);
            await().untilAsserted(() -> assertThat(agones.released("one")).hasSize(1));
        }
    }

    @Test
    void a_server_without_our_sdk_is_named_with_what_to_do() {
        agones.pod("duel", "one", 8);
        agones.unlabel("one", "agones.dev/sdk-orchestration-boot");

        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("GameServer one")
                .hasMessageContaining("embed orchestration-sdk");
    }

    @Test
    void a_server_without_a_port_is_named_with_what_to_do() {
        agones.pod("duel", "one", 8);
        agones.withoutPort("one");

        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("spec.ports");
    }

    @Test
    void the_request_asks_for_room_on_a_server_that_takes_sessions_and_gives_it_the_key() throws Exception {
        agones.pod("duel", "one", 8);
        agones.label("one", "tier", "gold");
        try (AgonesAllocator more = Builders.quick(agones)
                .namespace("games")
                .matchLabels(Map.of("tier", "gold"))
                .multiCluster(Map.of("cluster", "west"))
                .build()) {
            more.allocate(AllocateReq.of("duel"));
        }

        AllocationRequest claim = agones.claims().get(0);
        assertThat(claim.getNamespace()).isEqualTo("games");
        assertThat(claim.getMultiClusterSetting().getEnabled()).isTrue();
        assertThat(claim.getMultiClusterSetting().getPolicySelector().getMatchLabelsMap())
                .containsExactly(Map.entry("cluster", "west"));
        assertThat(claim.getGameServerSelectorsList()).hasSize(2).allSatisfy(selector -> {
            assertThat(selector.getMatchLabelsMap())
                    .containsEntry("agones.dev/fleet", "duel")
                    .containsEntry("agones.dev/sdk-orchestration-open", "true")
                    .containsEntry("tier", "gold");
            assertThat(selector.getListsOrThrow(ScriptedAgones.LIST).getMinAvailable())
                    .isEqualTo(1);
        });
        assertThat(claim.getListsOrThrow(AgonesNames.NOTES).getAddValuesList())
                .singleElement()
                .asString()
                .startsWith("key ");
    }

    /** Its chart's {@code unallocatedStatusCode} says which: 429 by default, or 200, 404, 409, 500, 503, 504. */
    @ParameterizedTest
    @EnumSource(
            names = {
                "OK",
                "NOT_FOUND",
                "ALREADY_EXISTS",
                "ABORTED",
                "UNKNOWN",
                "INTERNAL",
                "UNAVAILABLE",
                "DEADLINE_EXCEEDED"
            })
    void agones_may_say_by_any_code_that_there_is_no_server(Status.Code code) throws Exception {
        agones.pod("duel", "one", 8);
        allocator.allocate(AllocateReq.of("duel"));
        agones.failAll(code.toStatus().withDescription("there is no available GameServer to allocate"));

        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel"))).isInstanceOf(NoCapacityException.class);
        agones.failAll(null);
        assertThatCode(() -> allocator.allocate(AllocateReq.of("duel"))).doesNotThrowAnyException();
    }

    /** They may be a player's own words. */
    @ParameterizedTest
    @CsvSource({"agones.dev/fleet, arena", "tier, silver", "agones.dev/sdk-orchestration-open, false"})
    void selectors_do_not_lead_beyond_the_pool_or_what_the_allocator_is_for(String label, String value) {
        agones.pod("duel", "one", 8).pod("arena", "two", 8);
        agones.label("one", "tier", "gold");
        agones.label("two", "tier", "silver");
        try (AgonesAllocator more =
                Builders.quick(agones).matchLabels(Map.of("tier", "gold")).build()) {
            assertThatThrownBy(() -> more.allocate(
                            AllocateReq.builder("duel").selector(label, value).build()))
                    .isInstanceOf(NoCapacityException.class)
                    .hasMessageContaining(label + "=" + value);
            assertThat(agones.claims()).isEmpty();

            assertThatCode(() -> more.allocate(AllocateReq.builder("duel")
                            .selector("tier", "gold")
                            .selector("agones.dev/fleet", "duel")
                            .build()))
                    .doesNotThrowAnyException();
        }
    }

    /** Whose time stands still, but for the test: calls go when so many wait, and not after a while. */
    private AgonesAllocatorBuilder standing(int batch) {
        return Builders.standing(Builders.quick(agones), clock).gather(Builders.GATHER, batch);
    }

    private static List<CompletableFuture<Allocation>> ask(AgonesAllocator allocator, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> allocator.allocateAsync(AllocateReq.of("duel")))
                .toList();
    }

    private static Set<String> sessions(List<CompletableFuture<Allocation>> calls)
            throws InterruptedException, ExecutionException {
        Set<String> ids = new HashSet<>();
        for (CompletableFuture<Allocation> call : calls) {
            ids.add(call.get().sessionId());
        }
        return ids;
    }
}
