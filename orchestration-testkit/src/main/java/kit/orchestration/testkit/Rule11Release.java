package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.Test;

/** Rule 11: a release from outside ends a claim; a running session is told. */
interface Rule11Release extends ContractTests {

    @Test
    @Rule("11.1")
    default void rule11_aClaimThatNobodyHasStartedEndsAtOnce() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocate();
        world().eventuallyHeard(pod, "claimed " + allocation.sessionId());

        world().allocator().release(allocation);

        world().eventually(() -> assertThat(world().held()).isEmpty());
        world().eventuallyHeard(pod, "withdrawn " + allocation.sessionId());
        TokenRefusedException refusal = catchThrowableOfType(TokenRefusedException.class, () -> pod.start(allocation));
        assertThat(refusal.reason()).isEqualTo(Reason.ENDED);
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("11.2")
    default void rule11_aRunningSessionIsToldAndHoldsItsSlotUntilItIsClosed() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocate();
        Session session = pod.start(allocation);

        world().allocator().release(allocation);
        world().allocator().release(allocation);

        world().eventuallyHeard(pod, "revoked " + session.id());
        assertThat(session.isRevoked()).isTrue();
        assertThat(world().heldIds()).containsExactly(session.id());
        world().refused(AllocateReq.of(world().pool()));
        assertThat(pod.server().join(allocation.token())).isSameAs(session);

        session.close();

        assertThat(session.ended().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEqualTo(EndReason.REVOKED);
        world().everySlotIsFree(1);
        assertThat(pod.log().events())
                .filteredOn(event -> event.equals("revoked " + session.id()))
                .hasSize(1);
    }

    @Test
    @Rule("11.3")
    default void rule11_anotherAllocatorCanReleaseIt() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation claimed = world().allocate();
        Allocation running = world().allocate();
        Session session = pod.start(running);
        Allocator other = world().another();

        other.release(world().pool(), claimed.sessionId());
        other.release(world().pool(), running.sessionId());

        world().eventuallyHeld(running.sessionId());
        world().eventuallyHeard(pod, "withdrawn " + claimed.sessionId(), "revoked " + running.sessionId());
        session.close();
        world().everySlotIsFree(2);
    }

    @Test
    @Rule("11.4")
    default void rule11_aReleaseThatRacesWithTheStartPreventsOrRevokes() throws Exception {
        World.Pod pod = world().pod(2);
        Aim aim = new Aim();
        while (aim.again(world().times(500))) {
            Allocation allocation = world().within(world().allocator().allocateAsync(world().patient()));
            List<Object> results = Racers.race(2, racer -> {
                if (racer == 0) {
                    aim.pause();
                    world().allocator().release(allocation);
                    return "released";
                }
                aim.pauseOther();
                try {
                    return pod.start(allocation);
                } catch (TokenRefusedException refused) {
                    return refused.reason();
                }
            });
            if (results.get(1) instanceof Session session) {
                world().eventually(() -> assertThat(session.isRevoked()).isTrue());
                session.close();
            } else {
                assertThat(results.get(1)).isIn(Reason.ENDED, Reason.UNKNOWN_SESSION);
            }
            aim.wasFirst(!(results.get(1) instanceof Session));
            world().eventually(() -> assertThat(world().held()).isEmpty());
        }
        world().everySlotIsFree(2);
    }
}
