package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.Token;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rule 2: no slot is ever held by two sessions. */
interface Rule02OneHolder extends ContractTests {

    @Test
    @Rule("2.1")
    default void rule02_threadsOfOneAllocatorNeverShareASlot() throws Exception {
        for (int round = 0; round < world().times(30); round++) {
            raceForTooFewSlots(List.of(world().allocator()));
        }
    }

    @Test
    @Rule("2.2")
    default void rule02_severalAllocatorsNeverShareASlot() throws Exception {
        List<Allocator> allocators = world().allocators(4);
        for (int round = 0; round < world().times(30); round++) {
            raceForTooFewSlots(allocators);
        }
    }

    private void raceForTooFewSlots(List<Allocator> allocators) throws Exception {
        World.Pod one = world().pod(5);
        World.Pod two = world().pod(7);
        List<Allocation> got = Racers.race(8, racer -> claimFour(allocators.get(racer % allocators.size()))).stream()
                .flatMap(List::stream)
                .toList();

        assertThat(got).hasSize(12);
        assertThat(got).extracting(Allocation::sessionId).doesNotHaveDuplicates();
        assertThat(world().heldIds())
                .containsExactlyInAnyOrderElementsOf(
                        got.stream().map(Allocation::sessionId).toList());
        if (world().held().stream().allMatch(held -> held.slot() >= 0)) {
            assertThat(world().held())
                    .extracting(held -> held.pod() + "/" + held.slot())
                    .doesNotHaveDuplicates();
        }
        one.hooks().remove();
        two.hooks().remove();
        world().settle();
    }

    private List<Allocation> claimFour(Allocator allocator) {
        return IntStream.range(0, 4)
                .mapToObj(i -> claimOrNothing(allocator))
                .filter(Objects::nonNull)
                .toList();
    }

    private @Nullable Allocation claimOrNothing(Allocator allocator) {
        try {
            return allocator.allocate(AllocateReq.of(world().pool()));
        } catch (NoCapacityException full) {
            return null;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Rule("2.3")
    default void rule02_thePodSeesEverySessionInASlotOfItsOwn() throws Exception {
        World.Pod pod = world().pod(4);
        for (int round = 0; round < 3; round++) {
            List<Session> sessions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                sessions.add(pod.start(world().within(world().allocator().allocateAsync(world().patient()))));
            }
            assertThat(sessions).extracting(Session::slot).containsExactlyInAnyOrder(0, 1, 2, 3);
            for (HeldSlot held : world().held()) {
                if (held.slot() >= 0) {
                    assertThat(sessions)
                            .anySatisfy(session -> assertThat(session.id() + session.slot())
                                    .isEqualTo(held.sessionId() + held.slot()));
                }
            }
            // Not in the order in which they were claimed, so that slots are reused crosswise.
            for (int i : new int[] {2, 0, 3, 1}) {
                sessions.get(i).close();
            }
            world().eventually(() -> assertThat(world().held()).isEmpty());
        }
    }

    @Test
    @Rule("2.4")
    default void rule02_whatADeadProcessHeldIsOverForTheNextOne() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation claimed = world().allocate();
        Session running = pod.start(world().allocate());

        pod.hooks().restart();
        world().settle();
        Allocation next = world().within(world().allocator().allocateAsync(world().patient()));
        Allocation afterNext = world().within(world().allocator().allocateAsync(world().patient()));
        pod.start(next);
        running.close(); // by the dead process
        world().allocator().release(claimed);
        world().settle();

        assertThat(world().heldIds()).containsExactlyInAnyOrder(next.sessionId(), afterNext.sessionId());
        assertThatThrownBy(() -> pod.start(claimed)).isInstanceOf(TokenRefusedException.class);
        assertThat(pod.start(afterNext).id()).isEqualTo(afterNext.sessionId());
    }

    @Test
    @Rule("2.4")
    default void rule02_whatAReplacedProcessSaysIsOfNoEffectOnItsSuccessor() throws Exception {
        World.Pod pod = world().pod(2);
        GameServer old = pod.server();
        Allocation started = world().allocate();
        Session running = pod.start(started);
        Allocation claimed = world().allocate();
        assumeTrue(pod.hooks().takeOver(), "a pod of this backend never has two processes");
        world().settle();
        world().eventuallyHeard(pod, "withdrawn " + claimed.sessionId(), "ended " + running.id() + " SERVER_CLOSED");
        assertLetsNobodyIn(old, started.token());
        assertLetsNobodyIn(old, claimed.token());

        inVain(old::ready);
        world().refused(AllocateReq.of(world().pool())); // the successor has not said so
        pod.hooks().ready();
        world().settle();
        inVain(old::unready);
        world().settle();
        Allocation next = world().allocate();
        inVain(old::drain);
        world().settle();
        Allocation afterNext = world().allocate();
        running.close();
        inVain(old::shutdown);
        assertLetsNobodyIn(old, next.token());
        old.close();
        world().settle();

        assertThat(pod.log().events())
                .as("each is told once how it ended")
                .filteredOn(event -> event.contains(started.sessionId()) || event.contains(claimed.sessionId()))
                .hasSize(4);

        assertThat(world().heldIds()).containsExactlyInAnyOrder(next.sessionId(), afterNext.sessionId());
        assertThat(pod.start(next).id()).isEqualTo(next.sessionId());
        assertThat(pod.start(afterNext).id()).isEqualTo(afterNext.sessionId());
    }

    private static void assertLetsNobodyIn(GameServer server, Token token) {
        assertThatThrownBy(() -> server.start(token)).isInstanceOf(TokenRefusedException.class);
        assertThatThrownBy(() -> server.join(token)).isInstanceOf(TokenRefusedException.class);
        assertThat(server.enter(token))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(TokenRefusedException.class);
        assertThat(server.sessions()).isEmpty();
    }

    /** A process that was replaced may be told so by the platform, which its word reached; or not. */
    private static void inVain(Runnable word) {
        try {
            word.run();
        } catch (PlatformException replaced) {
            assertThat(replaced).hasMessageContaining("another process");
        }
    }

    @Test
    @Rule("2.4")
    default void rule02_restartsWhileAllocatorsClaimLeaveOneHolderForEachSlot() throws Exception {
        World.Pod pod = world().pod(3);
        List<Allocator> allocators = world().allocators(2);
        world().settle(); // or the second may be told of the pod only when it is back, and know no such pool until then
        Aim aim = new Aim();
        while (aim.again(world().times(40))) {
            world().allocator().allocate(world().patient());
            List<String> got = Racers.race(3, racer -> {
                if (racer == 2) {
                    aim.pause();
                    pod.hooks().restart();
                    return "";
                }
                aim.pauseOther();
                return world().within(allocators.get(racer).allocateAsync(world().patient()))
                        .sessionId();
            });
            world().settle();
            assertThat(got).containsAll(world().heldIds()); // what was there before is over
            aim.wasFirst(world().held().size() == 2);
            // Whatever was claimed after the restart, the new process knows of: the rest of its slots are free.
            int free = 3 - world().held().size();
            for (int i = 0; i < free; i++) {
                pod.start(world().within(world().allocator().allocateAsync(world().patient())));
            }
            assertThat(world().held()).hasSize(3);
            pod.hooks().restart();
            world().settle();
        }
    }
}
