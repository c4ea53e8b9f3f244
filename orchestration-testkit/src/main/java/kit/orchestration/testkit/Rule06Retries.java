package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.BackendException;
import kit.orchestration.RequestConflictException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import org.junit.jupiter.api.Test;

/** Rule 6: a {@code requestId} gives one session, however often it is tried. */
interface Rule06Retries extends ContractTests {

    private AllocateReq.Builder match(String requestId) {
        return world().request().requestId(requestId).priority(1).annotations(Map.of("map", "desert", "mode", "duel"));
    }

    @Test
    @Rule("6.1")
    default void rule06_triesAtTheSameTimeGetOneSession() throws Exception {
        world().pod(4);
        world().pod(4);
        raceOneId(List.of(world().allocator()));
    }

    @Test
    @Rule("6.1")
    default void rule06_triesAtTheSameTimeThroughSeveralAllocatorsGetOneSession() throws Exception {
        world().pod(4);
        world().pod(4);
        raceOneId(world().allocators(3));
    }

    private void raceOneId(List<Allocator> allocators) throws Exception {
        for (int round = 0; round < world().times(100); round++) {
            AllocateReq req =
                    match("match-" + round).maxWait(Duration.ofMinutes(10)).build();
            List<Allocation> got = Racers.race(
                    6, racer -> allocators.get(racer % allocators.size()).allocate(req));
            Set<String> ids = new HashSet<>();
            got.forEach(allocation -> ids.add(allocation.sessionId()));
            assertThat(ids).hasSize(1);
            world().eventuallyHeld(ids.toArray(String[]::new));
            world().allocator().release(got.get(0));
            world().nothingIsHeld();
        }
    }

    /**
     * What holds at least, where a backend may place a claim that each of several allocators makes at the same time
     * more than once. For an override of the test above.
     */
    default void triesAtTheSameTimeGetOneSessionFromEachAllocatorAtMost() throws Exception {
        world().pod(4);
        world().pod(4);
        List<Allocator> allocators = world().allocators(3);
        for (int round = 0; round < world().times(100); round++) {
            AllocateReq req =
                    match("match-" + round).maxWait(Duration.ofMinutes(10)).build();
            List<String> got = Racers.race(
                    6, racer -> allocators.get(racer % 3).allocate(req).sessionId());

            for (int i = 0; i < 3; i++) {
                assertThat(got.get(i)).as("tries of allocator %d", i).isEqualTo(got.get(i + 3));
            }
            Set<String> ids = new HashSet<>(got);
            world().eventuallyHeld(ids.toArray(String[]::new));
            world().settle();
            assertThat(ids).contains(world().another().allocate(req).sessionId());
            ids.forEach(id -> world().allocator().release(world().pool(), id));
            world().nothingIsHeld();
        }
    }

    @Test
    @Rule("6.1")
    default void rule06_triesThatWaitForRoomGetOneSession() throws Exception {
        World.Pod pod = world().pod(2);
        List<Session> holders = List.of(pod.start(world().allocate()), pod.start(world().allocate()));
        AllocateReq req = match("match").maxWait(Duration.ofMinutes(10)).build();
        CompletableFuture<Allocation> first = world().waiter(req);
        CompletableFuture<Allocation> second = world().waiter(req);
        Allocator other = world().another();
        CompletableFuture<Allocation> third = other.allocateAsync(req);

        holders.forEach(Session::close);

        String id = world().within(first).sessionId();
        assertThat(world().within(second).sessionId()).isEqualTo(id);
        assertThat(world().within(third).sessionId()).isEqualTo(id);
        world().eventuallyHeld(id);
    }

    @Test
    @Rule("6.2")
    default void rule06_aRetryAfterALostAnswerGetsThatSession() throws Exception {
        retryAfterALostAnswer(world().allocator());
    }

    @Test
    @Rule("6.2")
    default void rule06_aRetryThroughAnotherAllocatorGetsTheLostSession() throws Exception {
        retryAfterALostAnswer(world().another());
    }

