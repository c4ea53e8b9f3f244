package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * A pool of two pods, a with one slot and b with two, used from several threads: whatever they see could have come from
 * one thread after the other, using {@link Model}.
 */
@Param(name = "pod", gen = IntGen.class, conf = "0:2")
public final class PoolLincheckTest {

    private static final String NONE = "none";
    private static final List<AllocateReq> REQUESTS =
            List.of(request(Map.of("pod", "a")), request(Map.of("pod", "b")), request(Map.of()));

    private final Ledger ledger = new Ledger(Runnable::run, () -> Ledger.Fate.APPLIED);
    private final Pool<Ledger.Row> pool = TestPool.of(GroupLimit.NONE, new ManualTime(), ledger);
    private final Map<Integer, Deque<String>> sessions = new ConcurrentHashMap<>();
    private final AtomicLong arrivals = new AtomicLong();

    /** The pods, ready. */
    public PoolLincheckTest() {
        ledger.open(pool);
        pool.listed();
        // From here on there is an index for each request, so that which pod changed last is the same in all of them.
        for (int request = 0; request < REQUESTS.size(); request++) {
            allocate(request, 0);
        }
        ledger.add("a", 1, Map.of("pod", "a"));
        ledger.add("b", 2, Map.of("pod", "b"));
    }

    /** Claims a slot: on pod 0, on pod 1, or on any. */
    @Operation
    public String allocate(@Param(name = "pod") int pod, @Param(gen = ThreadIdGen.class) int thread) {
        Call call = new Call(REQUESTS.get(pod), null, pool, arrivals.getAndIncrement(), 0);
        pool.place(call);
        if (!call.isSettled()) {
            pool.overdue(call);
        }
        Claim claim = call.outcome().exceptionally(refused -> null).join();
        if (claim == null) {
            return NONE;
        }
        sessions.computeIfAbsent(thread, t -> new ArrayDeque<>()).push(claim.sessionId());
        return claim.podName() + claim.slot().getAsInt();
    }

    /** Ends what this thread claimed last. */
    @Operation
    public void release(@Param(gen = ThreadIdGen.class) int thread) {
        Deque<String> mine = sessions.get(thread);
        String session = mine == null ? null : mine.poll();
        if (session != null) {
            ledger.free(session);
        }
    }

    @Test
    void threadsUnderStressSeeWhatOneThreadCould() {
        new StressOptions()
                .sequentialSpecification(Model.class)
                .iterations(20)
                .invocationsPerIteration(100)
                .threads(3)
                .actorsPerThread(3)
                .check(PoolLincheckTest.class);
    }

    private static AllocateReq request(Map<String, String> selectors) {
        return AllocateReq.builder("duel").selectors(selectors).build();
    }

    /** The same for one thread: pods by when their room last changed. */
    public static class Model {

        private final List<ModelPod> pods = new ArrayList<>();
        private final Map<Integer, Deque<Held>> sessions = new HashMap<>();

        private record Held(ModelPod pod, int slot) {}

        /** The pods, ready. */
        public Model() {
            pods.add(new ModelPod("b", 2));
            pods.add(new ModelPod("a", 1));
        }

        /** The fullest pod with room; of two the one whose room changed last. */
        public String allocate(int pod, int thread) {
            ModelPod best = null;
            for (ModelPod each : pods) {
                boolean matches = pod == 2 || each.name.equals(pod == 0 ? "a" : "b");
                if (matches && each.room() > 0 && (best == null || each.room() < best.room())) {
                    best = each;
                }
            }
            if (best == null) {
                return NONE;
            }
            int slot = best.held.contains(0) ? 1 : 0;
            best.held.add(slot);
            changed(best);
            sessions.computeIfAbsent(thread, t -> new ArrayDeque<>()).push(new Held(best, slot));
            return best.name + slot;
        }

        /** Does nothing if the thread has none. */
        public void release(int thread) {
            Deque<Held> mine = sessions.get(thread);
            Held last = mine == null ? null : mine.poll();
            if (last != null) {
                last.pod.held.remove(last.slot);
                changed(last.pod);
            }
        }

        private void changed(ModelPod pod) {
            pods.remove(pod);
            pods.add(0, pod);
        }
    }

    private static final class ModelPod {
        private final String name;
        private final int capacity;
        private final Set<Integer> held = new HashSet<>();

        ModelPod(String name, int capacity) {
            this.name = name;
            this.capacity = capacity;
        }

        int room() {
            return capacity - held.size();
        }
    }
}
