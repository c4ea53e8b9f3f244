package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.matching.Candidates;

/** A pool for tests: its time stands still, its writes are answered by the test. */
final class TestPool {

    static final GroupLimit GROUPS = new GroupLimit(100, Duration.ofMillis(10), 16);

    final ManualTime time = new ManualTime();
    final Writes writes = new Writes();
    final Pool<String> pool;
    private final List<Pod<String>> pods = new ArrayList<>();
    private long arrivals;
    private long revision;

    TestPool(GroupLimit limit) {
        this(limit, Placement.PACKED, 1_000, true);
    }

    TestPool(GroupLimit limit, Placement placement, int waitingLimit, boolean listed) {
        pool = new Pool<>(settings(new Pool.Rules(placement, limit, waitingLimit, 0), time), writes);
        if (listed) {
            pool.listed();
        }
    }

    static Pool.Settings settings(Pool.Rules rules, ManualTime time) {
        return new Pool.Settings("duel", rules, new SessionIds(new Random(1)), time::nanoTime);
    }

    /** A pool of a test's own backend, packed; it is not listed yet. */
    static <H> Pool<H> of(GroupLimit limit, ManualTime time, Committer<H> backend) {
        return new Pool<>(settings(new Pool.Rules(Placement.PACKED, limit, 1_000, 0), time), backend);
    }

    /** A pod that is ready. */
    Pod<String> pod(String name, int capacity) {
        return pod(name, capacity, Map.of());
    }

    Pod<String> pod(String name, int capacity, Map<String, String> labels) {
        Pod<String> pod = pool.pod(name, name, new long[capacity]);
        pods.add(pod);
        update(pod, PodState.READY, labels);
        return pod;
    }

    void update(Pod<String> pod, PodState state, Map<String, String> labels) {
        pool.update(pod, revision++, state, labels);
    }

    /** A call that was not placed yet. */
    Call call(UnaryOperator<AllocateReq.Builder> request) {
        AllocateReq made = request.apply(AllocateReq.builder("duel")).build();
        return new Call(made, made.requestId(), pool, arrivals++, time.nanoTime());
    }

    /** A call that waits for no room. */
    Call place() {
        return place(request -> request);
    }

    /** Places a call as the allocator does. */
    Call place(UnaryOperator<AllocateReq.Builder> request) {
        Call call = call(request);
        pool.place(call);
        if (!call.isSettled() && call.request().maxWait().isZero()) {
            pool.overdue(call);
        }
        return call;
    }

    /** A call that waits a minute for room. */
    Call placeWaiting() {
        return place(TestPool::patient);
    }

    static AllocateReq.Builder patient(AllocateReq.Builder request) {
        return request.maxWait(Duration.ofMinutes(1));
    }

    /** The caller goes. */
    void giveUp(Call call) {
        call.abandon();
        pool.withdraw(call, false);
    }

    int waiting() {
        return pool.status(Optional.empty()).waiting();
    }

    /** All is as if no call had ever come, but for the slots that are held. */
    void assertNoResidue(int held) {
        assertThat(waiting()).as("waiting").isZero();
        assertThat(writes.underWay).as("writes under way").isEmpty();
        assertThat(pods.stream()
                        .mapToInt(pod -> pod.capacity() - Candidates.freeSlots(pod.candidate()))
                        .sum())
                .as("slots that are not free")
                .isEqualTo(held);
        assertThat(pods).allSatisfy(pod -> {
            assertThat(Candidates.isAtRest(pod.candidate())).as("at rest").isTrue();
        });
        assertThat(pool.status(Optional.empty()).claimed().orElse(0)).isEqualTo(held);
    }

    static Claim claimOf(Call call) {
        assertThat(call.outcome()).isCompleted();
        return call.outcome().join();
    }

    static Throwable errorOf(Call call) {
        assertThat(call.outcome()).isCompletedExceptionally();
        try {
            return new AssertionError("succeeded: " + call.outcome().get());
        } catch (ExecutionException failed) {
            return failed.getCause();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Runs a task with so little stack that a recursion over a few thousand steps overflows it. */
    static void onSmallStack(Runnable task) {
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = new Thread(null, task, "small stack", 256 * 1024);
        thread.setUncaughtExceptionHandler((t, error) -> thrown.add(error));
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        assertThat(thrown).isEmpty();
    }
}
