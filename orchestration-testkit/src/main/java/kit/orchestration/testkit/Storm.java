package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.sdk.Session;
import kit.orchestration.testkit.History.Allocated;
import kit.orchestration.testkit.History.Event;
import kit.orchestration.testkit.History.Left;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Threads that allocate, cancel, retry, start, end and release, while claims expire, allocators come and go, and pods
 * come, go, drain, crash and restart. What callers and pods saw is written into a {@link History}.
 */
final class Storm {

    private static final int THREADS = 4;
    private static final int PODS = 3;
    private static final int CAPACITY = 4;
    private static final Duration CLAIM_TTL = Duration.ofSeconds(20);
    private static final List<String> REGIONS = List.of("eu", "us");

    private final World world;
    private final long seed;
    private final History history = new History();
    private final List<Allocator> allocators = new CopyOnWriteArrayList<>();
    private final List<StormPod> pods = new CopyOnWriteArrayList<>();
    /** What the history calls a pod, by its name; also of those that are gone. */
    @GuardedBy("keys")
    private final Map<String, String> keys = new HashMap<>();

    private final AtomicInteger podNumbers = new AtomicInteger();
    private final Queue<Allocation> given = new ConcurrentLinkedQueue<>();
    private final Queue<Allocation> used = new ConcurrentLinkedQueue<>();
    private final Queue<Session> running = new ConcurrentLinkedQueue<>();

    Storm(World world, long seed) {
        this.world = world;
        this.seed = seed;
    }

    /** Rages for so long, then ends everything. */
    void run(Duration duration) throws Exception {
        allocators.addAll(world.allocators(3));
        for (int i = 0; i < PODS; i++) {
            addPod();
        }
        long start = System.nanoTime();
        Racers.race(THREADS, racer -> {
            Random random = new Random(seed + racer);
            while (System.nanoTime() - start < duration.toNanos()) {
                step(random);
            }
            return true;
        });
        calm();
    }

    /** What was seen so far: pods may hear of something a moment later. */
    List<Event> history() {
        return history.events().stream().map(this::byKey).toList();
    }

    private void step(Random random) throws InterruptedException {
        int dice = random.nextInt(1_000);
        if (dice < 250) {
            allocate(random, request(random).build(), null);
        } else if (dice < 400) {
            allocateAsync(random);
        } else if (dice < 450) {
            String requestId = "match-" + random.nextInt(10);
            allocate(
                    random,
                    world.request().claimTtl(CLAIM_TTL).requestId(requestId).build(),
                    requestId);
        } else if (dice < 700) {
            start(given.poll());
        } else if (dice < 720) {
            start(used.poll()); // a second time: must be refused
        } else if (dice < 900) {
            Session session = running.poll();
            if (session != null) {
                session.close();
            }
        } else if (dice < 960) {
            release(random);
        } else if (dice < 985) {
            world.advance(Duration.ofMillis(random.nextInt(3_000)));
        } else if (dice < 997) {
            List<StormPod> now = List.copyOf(pods);
            StormPod pod = now.get(random.nextInt(now.size()));
            if (pod.happen(random)) {
                addPod();
                pods.remove(pod);
            }
        } else {
            Allocator fresh = world.another();
            int place = random.nextInt(allocators.size());
            allocators.set(place, fresh).close();
        }
    }

    private AllocateReq.Builder request(Random random) {
        return world.request()
                .claimTtl(CLAIM_TTL)
                .priority(random.nextInt(3))
                .selectors(random.nextBoolean() ? Map.of() : Map.of("region", REGIONS.get(random.nextInt(2))));
    }

    private Allocator any(Random random) {
        return allocators.get(random.nextInt(allocators.size()));
    }

    private void allocate(Random random, AllocateReq req, @Nullable String requestId) throws InterruptedException {
        try {
            give(any(random).allocate(req), requestId);
        } catch (AllocationException refused) {
            // full, or closed a moment ago
        }
    }

    private void allocateAsync(Random random) {
        AllocateReq req =
                request(random).maxWait(Duration.ofSeconds(random.nextInt(10))).build();
        CompletableFuture<Allocation> future = any(random).allocateAsync(req);
        future.whenComplete((allocation, refused) -> {
            if (allocation != null) {
                give(allocation, null);
            }
        });
        if (random.nextInt(3) == 0) {
            for (int i = random.nextInt(2_000); i > 0; i--) {
                Thread.onSpinWait();
            }
            future.cancel(true);
        }
    }

    private void give(Allocation allocation, @Nullable String requestId) {
        history.add(new Allocated(
                allocation.sessionId(),
                Objects.requireNonNull(allocation.annotations().get(Allocation.POD_ANNOTATION)),
                requestId));
        given.add(allocation);
    }

    private void start(@Nullable Allocation allocation) throws InterruptedException {
        if (allocation == null) {
            return;
        }
        String name = allocation.annotations().get(Allocation.POD_ANNOTATION);
        for (StormPod pod : pods) {
            if (pod.name().equals(name)) {
                Session session = pod.start(allocation);
                if (session != null) {
                    running.add(session);
                    used.add(allocation);
                }
            }
        }
    }

    private void release(Random random) {
        Allocation allocation = random.nextBoolean() ? given.poll() : used.poll();
        if (allocation != null) {
            try {
                any(random).release(allocation);
            } catch (AllocationException closed) {
                // a moment ago: the claim expires, the session is ended by its game
            }
        }
    }

    private void addPod() {
        int number = podNumbers.incrementAndGet();
        StormPod pod = new StormPod(
                world.backend(),
                world.pool(),
                "pod " + number,
                CAPACITY,
                Map.of("region", REGIONS.get(number % 2)),
                history);
        synchronized (keys) {
            keys.put(pod.name(), pod.key());
        }
        pods.add(pod);
    }

    /** Ends whatever lives, in the way of things: games close their sessions, claims expire, dead pods restart. */
    private void calm() throws Exception {
        pods.forEach(StormPod::calm);
        Allocator last = world.another();
        allocators.forEach(Allocator::close);
        world.settle();
        try {
            world.eventually(() -> {
                pods.forEach(StormPod::endSessions);
                // More than once: a claim's time is counted from when its pod heard of it.
                world.advance(CLAIM_TTL.plusSeconds(1));
                assertThat(world.held()).isEmpty();
            });
            claimEverySlot(last);
        } catch (ConditionTimeoutException lost) {
            world.held().forEach(slot -> history.add(new Left(slot)));
        }
    }

    private void claimEverySlot(Allocator last) throws Exception {
        world.settle();
        List<String> claimed = new ArrayList<>();
        AllocateReq req = world.request().maxWait(Duration.ofMinutes(10)).build();
        int capacity = pods.stream().mapToInt(StormPod::capacity).sum();
        for (int i = 0; i < capacity; i++) {
            Allocation allocation = world.within(last.allocateAsync(req));
            give(allocation, null);
            claimed.add(allocation.sessionId());
        }
        world.refused(last, AllocateReq.of(world.pool()));
        assertThat(world.heldIds()).containsExactlyInAnyOrderElementsOf(claimed);
    }

    private Event byKey(Event event) {
        if (event instanceof Allocated allocated) {
            synchronized (keys) {
                return new Allocated(
                        allocated.sessionId(),
                        keys.getOrDefault(allocated.pod(), allocated.pod()),
                        allocated.requestId());
            }
        }
        return event;
    }
}
