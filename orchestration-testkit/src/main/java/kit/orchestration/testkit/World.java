package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** One test's pool, allocators and pods, and the few words that the tests are written in. Safe for any number of threads. */
final class World implements AutoCloseable {

    /** A pod with what it heard. */
    record Pod(ContractPod hooks, PodLog log) {
        String name() {
            return hooks.name();
        }

        GameServer server() {
            return hooks.server();
        }

        Session start(Allocation allocation) throws InterruptedException {
            return server().start(allocation.token());
        }
    }

    private final ContractBackend backend;
    private final String pool;
    private final Allocator allocator;
    private final List<Allocator> allocators = new CopyOnWriteArrayList<>();
    private final List<Pod> pods = new CopyOnWriteArrayList<>();

    World(ContractBackend backend) {
        this.backend = backend;
        this.pool = backend.newPool();
        this.allocator = another();
    }

    ContractBackend backend() {
        return backend;
    }

    String pool() {
        return pool;
    }

    Allocator allocator() {
        return allocator;
    }

    Allocator another() {
        Allocator another = backend.newAllocator();
        allocators.add(another);
        return another;
    }

    /** So many allocators, {@link #allocator()} among them. */
    List<Allocator> allocators(int count) {
        List<Allocator> some = new ArrayList<>(List.of(allocator));
        while (some.size() < count) {
            some.add(another());
        }
        return some;
    }

    Pod pod(int capacity) {
        return pod(capacity, Map.of());
    }

    Pod pod(int capacity, Map<String, String> labels) {
        return podOf(pool, capacity, labels);
    }

    Pod podOf(String inPool, int capacity, Map<String, String> labels) {
        PodLog log = new PodLog();
        return known(new Pod(backend.addPod(new PodSpec(inPool, capacity, labels, () -> log)), log));
    }

    Pod unreadyPod(int capacity) {
        PodLog log = new PodLog();
        return known(new Pod(backend.addUnreadyPod(new PodSpec(pool, capacity, Map.of(), () -> log)), log));
    }

    private Pod known(Pod pod) {
        pods.add(pod);
        settle();
        return pod;
    }

    /** The pod that an allocation is on. */
    Pod podOf(Allocation allocation) {
        String name = allocation.annotations().get(Allocation.POD_ANNOTATION);
        return pods.stream().filter(pod -> pod.name().equals(name)).findFirst().orElseThrow();
    }

    Session start(Allocation allocation) throws InterruptedException {
        return podOf(allocation).start(allocation);
    }

    AllocateReq.Builder request() {
        return AllocateReq.builder(pool);
    }

    /** A request that waits for as long as time stands still. */
    AllocateReq patient() {
        return request().maxWait(Duration.ofMinutes(10)).build();
    }

    Allocation allocate() throws InterruptedException {
        return allocator.allocate(AllocateReq.of(pool));
    }

    List<Allocation> allocate(int count) throws InterruptedException {
        List<Allocation> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(allocate());
        }
        return all;
    }

    /** A request that waits, once the allocator counts it among the waiting. */
    CompletableFuture<Allocation> waiter(AllocateReq req) {
        int before = waiting();
        CompletableFuture<Allocation> future = allocator.allocateAsync(req);
        eventually(() -> assertThat(waiting()).isEqualTo(before + 1));
        return future;
    }

    int waiting() {
        return allocator.status(pool).waiting();
    }

    NoCapacityException refused(AllocateReq req) {
        return refused(allocator, req);
    }

    NoCapacityException refused(Allocator by, AllocateReq req) {
        settle();
        NoCapacityException refusal = catchThrowableOfType(NoCapacityException.class, () -> by.allocate(req));
        assertThat(refusal).as("%s should be refused: held are %s", req, held()).isNotNull();
        return refusal;
    }

    Allocation within(CompletableFuture<Allocation> future) throws Exception {
        return future.get(backend.patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    List<HeldSlot> held() {
        return backend.held(pool);
    }

    List<String> heldIds() {
        return held().stream().map(HeldSlot::sessionId).toList();
    }

    void advance(Duration duration) {
        backend.advance(duration);
    }

    void settle() {
        backend.settle();
    }

    /** So many rounds, as far as this backend bears them. */
    int times(int rounds) {
        return Math.max(1, (int) Math.round(rounds * backend.scale()));
    }

    void eventually(ThrowingRunnable assertion) {
        Awaitility.await()
                .atMost(backend.patience())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(assertion);
    }

    void eventuallyHeld(String... sessionIds) {
        eventually(() -> assertThat(heldIds()).containsExactlyInAnyOrder(sessionIds));
    }

    void eventuallyHeard(Pod pod, String... events) {
        eventually(() -> assertThat(pod.log().events()).contains(events));
    }

    /** Nothing is held, and so many slots can be claimed again, no less and no more. */
    void everySlotIsFree(int capacity) throws Exception {
        eventually(() -> assertThat(held()).isEmpty());
        settle();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < capacity; i++) {
            ids.add(within(allocator.allocateAsync(patient())).sessionId());
        }
        assertThat(ids).doesNotHaveDuplicates();
        refused(AllocateReq.of(pool));
        ids.forEach(id -> allocator.release(pool, id));
        eventually(() -> assertThat(held()).isEmpty());
        settle();
    }

    @Override
    public void close() {
        allocators.forEach(Allocator::close);
        backend.close();
    }
}
