package kit.orchestration.local;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.Allocator;
import kit.orchestration.PodAddress;
import kit.orchestration.testkit.ContractBackend;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.HeldSlot;
import kit.orchestration.testkit.PodSpec;

/** The backend in process, for its contract. Its store is looked at directly; its time is a manual clock. */
final class LocalBackend implements ContractBackend {

    private final ManualClock clock = new ManualClock();
    /** Keeps the store open while the test's own allocators come and go. */
    private final LocalAllocator keeper = LocalAllocator.builder().clock(clock).build();

    private final List<LocalContractPod> pods = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();

    @Override
    public String name() {
        return "Local";
    }

    @Override
    public String newPool() {
        return "pool-" + numbers.incrementAndGet();
    }

    @Override
    public Allocator newAllocator() {
        return keeper.peer();
    }

    @Override
    public void loseNextAnswer(Allocator allocator) {
        ((LocalAllocator) allocator).failNext(LocalFailure.CLAIM_ANSWER_LOST);
    }

    @Override
    public ContractPod addPod(PodSpec spec) {
        ContractPod pod = addUnreadyPod(spec);
        pod.ready();
        return pod;
    }

    @Override
    public ContractPod addUnreadyPod(PodSpec spec) {
        PodAddress address = new PodAddress("127.0.0.1", 10_000 + numbers.incrementAndGet());
        LocalContractPod pod = new LocalContractPod(keeper, spec, address);
        pods.add(pod);
        return pod;
    }

    @Override
    public void advance(Duration duration) {
        clock.advance(duration);
    }

    @Override
    public void settle() {
        // Allocators are told of each change by the thread that makes it.
    }

    @Override
    public List<HeldSlot> held(String pool) {
        LocalLedger ledger = keeper.store().ledger(pool);
        return ledger == null
                ? List.of()
                : ledger.held().stream()
                        .map(held -> new HeldSlot(held.record.name, held.slot, held.sessionId))
                        .toList();
    }

    @Override
    public void close() {
        pods.forEach(LocalContractPod::close);
        keeper.close();
    }
}
