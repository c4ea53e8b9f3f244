package kit.orchestration.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import kit.orchestration.AllocateReq;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * A pod with two slots, used from several threads, some of which wait for room and give up, with writes that gather:
 * what they see could have come from one thread after the other, using {@link Model}.
 */
public final class WaitersLincheckTest {

    private static final GroupLimit GROUPS = new GroupLimit(2, Duration.ofDays(1), 1);

    private final Ledger ledger = new Ledger(Runnable::run, () -> Ledger.Fate.APPLIED);
    private final Pool<Ledger.Row> pool = TestPool.of(GROUPS, new ManualTime(), ledger);
    private final Map<Integer, Deque<String>> sessions = new ConcurrentHashMap<>();
    private final Map<Integer, Deque<Call>> waiters = new ConcurrentHashMap<>();
    private final AtomicLong arrivals = new AtomicLong();

    /** The pod, ready. */
    public WaitersLincheckTest() {
        ledger.open(pool);
        pool.listed();
        ledger.add("pod", 2, Map.of());
    }

    /** Whether there was a slot. */
    @Operation
    public boolean allocate(@Param(gen = ThreadIdGen.class) int thread) {
        Call call = place(request -> request);
        if (!call.isSettled()) {
            pool.overdue(call);
        }
        Claim claim = call.outcome().exceptionally(refused -> null).join();
        if (claim != null) {
            sessions.computeIfAbsent(thread, t -> new ArrayDeque<>()).push(claim.sessionId());
        }
        return claim != null;
    }

    /** Ends what this thread allocated last. */
    @Operation
    public void release(@Param(gen = ThreadIdGen.class) int thread) {
        String session =
                sessions.computeIfAbsent(thread, t -> new ArrayDeque<>()).poll();
        if (session != null) {
            ledger.free(session);
        }
    }

    /**
     * Waits for a slot, not here. Before whoever asks not to wait: between its coming and its being overdue that one
     * waits, too, and what goes free meanwhile is its own, if it came first; which for one thread is nothing that can
     * be.
     */
    @Operation
    public void await(@Param(gen = ThreadIdGen.class) int thread) {
        waiters.computeIfAbsent(thread, t -> new ArrayDeque<>())
                .push(place(request -> TestPool.patient(request).priority(1)));
    }

    /** Gives up what this thread waits for, or has come by so. */
    @Operation
    public void giveUp(@Param(gen = ThreadIdGen.class) int thread) {
        Call call = waiters.computeIfAbsent(thread, t -> new ArrayDeque<>()).poll();
        if (call != null && !pool.withdraw(call, false)) {
            ledger.free(call.outcome().join().sessionId());
        }
    }

    @Test
    void threadsUnderStressSeeWhatOneThreadCould() {
        new StressOptions()
                .sequentialSpecification(Model.class)
                .iterations(20)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(4)
                .check(WaitersLincheckTest.class);
    }

    private Call place(UnaryOperator<AllocateReq.Builder> request) {
        Call call =
                new Call(request.apply(AllocateReq.builder("duel")).build(), null, pool, arrivals.getAndIncrement(), 0);
        pool.place(call);
        return call;
    }

    /** The same for one thread. */
    public static class Model {

        private final Map<Integer, Integer> allocated = new HashMap<>();
        private final Map<Integer, Deque<Object>> waiters = new HashMap<>();
        private final List<Object> waiting = new ArrayList<>();
        private int free = 2;

        /** Only if there is a slot. */
        public boolean allocate(int thread) {
            if (free == 0) {
                return false;
            }
            free--;
            allocated.merge(thread, 1, Integer::sum);
            return true;
        }

        /** Does nothing if the thread has none. */
        public void release(int thread) {
            if (allocated.getOrDefault(thread, 0) > 0) {
                allocated.merge(thread, -1, Integer::sum);
                goesFree();
            }
        }

        /** Takes a slot, or a place in the queue. */
        public void await(int thread) {
            Object waiter = new Object();
            waiters.computeIfAbsent(thread, t -> new ArrayDeque<>()).push(waiter);
            if (free > 0) {
                free--;
            } else {
                waiting.add(waiter);
            }
        }

        /** Does nothing if the thread has none. */
        public void giveUp(int thread) {
            Object waiter =
                    waiters.computeIfAbsent(thread, t -> new ArrayDeque<>()).poll();
            if (waiter != null && !waiting.remove(waiter)) {
                goesFree();
            }
        }

        private void goesFree() {
            if (waiting.isEmpty()) {
                free++;
            } else {
                waiting.remove(0);
            }
        }
    }
}