    private void retryAfterALostAnswer(Allocator retrying) throws Exception {
        World.Pod pod = world().pod(3);
        Allocator first = world().another();
        world().settle();
        world().backend().loseNextAnswer(first);
        AllocateReq req = match("match").build();
        assertThatThrownBy(() -> first.allocate(req)).isInstanceOf(BackendException.class);
        world().eventually(() -> assertThat(world().held()).hasSize(1));
        world().backend().crash(first);
        world().settle();

        Allocation retried = retrying.allocate(req);

        world().eventuallyHeld(retried.sessionId());
        Session session = pod.start(retried);
        assertThat(session.annotations()).containsEntry("map", "desert");
        world().eventually(() -> assertThat(pod.log().claims()).hasSize(1));
        session.close();
        world().everySlotIsFree(3);
    }

    @Test
    @Rule({"6.3", "6.4"})
    default void rule06_aRetryAfterSuccessGetsTheSameSessionAlsoWhenThePoolIsFull() throws Exception {
        World.Pod pod = world().pod(2);
        AllocateReq req = match("match").build();
        Allocation first = world().allocator().allocate(req);
        world().allocate();
        world().refused(AllocateReq.of(world().pool()));
        Allocator other = world().another();
        world().settle();

        for (Allocator allocator : List.of(world().allocator(), other)) {
            Allocation again = allocator.allocate(req);
            assertThat(again.sessionId()).isEqualTo(first.sessionId());
            assertThat(again.podAddress()).isEqualTo(first.podAddress());
            assertThat(again.pool()).isEqualTo(first.pool());
            assertThat(again.annotations())
                    .isEqualTo(first.annotations())
                    .containsEntry("map", "desert")
                    .containsEntry("mode", "duel")
                    .containsEntry(Allocation.POD_ANNOTATION, pod.name());
        }
        assertThat(world().held()).hasSize(2);
    }

    @Test
    @Rule("6.3")
    default void rule06_aRetrysTokenOpensTheSession() throws Exception {
        World.Pod pod = world().pod(2);
        AllocateReq req = match("match").build();
        Allocation first = world().allocator().allocate(req);
        Allocator other = world().another();
        world().settle();
        Allocation second = other.allocate(req);
        Session session = pod.start(second);

        world().backend().crash(other);
        assertThat(pod.server().join(first.token())).isSameAs(session);
        Allocation third = world().allocator().allocate(req);
        assertThat(third.sessionId()).isEqualTo(session.id());
        assertThat(pod.server().join(third.token())).isSameAs(session);
        // Also when the claim's own time is long over.
        world().advance(Duration.ofHours(1));
        Allocation fourth = world().allocator().allocate(req);
        assertThat(fourth.sessionId()).isEqualTo(session.id());
        assertThat(pod.server().join(fourth.token())).isSameAs(session);
    }

    @Test
    @Rule("6.5")
    default void rule06_aTryWithOtherContentsIsAConflictAndChangesNothing() throws Exception {
        world().pod(3, Map.of("region", "eu"));
        Allocation first = world().allocator().allocate(match("match").build());
        Allocator other = world().another();
        world().settle();

        conflict(first, List.of(world().allocator(), other));

        world().eventuallyHeld(first.sessionId());
        world().allocator().release(first);
        world().everySlotIsFree(3);
    }

    private void conflict(Allocation first, List<Allocator> allocators) throws InterruptedException {
        for (Allocator allocator : allocators) {
            for (AllocateReq changed : List.of(
                    match("match").annotations(Map.of("map", "ocean")).build(),
                    match("match").annotations(Map.of()).build(),
                    match("match").priority(2).build(),
                    match("match").selectors(Map.of("region", "eu")).build(),
                    match("match").selectors(Map.of("region", "none")).build(),
                    match("match").claimTtl(Duration.ofSeconds(61)).build())) {
                assertThatThrownBy(() -> allocator.allocate(changed))
                        .isInstanceOfSatisfying(
                                RequestConflictException.class,
                                conflict -> assertThat(conflict.request()).contains(changed));
            }
            assertThat(allocator
                            .allocate(match("match")
                                    .maxWait(Duration.ofSeconds(1))
                                    .build())
                            .sessionId())
                    .isEqualTo(first.sessionId());
        }
    }

