package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 9: after {@code close}, waiters fail; sessions live on. */
interface Rule09Close extends ContractTests {

    @Test
    @Rule("9.1")
    @Quote("allocator closed")
    default void rule09_waitersFailWithAllocatorClosed() throws Exception {
        world().pod(1);
        world().allocate();
        CompletableFuture<Allocation> async = world().waiter(world().patient());
        List<Object> ends = Racers.race(2, racer -> {
            if (racer == 0) {
                world().eventually(() -> assertThat(world().waiting()).isEqualTo(2));
                world().allocator().close();
                return "closed";
            }
            try {
                return world().allocator().allocate(world().patient());
            } catch (AllocatorClosedException expected) {
                return expected;
            }
        });

        assertThat(ends.get(1)).isInstanceOf(AllocatorClosedException.class);
        assertThat(async)
                .failsWithin(world().backend().patience())
                .withThrowableThat()
                .withCauseInstanceOf(AllocatorClosedException.class);
    }

    @Test
    @Rule("9.2")
    default void rule09_callsAfterTheCloseFail() throws Exception {
        world().pod(2);
        Allocation allocation = world().allocate();
        Allocator closed = world().allocator();
        closed.close();
        closed.close();

        assertThatThrownBy(() -> closed.allocate(AllocateReq.of(world().pool())))
                .isInstanceOfSatisfying(AllocatorClosedException.class, error -> {
                    assertThat(error.pool()).isEqualTo(world().pool());
                    assertThat(error.request()).contains(AllocateReq.of(world().pool()));
                });
        assertThat(closed.allocateAsync(world().patient()))
                .failsWithin(world().backend().patience())
                .withThrowableThat()
                .withCauseInstanceOf(AllocatorClosedException.class);
        assertThatThrownBy(() -> closed.release(allocation)).isInstanceOf(AllocatorClosedException.class);
        assertThatThrownBy(() -> closed.status(world().pool())).isInstanceOf(AllocatorClosedException.class);
        assertThat(world().heldIds()).containsExactly(allocation.sessionId());
    }

    @Test
    @Rule("9.3")
    default void rule09_sessionsThatWereHandedOutLiveOn() throws Exception {
        World.Pod pod = world().pod(3);
        Allocator other = world().another();
        Allocation running = world().allocate();
        Session session = pod.start(running);
        Allocation claimed = world().allocate();
        Allocation released = world().allocate();

        world().allocator().close();
        assertThat(world().heldIds())
                .containsExactlyInAnyOrder(running.sessionId(), claimed.sessionId(), released.sessionId());

        assertThat(pod.server().join(running.token())).isSameAs(session);
        Session late = pod.start(claimed);
        other.release(released);
        world().eventuallyHeld(running.sessionId(), claimed.sessionId());
        other.release(running.pool(), running.sessionId());
        world().eventually(() -> assertThat(session.isRevoked()).isTrue());
        session.close();
        late.close();
        world().eventually(() -> assertThat(world().held()).isEmpty());
    }

    @Test
    @Rule("9.4")
    default void rule09_aRequestThatRacesWithTheCloseHasASlotOrNone() throws Exception {
        World.Pod pod = world().pod(20);
        Aim aim = new Aim();
        while (aim.again(world().times(60))) {
            Allocator closing = world().another();
            world().settle();
            List<List<Allocation>> got = Racers.race(4, racer -> {
                List<Allocation> mine = new ArrayList<>();
                if (racer == 0) {
                    aim.pause();
                    closing.close();
                    return mine;
                }
                aim.pauseOther();
                try {
                    for (int i = 0; i < 5; i++) {
                        mine.add(
                                racer == 1
                                        ? world().within(closing.allocateAsync(world().patient()))
                                        : closing.allocate(world().patient()));
                    }
                } catch (AllocatorClosedException closed) {
                    // the rest fails
                } catch (ExecutionException closed) {
                    assertThat(closed).hasCauseInstanceOf(AllocatorClosedException.class);
                }
                return mine;
            });
            List<Allocation> all = got.stream().flatMap(List::stream).toList();
            aim.wasFirst(all.isEmpty());
            world().eventuallyHeld(all.stream().map(Allocation::sessionId).toArray(String[]::new));
            for (Allocation allocation : all) {
                pod.start(allocation).close();
            }
            world().eventually(() -> assertThat(world().held()).isEmpty());
        }
        world().everySlotIsFree(20);
    }

    @Test
    @Rule("9.4")
    default void rule09_aRequestThatBeginsToWaitDuringTheCloseIsToldOfIt() throws Exception {
        world().pod(1);
        world().allocate();
        AtomicInteger waiting = new AtomicInteger();
        Aim aim = new Aim();
        while (aim.again(world().times(1_000))) {
            Allocator closing = world().another();
            closing.status(world().pool());
            world().settle();
            List<List<CompletableFuture<Allocation>>> waiters = Racers.race(3, racer -> {
                List<CompletableFuture<Allocation>> mine = new ArrayList<>();
                if (racer == 0) {
                    aim.pause();
                    waiting.set(closing.status(world().pool()).waiting());
                    closing.close();
                    return mine;
                }
                aim.pauseOther();
                for (int i = 0; i < 10; i++) {
                    mine.add(closing.allocateAsync(world().patient()));
                }
                return mine;
            });
            aim.wasFirst(waiting.get() == 0);
            assertThat(waiters.stream().flatMap(List::stream))
                    .allSatisfy(waiter -> assertThat(waiter)
                            .failsWithin(world().backend().patience())
                            .withThrowableThat()
                            .withCauseInstanceOf(AllocatorClosedException.class));
        }
    }
}
