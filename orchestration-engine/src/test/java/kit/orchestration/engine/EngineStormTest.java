package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.Token;
import kit.orchestration.engine.matching.Candidates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads that allocate, cancel, interrupt each other and let futures time out, on pods that come, go, drain and change
 * their labels, with a backend that is slow, loses, fails and leaves in doubt. For longer: {@code -Dstorm.seconds=60};
 * for the same again: {@code -Dstorm.seed=...} (the threads' part in it is not repeated).
 */
class EngineStormTest {

    private static final int THREADS = 4;
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("storm.seconds", 2));
    /** The pod that always has room: whoever asks for it gets it. */
    private static final Map<String, String> ALWAYS = Map.of("zone", "always");

    private final long seed = Long.getLong("storm.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Timing timing = Timing.system("storm-timer");
    private final ScheduledExecutorService writers = Executors.newScheduledThreadPool(2);
    private final ExecutorService delivery = Executors.newFixedThreadPool(2);

    private final Ledger ledger = new Ledger(this::later, this::fate);
    private Pool<Ledger.Row> pool;
    private AllocatorEngine engine;

    /** Guarded by itself. */
    private final List<Ledger.Row> rows = new ArrayList<>();

    private final List<Ledger.Row> everyRow = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    // The history.
    private final Map<String, String> holders = new ConcurrentHashMap<>();
    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private final Map<String, String> requestOf = new ConcurrentHashMap<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger given = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong names = new AtomicLong();

    @AfterEach
    void stop() {
        timing.scheduler().shutdownNow();
        writers.shutdownNow();
        delivery.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource({"PACKED, 1, 0, 2147483647", "PACKED, 4, 1, 3", "SPREAD, 3, 0, 2", "PACKED, 100, 1, 16"})
    void noSlotIsHeldTwiceOrLostAndNoRoomIsDenied(Placement placement, int size, int ageMillis, int writersBound)
            throws InterruptedException {
        GroupLimit limit = new GroupLimit(size, Duration.ofMillis(ageMillis), writersBound);
        open(placement, limit);
        TestAllocator allocator = new TestAllocator(pool, timing, delivery, AllocatorListener.NONE);
        allocator.signer =
                claim -> Token.of(claim.podName() + "." + claim.slot().getAsInt() + "." + claim.sessionId());
        engine = allocator.engine;
        everyRow.add(ledger.add("always", 1_000, ALWAYS));
        for (int i = 0; i < 6; i++) {
            addPod(random);
        }

        long end = System.nanoTime() + LENGTH.toNanos();
        for (int i = 0; i < THREADS; i++) {
            Random own = new Random(random.nextLong());
            threads.add(new Thread(() -> storm(own, end), "storm-" + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        await("seed " + seed).atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(open).as("calls that were not settled").hasValue(0);
            assertThat(ledger.held()).as("slots held").isZero();
            assertThat(pool.status(Optional.empty()).waiting()).isZero();
            assertThat(pool.status(Optional.empty()).claimed()).hasValue(0);
            assertThat(everyRow).allSatisfy(row -> {
                assertThat(Candidates.freeSlots(row.seen().candidate()))
                        .isEqualTo(row.seen().capacity());
                assertThat(Candidates.isAtRest(row.seen().candidate())).isTrue();
            });
        });
        assertThat(violations).as("seed %d", seed).isEmpty();
        assertThat(given).as("seed %d", seed).hasValueGreaterThan(100);
        assertThat(refused).as("seed %d", seed).hasValueGreaterThan(10);
        assertThat(holders).isEmpty();
    }

    private void open(Placement placement, GroupLimit limit) {
        Pool.Rules rules = new Pool.Rules(placement, limit, 1_000, 3);
        pool = new Pool<>(new Pool.Settings("duel", rules, new SessionIds(random), timing.nanoTime()), ledger);
        ledger.open(pool);
        pool.listed();
    }

    /**
     * Two pods are full all the time, and urgent calls wait for what goes free. Whoever asks with no time and less
     * urgently is told that there is no room, and is not left to the end of the call time-out.
     */
    @ParameterizedTest
    @CsvSource({"1, 0, 2147483647", "2, 1, 2", "100, 10, 16"})
    void onAFullPoolWithStandingWaitersNewcomersAreRefused(int size, int ageMillis, int writersBound)
            throws InterruptedException {
        GroupLimit limit = new GroupLimit(size, Duration.ofMillis(ageMillis), writersBound);
        open(Placement.PACKED, limit);
        TestAllocator allocator = new TestAllocator(pool, timing, delivery, AllocatorListener.NONE);
        engine = allocator.engine;
        everyRow.add(ledger.add("a", 10, Map.of()));
        everyRow.add(ledger.add("b", 10, Map.of()));
        long end = System.nanoTime() + LENGTH.toNanos();
        for (int i = 0; i < 30; i++) {
            keepWaiting(end);
        }
        await("seed " + seed)
                .until(() -> pool.status(Optional.empty()).claimed().orElse(0) > 0);
        for (int i = 0; i < 2; i++) {
            threads.add(new Thread(
                    () -> {
                        while (System.nanoTime() < end) {
                            askOnce();
                        }
                    },
                    "newcomer-" + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        await("seed " + seed).atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(open).as("calls that were not settled").hasValue(0);
            assertThat(ledger.held()).as("slots held").isZero();
        });
        assertThat(violations).as("seed %d", seed).isEmpty();
        assertThat(refused).as("seed %d", seed).hasValueGreaterThan(10);
        assertThat(given).as("seed %d", seed).hasValueGreaterThan(100);
    }

    /** A caller that asks again as soon as it has had a slot. */
    private void keepWaiting(long end) {
        AllocateReq request = AllocateReq.builder("duel")
                .priority(1)
                .maxWait(Duration.ofSeconds(30))
                .build();
        open.incrementAndGet();
        engine.allocateAsync(request).whenComplete((allocation, error) -> {
            if (allocation != null) {
                given.incrementAndGet();
                ledger.free(allocation.sessionId());
            } else if (error != null) {
                judge(request, error);
            }
            if (System.nanoTime() < end) {
                keepWaiting(end);
            }
            open.decrementAndGet();
        });
    }

    private void askOnce() {
        AllocateReq request = AllocateReq.of("duel");
        try {
            ledger.free(engine.allocate(request).sessionId());
        } catch (NoCapacityException asItShould) {
            refused.incrementAndGet();
        } catch (InterruptedException | RuntimeException error) {
            judge(request, error);
        }
    }

    private void storm(Random own, long end) {
        List<Allocation> mine = new ArrayList<>();
        while (System.nanoTime() < end) {
            int dice = own.nextInt(100);
            if (dice < 30) {
                wait(own, mine);
            } else if (dice < 50) {
                for (int i = own.nextInt(10); i >= 0; i--) {
                    async(own);
                }
            } else if (dice < 60) {
                weather(own);
            } else if (dice < 63) {
                threads.get(own.nextInt(THREADS)).interrupt();
            }
            while (mine.size() > own.nextInt(12)) {
                release(mine.remove(own.nextInt(mine.size())));
            }
        }
        mine.forEach(this::release);
    }

    private void wait(Random own, List<Allocation> mine) {
        AllocateReq request = request(own);
        try {
            Allocation allocation = engine.allocate(request);
            record(request, allocation);
            mine.add(allocation);
        } catch (InterruptedException interrupted) {
            // As it was asked to.
        } catch (RuntimeException error) {
            judge(request, error);
        }
    }

    private void async(Random own) {
        AllocateReq request = request(own);
        open.incrementAndGet();
        CompletableFuture<Allocation> result = engine.allocateAsync(request);
        result.whenComplete((allocation, error) -> {
            if (allocation != null) {
                record(request, allocation);
                release(allocation);
            } else if (error != null) {
                judge(request, error);
            }
            open.decrementAndGet();
        });
        switch (own.nextInt(5)) {
            case 0 -> result.cancel(false);
            case 1 -> result.orTimeout(own.nextInt(1_000), TimeUnit.MICROSECONDS);
            case 2 -> result.complete(null);
            default -> {}
        }
    }

    private AllocateReq request(Random own) {
        AllocateReq.Builder builder = AllocateReq.builder("duel").priority(own.nextInt(3));
        if (own.nextInt(10) == 0) {
            return builder.priority(0)
                    .requestId("request-" + own.nextInt(5))
                    .maxWait(Duration.ofMillis(5))
                    .build();
        }
        switch (own.nextInt(4)) {
            case 0 -> builder.selectors(ALWAYS);
            case 1 -> builder.selectors(Map.of("zone", "" + own.nextInt(2)));
            case 2 -> builder.selectors(Map.of("zone", "0", "map", "" + own.nextInt(2)));
            default -> builder.selectors(Map.of("map", "" + own.nextInt(2)));
        }
        return builder.maxWait(Duration.ofMillis(own.nextBoolean() ? 0 : own.nextInt(10)))
                .build();
    }

    private void weather(Random own) {
        synchronized (rows) {
            Ledger.Row row = rows.get(own.nextInt(rows.size()));
            switch (own.nextInt(5)) {
                case 0 -> ledger.set(row, PodState.DRAINING, labels(own));
                case 1 -> ledger.set(row, PodState.NOT_READY, labels(own));
                case 2 -> ledger.set(row, PodState.READY, labels(own));
                case 3 -> pool.rank(row.seen(), List.of(PodRank.values()).get(own.nextInt(PodRank.values().length)));
                default -> {
                    rows.remove(row);
                    everyRow.remove(row);
                    ledger.remove(row);
                    addPod(own);
                }
            }
        }
    }

    private void addPod(Random own) {
        Ledger.Row row = ledger.add("pod-" + names.getAndIncrement(), 1 + own.nextInt(6), labels(own));
        rows.add(row);
        everyRow.add(row);
    }

    private static Map<String, String> labels(Random own) {
        return Map.of("zone", "" + own.nextInt(2), "map", "" + own.nextInt(2));
    }

    private void record(AllocateReq request, Allocation allocation) {
        given.incrementAndGet();
        String id = allocation.sessionId();
        String requestId = request.requestId();
        String before = requestOf.putIfAbsent(id, "" + requestId);
        if (before != null && !before.equals("" + requestId)) {
            violations.add("session " + id + " was given to " + before + " and " + requestId);
        }
        // Tries with the same request id share their session, so only others can hold a slot twice.
        if (requestId == null) {
            if (!ids.add(id)) {
                violations.add("session " + id + " was given twice");
            }
            String holder = holders.putIfAbsent(slot(allocation), id);
            if (holder != null) {
                violations.add("slot " + slot(allocation) + " is held by " + holder + " and " + id);
            }
        }
    }

    private void release(Allocation allocation) {
        holders.remove(slot(allocation), allocation.sessionId());
        ledger.free(allocation.sessionId());
    }

    private static String slot(Allocation allocation) {
        String token = allocation.token().encoded();
        return token.substring(0, token.lastIndexOf('.'));
    }

    private void judge(AllocateReq request, Throwable thrown) {
        Throwable error = thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
        if (error instanceof NoCapacityException) {
            refused.incrementAndGet();
            if (request.selectors().equals(ALWAYS) || request.selectors().isEmpty()) {
                violations.add("room stood all the time: " + error);
            }
        } else if (error instanceof BackendException failed) {
            if (!failed.getMessage().startsWith("injected")) {
                violations.add("a call was not settled: " + error);
            }
        } else if (!(error instanceof CancellationException || error instanceof TimeoutException)) {
            violations.add("unexpected: " + error);
        }
    }

    private void later(Runnable write) {
        int micros;
        synchronized (random) {
            micros = random.nextInt(300);
        }
        writers.schedule(write, micros, TimeUnit.MICROSECONDS);
    }

    private Ledger.Fate fate() {
        int dice;
        synchronized (random) {
            dice = random.nextInt(100);
        }
        if (dice >= 8) {
            return dice < 20 ? Ledger.Fate.OVERTAKEN : Ledger.Fate.APPLIED;
        }
        return dice < 4 ? Ledger.Fate.FAILED : dice < 6 ? Ledger.Fate.UNKNOWN_APPLIED : Ledger.Fate.UNKNOWN_NOT_APPLIED;
    }
}
