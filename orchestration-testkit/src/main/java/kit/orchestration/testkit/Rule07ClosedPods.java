package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 7: a pod that is draining, not ready or gone gets no new session. */
interface Rule07ClosedPods extends ContractTests {

    @Test
    @Rule("7.1")
    default void rule07_aDrainingPodGetsNoNewSessionAndKeepsItsOwn() throws Exception {
        World.Pod pod = world().pod(4);
        Allocator other = world().another();
        Session running = pod.start(world().allocate());
        Allocation claimed = world().allocate();

        pod.hooks().drain();

        world().refused(AllocateReq.of(world().pool()));
        world().refused(other, AllocateReq.of(world().pool()));
        Session late = pod.start(claimed);
        assertThat(pod.server().sessions()).containsExactlyInAnyOrder(running, late);
        running.close();
        late.close();
        world().eventually(() -> assertThat(world().held()).isEmpty());
        world().refused(AllocateReq.of(world().pool()));
        assertThat(pod.server().awaitIdle(world().backend().patience())).isTrue();
    }

    @Test
    @Rule("7.1")
    default void rule07_newSessionsGoToThePodsThatDontDrain() throws Exception {
        World.Pod draining = world().pod(2);
        world().allocate();
        World.Pod open = world().pod(2);
        draining.hooks().drain();
        world().settle();

        List<Allocation> after = world().allocate(2);

        assertThat(after)
                .allSatisfy(allocation ->
                        assertThat(allocation.annotations()).containsEntry(Allocation.POD_ANNOTATION, open.name()));
    }

    @Test
    @Rule("7.2")
    default void rule07_aPodGetsSessionsOnlyWhileItIsReady() throws Exception {
        World.Pod pod = world().unreadyPod(2);
        world().refused(AllocateReq.of(world().pool()));

        pod.hooks().ready();
        world().settle();
        Session session = pod.start(world().allocate());

        pod.hooks().unready();
        world().refused(AllocateReq.of(world().pool()));
        assertThat(pod.server().sessions()).containsExactly(session);

        pod.hooks().ready();
        world().settle();
        world().allocate();
        assertThat(world().held()).hasSize(2);
    }

    @Test
    @Rule("7.3")
    default void rule07_aRemovedPodGetsNoNewSession() throws Exception {
        World.Pod pod = world().pod(2);
        Allocator other = world().another();
        world().allocate();
        world().settle(); // one that never saw a pod of the pool does not know it

        pod.hooks().remove();

        world().refused(AllocateReq.of(world().pool()));
        world().refused(other, AllocateReq.of(world().pool()));
        assertThat(world().held()).isEmpty();
    }

    @Test
    @Rule("7.3")
    default void rule07_aWaiterIsNotGivenASlotOfThePodThatGoes() throws Exception {
        World.Pod pod = world().pod(2);
        world().allocate(2);
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());

        pod.hooks().remove();
        world().settle();

        assertThat(waiter).isNotDone();
        World.Pod next = world().pod(1);
        assertThat(world().within(waiter).annotations()).containsEntry(Allocation.POD_ANNOTATION, next.name());
    }

    @Test
    @Rule("7.5")
    default void rule07_aWaiterIsNotGivenASlotOfAServerThatIsClosed() throws Exception {
        for (int round = 0; round < world().times(10); round++) {
            World.Pod pod = world().pod(2);
            List<Session> running = List.of(pod.start(world().allocate()), pod.start(world().allocate()));
            List<CompletableFuture<Allocation>> waiters =
                    List.of(world().waiter(world().patient()), world().waiter(world().patient()));

            pod.server().close();
            world().settle();

            World.Pod next = world().pod(2);
            for (CompletableFuture<Allocation> waiter : waiters) {
                Allocation allocation = world().within(waiter);
                assertThat(allocation.annotations()).containsEntry(Allocation.POD_ANNOTATION, next.name());
                next.start(allocation).close();
            }
            assertThat(running)
                    .allSatisfy(session ->
                            assertThat(session.ended().toCompletableFuture()).isDone());
            next.hooks().remove();
        }
    }

    @Test
    @Rule("7.2")
    default void rule07_aWaiterIsNotGivenASlotOfAPodThatRestarts() throws Exception {
        World.Pod pod = world().pod(1);
        world().allocate();
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());

        pod.hooks().restart();

        // By the new process, which says ready: its token is good there.
        Allocation allocation = world().within(waiter);
        assertThat(pod.start(allocation).id()).isEqualTo(allocation.sessionId());
        world().eventuallyHeld(allocation.sessionId());
    }

    @Test
    @Rule("7.4")
    default void rule07_aClaimThatRacesWithADrainStandsOrWasNeverMade() throws Exception {
        List<Allocator> allocators = world().allocators(2);
        Aim aim = new Aim();
        while (aim.again(world().times(60))) {
            World.Pod pod = world().pod(50);
            List<List<Allocation>> got = Racers.race(3, racer -> {
                List<Allocation> claims = new ArrayList<>();
                if (racer == 2) {
                    aim.pause();
                    pod.hooks().drain();
                    return claims;
                }
                aim.pauseOther();
                try {
                    for (int i = 0; i < 10; i++) {
                        claims.add(allocators.get(racer).allocate(AllocateReq.of(world().pool())));
                    }
                } catch (NoCapacityException drained) {
                    // none from now on
                }
                return claims;
            });
            world().refused(AllocateReq.of(world().pool()));
            List<Allocation> all = got.stream().flatMap(List::stream).toList();
            aim.wasFirst(all.isEmpty());
            world().eventuallyHeld(all.stream().map(Allocation::sessionId).toArray(String[]::new));
            for (Allocation allocation : all) {
                pod.start(allocation).close();
            }
            world().eventually(() -> assertThat(world().held()).isEmpty());
            pod.hooks().remove();
        }
    }

    @Test
    @Rule("7.4")
    default void rule07_noClaimLandsAfterThePodsWordHowEverEarlyItWasComputed() throws Exception {
        World.Pod pod = world().pod(40);
        List<Allocator> allocators = world().allocators(3);
        Aim aim = new Aim();
        while (aim.again(world().times(1_000))) {
            List<List<String>> got = Racers.race(4, racer -> {
                if (racer == 3) {
                    aim.pause();
                    pod.hooks().unready();
                    return world().heldIds();
                }
                aim.pauseOther();
                List<String> claims = new ArrayList<>();
                try {
                    for (int i = 0; i < 10; i++) {
                        claims.add(allocators
                                .get(racer)
                                .allocate(AllocateReq.of(world().pool()))
                                .sessionId());
                    }
                } catch (NoCapacityException closed) {
                    // none from now on
                }
                return claims;
            });
            List<String> heldAtTheWord = got.get(3);
            aim.wasFirst(heldAtTheWord.isEmpty());

            assertThat(heldAtTheWord).containsAll(world().heldIds());
            got.subList(0, 3).forEach(claims -> assertThat(heldAtTheWord).containsAll(claims));
            for (String claimed : heldAtTheWord) {
                world().allocator().release(world().pool(), claimed);
            }
            world().eventually(() -> assertThat(world().held()).isEmpty());
            pod.hooks().ready();
            world().settle();
        }
    }
}
