package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import org.jetbrains.lincheck.datastructures.BooleanGen;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * A pool of two pods, a with one slot and b with two, used from several threads: whatever they see could have come from
 * one thread after the other, using {@link Model}.
 */
@Param(name = "pod", gen = IntGen.class, conf = "0:2")
@Param(name = "slot", gen = IntGen.class, conf = "0:2")
public class PoolLincheckTest {

    private static final List<String> SLOTS = List.of("a0", "b0", "b1");
    private static final String NONE = "none";
    private static final List<AllocateReq> REQUESTS =
            List.of(request(Map.of("pod", "a")), request(Map.of("pod", "b")), request(Map.of()));

    private final Ledger ledger = new Ledger(Runnable::run, () -> Ledger.Fate.APPLIED);
    private final Pool<Ledger.Row> pool =
            new Pool<>(TestPool.settings(GroupLimit.NONE, Placement.PACKED, 10, true, new ManualTime()), ledger);
    private final List<Ledger.Row> pods = new ArrayList<>();
    private final Map<String, String> sessions = new ConcurrentHashMap<>();
    private final AtomicLong arrivals = new AtomicLong();

    /** The pods, ready. */
    public PoolLincheckTest() {
        ledger.open(pool);
        // From here on there is an index for each request, so that which pod changed last is the same in all of them.
        for (int request = 0; request < REQUESTS.size(); request++) {
            allocate(request);
        }
        pods.add(ledger.add("a", 1, Map.of("pod", "a")));
        pods.add(ledger.add("b", 2, Map.of("pod", "b")));
    }

    /** Claims a slot: on pod 0, on pod 1, or on any. */
    @Operation
    public String allocate(@Param(name = "pod") int pod) {
        Call call = new Call(REQUESTS.get(pod), pool, arrivals.getAndIncrement(), 0);
        pool.place(call);
        if (!call.isSettled()) {
            pool.overdue(call);
        }
        if (call.outcome().isCompletedExceptionally()) {
            return NONE;
        }
        Claim claim = call.outcome().join();
        String slot = claim.podName() + claim.slot().getAsInt();
        sessions.put(slot, claim.sessionId());
        return slot;
    }

    /** Ends the session in a slot. */
    @Operation
    public void release(@Param(name = "slot") int slot) {
        String session = sessions.remove(SLOTS.get(slot));
        if (session != null) {
            ledger.free(session);
        }
    }

    /** A pod is ready, or is no more. */
    @Operation
    public void ready(@Param(name = "slot") int slot, @Param(gen = BooleanGen.class) boolean ready) {
        Ledger.Row row = pods.get(slot == 0 ? 0 : 1);
        ledger.set(row, ready ? PodState.READY : PodState.NOT_READY, Map.of("pod", row.name()));
    }

    @Test
    void threadsUnderStressSeeWhatOneThreadCould() {
        new StressOptions()
                .sequentialSpecification(Model.class)
                .iterations(15)
                .invocationsPerIteration(200)
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

        /** The pods, ready. */
        public Model() {
            pods.add(new ModelPod("b", 2));
            pods.add(new ModelPod("a", 1));
        }

        /** The fullest pod with room; of two the one whose room changed last. */
        public String allocate(int pod) {
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
            return best.name + slot;
        }

        /** Does nothing if the slot is free. */
        public void release(int slot) {
            ModelPod pod = pod(slot);
            if (pod.held.remove(slot == 2 ? 1 : 0) && pod.ready) {
                changed(pod);
            }
        }

        /** Does nothing if it is so. */
        public void ready(int slot, boolean ready) {
            ModelPod pod = pod(slot);
            if (pod.ready != ready) {
                pod.ready = ready;
                changed(pod);
            }
        }

        private ModelPod pod(int slot) {
            return pods.get(0).name.equals(slot == 0 ? "a" : "b") ? pods.get(0) : pods.get(1);
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
        private boolean ready = true;

        ModelPod(String name, int capacity) {
            this.name = name;
            this.capacity = capacity;
        }

        int room() {
            return ready ? capacity - held.size() : 0;
        }
    }
}
