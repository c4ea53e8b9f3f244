package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.Test;

/** Rule 1: a session id names one claim, for ever. */
interface Rule01Identity extends ContractTests {

    @Test
    @Rule("1.1")
    default void rule01_noTwoClaimsShareAnId() throws Exception {
        World.Pod pod = world().pod(8);
        world().pod(8);
        List<Allocator> allocators = world().allocators(3);
        List<String> ids = new ArrayList<>();
        for (int round = 0; round < world().times(50); round++) {
            Racers.race(6, racer -> {
                        List<Allocation> got = new ArrayList<>();
                        for (int i = 0; i < 2; i++) {
                            got.add(world().within(allocators.get(racer % 3).allocateAsync(world().patient())));
                        }
                        return got;
                    })
                    .forEach(some -> some.forEach(allocation -> {
                        ids.add(allocation.sessionId());
                        world().allocator().release(allocation);
                    }));
        }
        pod.hooks().restart();
        world().settle();
        ids.add(world().within(world().allocator().allocateAsync(world().patient()))
                .sessionId());
        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    @Rule("1.2")
    default void rule01_aLateReleaseDoesNotTouchTheSlotsNextSession() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation first = world().allocate();
        pod.start(first).close();
        Allocation second = world().within(world().allocator().allocateAsync(world().patient()));

        world().allocator().release(first);
        world().another().release(first.pool(), first.sessionId());
        world().settle();

        assertThat(world().heldIds()).containsExactly(second.sessionId());
        Session running = pod.start(second);
        world().allocator().release(first);
        world().settle();
        assertThat(running.isRevoked()).isFalse();
        assertThat(world().heldIds()).containsExactly(second.sessionId());
    }

    @Test
    @Rule("1.2")
    default void rule01_aDoubleReleaseFreesOneSlotOnce() throws Exception {
        world().pod(2);
        Allocation first = world().allocate();
        Allocation second = world().allocate();

        world().allocator().release(first);
        world().eventuallyHeld(second.sessionId());
        Allocation third = world().within(world().allocator().allocateAsync(world().patient()));
        world().allocator().release(first);
        world().allocator().release(first.pool(), first.sessionId());
        world().settle();

        assertThat(world().heldIds()).containsExactlyInAnyOrder(second.sessionId(), third.sessionId());
        world().refused(world().request().build());
    }

    @Test
    @Rule("1.2")
    default void rule01_releasesAtTheSameTimeFreeOneSlotOnce() throws Exception {
        world().pod(3);
        List<Allocator> allocators = world().allocators(2);
        Allocation kept = world().allocate();
        for (int round = 0; round < world().times(200); round++) {
            Allocation released = world().within(world().allocator().allocateAsync(world().patient()));
            Racers.race(4, racer -> {
                allocators.get(racer % 2).release(released);
                return true;
            });
            world().eventuallyHeld(kept.sessionId());
        }
    }

    @Test
    @Rule("1.3")
    default void rule01_aReleaseOfAnUnknownSessionDoesNothing() throws Exception {
        world().pod(1);
        Allocation allocation = world().allocate();

        world().allocator().release(world().pool(), "no-such-session");
        world().allocator().release(world().pool(), allocation.sessionId() + "x");
        world().settle();

        assertThat(world().heldIds()).containsExactly(allocation.sessionId());
    }

    @Test
    @Rule("1.3")
    default void rule01_aReleaseThroughAnotherPoolDoesNothing() throws Exception {
        world().pod(1);
        String other = world().backend().newPool();
        world().podOf(other, 1, Map.of());
        Allocation allocation = world().allocate();

        world().allocator().release(other, allocation.sessionId());
        world().settle();

        assertThat(world().heldIds()).containsExactly(allocation.sessionId());
        assertThatThrownBy(() -> world().allocator().release(world().backend().newPool(), allocation.sessionId()))
                .isInstanceOf(UnknownPoolException.class);
    }

    @Test
    @Rule("1.4")
    default void rule01_aSecondCloseDoesNotTouchTheSlotsNextSession() throws Exception {
        World.Pod pod = world().pod(1);
        Session first = pod.start(world().allocate());
        first.close();
        Allocation second = world().within(world().allocator().allocateAsync(world().patient()));
        Session running = pod.start(second);

        first.close();
        world().settle();

        assertThat(world().heldIds()).containsExactly(second.sessionId());
        assertThat(pod.server().sessions()).containsExactly(running);
    }

    @Test
    @Rule("1.5")
    default void rule01_anEndedSessionsTokenOpensNothing() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation first = world().allocate();
        pod.start(first).close();
        Allocation second = world().within(world().allocator().allocateAsync(world().patient()));

        assertThatThrownBy(() -> pod.start(first))
                .isInstanceOfSatisfying(
                        TokenRefusedException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(Reason.ENDED));
        pod.start(second);
        assertThatThrownBy(() -> pod.server().join(first.token())).isInstanceOf(TokenRefusedException.class);
    }
}
