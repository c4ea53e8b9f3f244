package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/**
 * One test's pool, allocators and pods, and the few words that the contract's tests are written in; a backend's own
 * tests can be written in them, too ({@link AllocatorContract#world()}). Time stands still but for {@link #advance}.
 * Safe for any number of threads.
 */
public final class World implements AutoCloseable {

    /**
     * A pod, and what it heard.
     *
     * @param hooks the backend's handle of it
     * @param log what its processes heard, one after the other
     */
    public record Pod(ContractPod hooks, PodLog log) {

        /** As allocations have it. */
        public String name() {
            return hooks.name();
        }

        /** Of its present process. */
        public GameServer server() {
            return hooks.server();
        }

        /** Starts a session there, as the first player would. */
        public Session start(Allocation allocation) throws InterruptedException {
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

    // ---- what there is ----

    /** The backend under test. */
    public ContractBackend backend() {
        return backend;
    }

    /** This test's pool. */
    public String pool() {
        return pool;
    }

    /** The allocator of most tests. */
    public Allocator allocator() {
        return allocator;
    }

    /** One more, which the test need not close. */
    public Allocator another() {
        Allocator another = backend.newAllocator();
        allocators.add(another);
        return another;
    }

    /** So many allocators, {@link #allocator()} among them. */
    public List<Allocator> allocators(int count) {
        List<Allocator> some = new ArrayList<>(List.of(allocator));
        while (some.size() < count) {
            some.add(another());
        }
        return some;
    }

    /** A pod that is ready, and that every allocator knows of. */
    public Pod pod(int capacity) {
        return pod(capacity, Map.of());
    }

    /** A pod that is ready, and that every allocator knows of. */
    public Pod pod(int capacity, Map<String, String> labels) {
        return podOf(pool, capacity, labels);
    }

    /** A pod of another pool. */
    public Pod podOf(String inPool, int capacity, Map<String, String> labels) {
        PodLog log = new PodLog();
        return known(new Pod(backend.addPod(new PodSpec(inPool, capacity, labels, () -> log)), log));
    }

    /** A pod whose game server runs, and has not said ready. */
    public Pod unreadyPod(int capacity) {
        PodLog log = new PodLog();
        return known(new Pod(backend.addUnreadyPod(new PodSpec(pool, capacity, Map.of(), () -> log)), log));
    }

    private Pod known(Pod pod) {
        pods.add(pod);
        settle();
        return pod;
    }

    /** The pod that an allocation is on. */
    public Pod podOf(Allocation allocation) {
        return pods.stream()
                .filter(pod -> pod.name().equals(allocation.podName()))
                .findFirst()
                .orElseThrow();
    }

    // ---- requests ----

    /** A request for this pool. */
    public AllocateReq.Builder request() {
        return AllocateReq.builder(pool);
    }

    /** A request that waits for as long as time stands still. */
    public AllocateReq patient() {
        return request().maxWait(Duration.ofMinutes(10)).build();
    }

    /** A slot, now or not at all. */
    public Allocation allocate() throws InterruptedException {
        return allocator.allocate(AllocateReq.of(pool));
    }

    /** So many slots, now or not at all. */
    public List<Allocation> allocate(int count) throws InterruptedException {
        List<Allocation> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(allocate());
        }
        return all;
    }

    /** A request that waits, once the allocator counts it among the waiting. */
    public CompletableFuture<Allocation> waiter(AllocateReq req) {
        int before = waiting();
        CompletableFuture<Allocation> future = allocator.allocateAsync(req);
        eventually(() -> assertThat(waiting()).isEqualTo(before + 1));
        return future;
    }

    /** How many requests wait in {@link #allocator()}. */
    public int waiting() {
        return allocator.status(pool).waiting();
    }

    /** Starts the session that was allocated, on its pod. */
    public Session start(Allocation allocation) throws InterruptedException {
        return podOf(allocation).start(allocation);
    }

    /** The refusal of a request that must not find room, once all is known that there is to know. */
    public NoCapacityException refused(AllocateReq req) {
        return refused(allocator, req);
    }

