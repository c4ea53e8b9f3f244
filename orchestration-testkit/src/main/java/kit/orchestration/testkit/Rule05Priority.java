package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 5: priority, then arrival. */
interface Rule05Priority extends ContractTests {

    private AllocateReq.Builder waiting(int priority) {
        return world().request().priority(priority).maxWait(Duration.ofMinutes(10));
    }

    /**
     * A pod with one slot to have, of more than anybody here waits for: who would fill a whole pod may go beside others
     * on some backends.
     */
    private World.Pod podWithOneSlotToHave() throws InterruptedException {
        World.Pod pod = world().pod(12);
        for (Allocation allocation : world().allocate(11)) {
            pod.start(allocation);
        }
        return pod;
    }

    @Test
    @Rule("5.1")
    @Quote("influences pod-selection ordering when multiple pods are eligible. Higher wins")
    default void rule05_waitersOfAHigherPriorityGoFirst() throws Exception {
        List<Integer> priorities = new ArrayList<>(List.of(Integer.MIN_VALUE, -1, 0, 1, 2, 50, Integer.MAX_VALUE));
        Collections.shuffle(priorities, new Random(5));
        World.Pod pod = podWithOneSlotToHave();
        Session holder = pod.start(world().allocate());
        List<CompletableFuture<Allocation>> waiters = new ArrayList<>();
        for (int priority : priorities) {
            waiters.add(world().waiter(waiting(priority).build()));
        }

        world().settle();

        List<Integer> served = new ArrayList<>();
        for (int i = 0; i < priorities.size(); i++) {
            holder.close();
            int next = servedNext(waiters);
            served.add(priorities.get(next));
            holder = pod.start(waiters.get(next).join());
            waiters.set(next, new CompletableFuture<>());
        }

        assertThat(served).containsExactly(Integer.MAX_VALUE, 50, 2, 1, 0, -1, Integer.MIN_VALUE);
    }

    @Test
    @Rule("5.2")
    default void rule05_waitersOfTheSamePriorityGoInTheOrderInWhichTheyAsked() throws Exception {
        World.Pod pod = podWithOneSlotToHave();
        Session holder = pod.start(world().allocate());
        List<CompletableFuture<Allocation>> waiters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waiters.add(world().waiter(waiting(3).build()));
        }
        world().settle();

        for (int i = 0; i < 8; i++) {
            holder.close();
            assertThat(servedNext(waiters)).isEqualTo(i);
            holder = pod.start(waiters.get(i).join());
            waiters.set(i, new CompletableFuture<>());
        }
    }

    @Test
    @Rule({"5.1", "5.2"})
    default void rule05_slotsThatComeTogetherGoToTheFirstInLine() throws Exception {
        podWithOneSlotToHave();
        world().allocate();
        List<CompletableFuture<Allocation>> low = new ArrayList<>();
        List<CompletableFuture<Allocation>> high = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            low.add(world().waiter(waiting(1).build()));
            high.add(world().waiter(waiting(2).build()));
        }

        world().settle();

        world().pod(4);

        for (CompletableFuture<Allocation> future : high) {
            world().within(future);
        }
        world().within(low.get(0));
        world().settle();
        assertThat(low.get(1)).isNotDone();
        assertThat(low.get(2)).isNotDone();
        assertThat(world().waiting()).isEqualTo(2);
    }

    @Test
    @Rule("5.3")
    default void rule05_aNewcomerDoesNotTakeAWaitersSlot() throws Exception {
        World.Pod pod = podWithOneSlotToHave();
        Session holder = pod.start(world().allocate());
        Aim aim = new Aim();
        for (int round = 0; aim.again(world().times(300)); round++) {
            CompletableFuture<Allocation> waiter = world().waiter(waiting(1).build());
            world().settle();
            Session ending = holder;
            int priority = round % 2; // lower than the waiter's, or the same
            List<Boolean> waiterHadIt = Racers.race(3, racer -> {
                if (racer == 0) {
                    aim.pause();
                    ending.close();
                    return false;
                }
                aim.pauseOther();
                assertThatThrownBy(() -> world().allocator()
                                .allocate(world().request().priority(priority).build()))
                        .isInstanceOf(NoCapacityException.class);
                return waiter.isDone();
            });
            aim.wasFirst(waiterHadIt.contains(true));
            holder = pod.start(world().within(waiter));
        }
    }

    @Test
    @Rule("5.3")
    default void rule05_newcomersWhoWaitDoNotOvertakeOnAnyOfSeveralPods() throws Exception {
        twoNewcomersDoNotOvertake(2);
    }

    /** What holds at least, where what waits goes in groups of a pod's size: those who are fewer overtake nobody. */
    default void newcomersWhoAreFewerThanAPodsSlotsDoNotOvertake() throws Exception {
        twoNewcomersDoNotOvertake(4);
    }

    private void twoNewcomersDoNotOvertake(int capacity) throws Exception {
        List<Session> holders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            World.Pod pod = world().pod(capacity);
            for (Allocation allocation : world().allocate(capacity)) {
                holders.add(pod.start(allocation));
            }
        }
        for (int round = 0; round < world().times(100); round++) {
            List<CompletableFuture<Allocation>> waiters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiters.add(world().waiter(waiting(1).build()));
            }
            world().settle();
            Collections.shuffle(holders, new Random(round));
            List<CompletableFuture<Allocation>> newcomers = Racers.race(6, racer -> {
                if (racer < 4) {
                    holders.get(racer).close(); // as many as there are waiters
                    return new CompletableFuture<Allocation>();
                }
                return world().allocator().allocateAsync(waiting(racer % 2).build()); // less urgent, or later
            });
            world().eventually(() -> assertThat(waiters)
                    .as("waiters; newcomers are %s", newcomers)
                    .allMatch(CompletableFuture::isDone));
            for (int i = 0; i < 4; i++) {
                holders.set(i, world().start(waiters.get(i).join()));
            }
            world().settle();
            assertThat(newcomers).noneMatch(CompletableFuture::isDone);
            newcomers.forEach(newcomer -> newcomer.cancel(true));
            world().eventually(() -> assertThat(world().waiting()).isZero());
        }
    }

    @Test
    @Rule("5.4")
    default void rule05_aWaiterWhoMatchesNothingHoldsNobodyUp() throws Exception {
        world().pod(1, Map.of("region", "eu"));
        world().allocate();
        CompletableFuture<Allocation> forMars =
                world().waiter(waiting(9).selectors(Map.of("region", "mars")).build());
        CompletableFuture<Allocation> forAny = world().waiter(waiting(0).build());

        world().pod(2, Map.of("region", "us"));

        assertThat(world().within(forAny).sessionId()).isNotEmpty();
        world().allocate();
        assertThat(forMars).isNotDone();
    }

    /** The number of the one waiter that has been served; exactly one is. */
    private int servedNext(List<CompletableFuture<Allocation>> waiters) {
        world().eventually(() -> assertThat(waiters).anyMatch(CompletableFuture::isDone));
        world().settle();
        List<Integer> done = new ArrayList<>();
        for (int i = 0; i < waiters.size(); i++) {
            if (waiters.get(i).isDone()) {
                done.add(i);
            }
        }
        assertThat(done).hasSize(1);
        return done.get(0);
    }
}
