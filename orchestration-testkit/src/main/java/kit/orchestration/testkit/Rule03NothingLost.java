package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 3: no slot is lost. */
interface Rule03NothingLost extends ContractTests {

    private AllocateReq shortLived() {
        return world().request().claimTtl(Duration.ofSeconds(30)).build();
    }

    @Test
    @Rule("3.1")
    default void rule03_aClaimThatNobodyStartsIsFreeAfterItsTtl() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation claim = world().allocator().allocate(shortLived());
        world().eventuallyHeard(pod, "claimed " + claim.sessionId());

        world().advance(Duration.ofSeconds(30));

        world().eventuallyHeard(pod, "expired " + claim.sessionId());
        world().everySlotIsFree(2);
    }

    @Test
    @Rule("3.1")
    default void rule03_aClaimIsHeldForAsLongAsItsTtl() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation claim = world().allocator().allocate(shortLived());
        world().eventuallyHeard(pod, "claimed " + claim.sessionId());

        world().advance(Duration.ofMillis(29_999));
        world().settle();

        assertThat(world().heldIds()).containsExactly(claim.sessionId());
        world().refused(AllocateReq.of(world().pool()));
        assertThat(pod.start(claim).id()).isEqualTo(claim.sessionId());
    }

    @Test
    @Rule("3.2")
    default void rule03_aStartedSessionDoesNotExpire() throws Exception {
        World.Pod pod = world().pod(1);
        Session session = pod.start(world().allocator().allocate(shortLived()));

        world().advance(Duration.ofHours(3));
        world().settle();

        assertThat(world().heldIds()).containsExactly(session.id());
        assertThat(pod.server().sessions()).containsExactly(session);
        session.close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("3.3")
    default void rule03_aClaimOfADeadAllocatorExpires() throws Exception {
        World.Pod pod = world().pod(2);
        Allocator doomed = world().another();
        world().settle();
        Allocation claim = doomed.allocate(shortLived());
        world().eventuallyHeard(pod, "claimed " + claim.sessionId());

        world().backend().crash(doomed);
        assertThat(world().heldIds()).containsExactly(claim.sessionId());
        world().advance(Duration.ofSeconds(30));

        world().everySlotIsFree(2);
    }

    @Test
    @Rule("3.3")
    default void rule03_aClaimWhoseAnswerWasLostExpires() throws Exception {
        World.Pod pod = world().pod(2);
        world().backend().loseNextAnswer(world().allocator());

        assertThatThrownBy(() -> world().allocator().allocate(shortLived()))
                .isInstanceOfSatisfying(BackendException.class, failure -> {
                    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
                    assertThat(failure.retryable()).isTrue();
                });

        world().eventually(() -> assertThat(pod.log().claims()).hasSize(1));
        world().advance(Duration.ofSeconds(30));
        world().everySlotIsFree(2);
    }

    @Test
    @Rule("3.4")
    default void rule03_aPodThatCrashedHasAllItsSlotsFreeAfterItsRestart() throws Exception {
        World.Pod pod = world().pod(3);
        pod.start(world().allocate());
        world().allocate();

        pod.hooks().crash();
        pod.hooks().restart();

        world().everySlotIsFree(3);
    }

    @Test
    @Rule("3.4")
    default void rule03_aCrashInTheMiddleOfFreeingLosesNothing() throws Exception {
        World.Pod pod = world().pod(1); // a free that leaves room for nobody else may wait for others
        Session running = pod.start(world().allocate());
        Aim aim = new Aim();
        while (aim.again(world().times(100))) {
            Session ending = running;
            Racers.race(2, racer -> {
                if (racer == 0) {
                    aim.pause();
                    pod.hooks().crash();
                } else {
                    aim.pauseOther();
                    ending.close();
                }
                return true;
            });
            aim.wasFirst(!world().held().isEmpty());
            pod.hooks().restart();
            world().eventually(() -> assertThat(world().held()).isEmpty());
            running = pod.start(world().within(world().allocator().allocateAsync(world().patient())));
        }
        running.close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("3.5")
    default void rule03_aRemovedPodTakesItsSessionsWithItAndNothingElse() throws Exception {
        World.Pod first = world().pod(1);
        Allocation onFirst = world().allocate();
        world().pod(1);
        Allocation onSecond = world().allocate();

        first.hooks().remove();

        world().eventuallyHeld(onSecond.sessionId());
        world().refused(AllocateReq.of(world().pool()));
        world().allocator().release(onFirst);
        world().allocator().release(onSecond);
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("3.6")
    default void rule03_aClosedGameServerGivesBackAllThatItHeld() throws Exception {
        World.Pod pod = world().pod(2);
        Session running = pod.start(world().allocate());
        Allocation claimed = world().allocate();
        world().eventuallyHeard(pod, "claimed " + claimed.sessionId());

        pod.server().close();

        world().eventually(() -> assertThat(world().held()).isEmpty());
        world().eventuallyHeard(
                        pod,
                        "withdrawn " + claimed.sessionId(),
                        "ended " + running.id() + " " + EndReason.SERVER_CLOSED);
        world().refused(AllocateReq.of(world().pool()));
        pod.hooks().restart();
        world().everySlotIsFree(2);
    }
}