    @Test
    @Rule("6.6")
    default void rule06_onceTheSessionHasEndedTheIdGivesANewOne() throws Exception {
        World.Pod pod = world().pod(2);
        AllocateReq req = match("match").maxWait(Duration.ofMinutes(10)).build();
        Allocator other = world().another();
        world().settle();
        Allocation ended = world().allocator().allocate(req);
        pod.start(ended).close();
        world().nothingIsHeld();

        Allocation released = other.allocate(req);
        assertThat(released.sessionId()).isNotEqualTo(ended.sessionId());
        world().allocator().release(released);
        world().nothingIsHeld();

        newSessionsThroughOneAllocator(pod, req, ended.sessionId(), released.sessionId());
    }

    /**
     * What holds at least, where an allocator can't know of claims that others made a moment ago, and that have ended:
     * it may give such a session out again, whose token then opens nothing. For an override of the test above.
     *
     * @param moment how long after the first claim another allocator surely gives a new one
     */
    default void onceTheSessionHasEndedTheIdGivesANewOneAfterAMoment(Duration moment) throws Exception {
        World.Pod pod = world().pod(2);
        AllocateReq req = match("match").maxWait(Duration.ofMinutes(10)).build();
        Allocator other = world().another();
        Allocator late = world().another();
        world().settle();
        Allocation ended = world().allocator().allocate(req);
        pod.start(ended).close();
        world().nothingIsHeld();

        Allocation again = other.allocate(req);
        if (again.sessionId().equals(ended.sessionId())) {
            assertThatThrownBy(() -> pod.start(again)).isInstanceOf(TokenRefusedException.class);
        } else {
            pod.start(again).close();
        }
        world().nothingIsHeld();

        world().advance(moment);
        Allocation anew = late.allocate(req);
        assertThat(anew.sessionId()).isNotEqualTo(ended.sessionId());
        pod.start(anew).close();
        world().nothingIsHeld();

        world().advance(moment);
        newSessionsThroughOneAllocator(pod, req, ended.sessionId(), again.sessionId(), anew.sessionId());
    }

    private void newSessionsThroughOneAllocator(World.Pod pod, AllocateReq req, String... earlier) throws Exception {
        Set<String> ids = new HashSet<>(List.of(earlier));
        Allocation released = world().allocator().allocate(req);
        assertThat(ids.add(released.sessionId())).as("a new id: %s", released).isTrue();
        world().allocator().release(released);
        world().nothingIsHeld();

        Allocation expired = world().allocator().allocate(req);
        assertThat(ids.add(expired.sessionId())).as("a new id: %s", expired).isTrue();
        world().eventuallyHeard(pod, "claimed " + expired.sessionId());
        world().advance(Duration.ofSeconds(60));
        world().nothingIsHeld();

        Allocation changed =
                world().allocator().allocate(match("match").priority(7).build());
        assertThat(ids.add(changed.sessionId())).as("a new id: %s", changed).isTrue();
    }

    @Test
    @Rule("6.7")
    default void rule06_aTryThatIsCancelledTakesNothingFromTheOthers() throws Exception {
        World.Pod pod = world().pod(1);
        AllocateReq req = match("match").maxWait(Duration.ofMinutes(10)).build();
        Aim aim = new Aim();
        while (aim.again(world().times(200))) {
            CompletableFuture<Allocation> keeping = new CompletableFuture<>();
            Racers.race(2, racer -> {
                CompletableFuture<Allocation> future = world().allocator().allocateAsync(req);
                if (racer == 0) {
                    keeping.complete(world().within(future));
                } else {
                    aim.pause();
                    aim.wasFirst(future.cancel(true));
                }
                return true;
            });
            Allocation kept = keeping.join();
            pod.start(kept).close();
            world().nothingIsHeld(); // and that is known, or the next try may find the session that has ended
        }
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("6.8")
    default void rule06_theSameIdInAnotherPoolIsAnotherId() throws Exception {
        world().pod(1);
        String otherPool = world().backend().newPool();
        world().podOf(otherPool, 1, Map.of());

        Allocation here = world().allocator().allocate(match("match").build());
        Allocation there = world().allocator()
                .allocate(AllocateReq.builder(otherPool).requestId("match").build());

        assertThat(there.sessionId()).isNotEqualTo(here.sessionId());
        assertThat(there.pool()).isEqualTo(otherPool);
    }
}