    /** The refusal of a request that must not find room, once all is known that there is to know. */
    public NoCapacityException refused(Allocator by, AllocateReq req) {
        settle();
        return refusedAtOnce(by, req);
    }

    /**
     * The refusal of a request that must not find room. Time stands still meanwhile: so it comes by what the backend
     * answers, and not by any timer.
     */
    public NoCapacityException refusedAtOnce(Allocator by, AllocateReq req) {
        Allocation got;
        try {
            got = within(by.allocateAsync(req));
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof NoCapacityException full) {
                return full;
            }
            throw new AssertionError("should be no capacity: " + req + "; held are " + held(), refused.getCause());
        } catch (Exception late) {
            throw new AssertionError("neither refused nor served: " + req, late);
        }
        throw new AssertionError("should be refused, and got " + got + ": " + req + "; held are " + held());
    }

    // ---- the store, and time ----

    /** What the store says is held in this pool. */
    public List<HeldSlot> held() {
        return backend.held(pool);
    }

    /** The sessions that the store says are held in this pool. */
    public List<String> heldIds() {
        return held().stream().map(HeldSlot::sessionId).toList();
    }

    /** Moves time on. */
    public void advance(Duration duration) {
        backend.advance(duration);
    }

    /** Returns when every open allocator knows all that the store held when this was called. */
    public void settle() {
        backend.settle();
    }

    /** So many rounds, as far as this backend bears them. */
    public int times(int rounds) {
        return Math.max(1, (int) Math.round(rounds * backend.scale()));
    }

    // ---- what comes to be ----

    /** What a future comes to, within the backend's patience. */
    public <T> T within(CompletableFuture<T> future) throws Exception {
        return future.get(backend.patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits until this holds. */
    public void eventually(ThrowingRunnable assertion) {
        Awaitility.await()
                .atMost(backend.patience())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(assertion);
    }

    /** Waits until the store says that just these hold slots. */
    public void eventuallyHeld(String... sessionIds) {
        eventually(() -> assertThat(heldIds()).containsExactlyInAnyOrder(sessionIds));
    }

    /** Waits until the pod has heard these events, as {@link PodLog#events()} writes them. */
    public void eventuallyHeard(Pod pod, String... events) {
        eventually(() -> assertThat(pod.log().events()).contains(events));
    }

    /**
     * Nothing is held, and so many slots can be had at once, no less and no more: each by a claim of its own, as the
     * store, the allocator and the pods have it. They are free again afterwards.
     */
    public void everySlotIsFree(int capacity) throws Exception {
        nothingIsHeld();
        assertThat(allocator.status(pool).free().orElse(capacity)).isEqualTo(capacity);

        List<Allocation> all = allocate(capacity);
        String[] ids = all.stream().map(Allocation::sessionId).toArray(String[]::new);
        assertThat(heldIds()).containsExactlyInAnyOrder(ids);
        assertThat(refused(AllocateReq.of(pool)).reason()).isEqualTo(NoCapacityException.Reason.POOL_FULL);

        List<Session> started = new ArrayList<>();
        for (Allocation allocation : all) {
            started.add(start(allocation));
        }
        assertThat(started).extracting(Session::id).containsExactly(ids);
        assertThat(pods).flatMap(pod -> pod.server().sessions()).containsExactlyInAnyOrderElementsOf(started);
        for (HeldSlot held : held()) {
            assertThat(started)
                    .filteredOn(session -> session.id().equals(held.sessionId()))
                    .allMatch(session -> held.slot() < 0 || held.slot() == session.slot());
        }
        started.forEach(Session::close);
        nothingIsHeld();
    }

    /** Waits until the store says that nothing is held, and every allocator knows it. */
    public void nothingIsHeld() {
        eventually(() -> assertThat(held()).isEmpty());
        settle();
    }

    /** Closes the allocators, and the backend. */
    @Override
    public void close() {
        allocators.forEach(Allocator::close);
        backend.close();
    }
}
