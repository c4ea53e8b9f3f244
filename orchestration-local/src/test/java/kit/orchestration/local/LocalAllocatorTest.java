package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PoolStatus;
import kit.orchestration.Token;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Local offers beside the contract: placement, status, peers, the listener, the executor. */
class LocalAllocatorTest {

    private static Map<String, Long> podsUsed(LocalAllocator allocator, int sessions) throws Exception {
        List<String> pods = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            pods.add(allocator.allocate(AllocateReq.of("duel")).annotations().get(Allocation.POD_ANNOTATION));
        }
        return pods.stream().collect(Collectors.groupingBy(pod -> pod, Collectors.counting()));
    }

    private static LocalAllocator withPods(LocalAllocatorBuilder builder, int pods, int capacity) {
        LocalAllocator allocator = builder.build();
        for (int i = 0; i < pods; i++) {
            allocator.addPod("duel", LocalPod.withoutSdk("127.0.0.1:" + (7000 + i), capacity));
        }
        return allocator;
    }

    @Test
    void packedFillsOnePodAfterTheOther() throws Exception {
        try (LocalAllocator allocator = withPods(LocalAllocator.builder(), 4, 5)) {
            assertThat(podsUsed(allocator, 7).values()).containsExactlyInAnyOrder(5L, 2L);
        }
    }

    @Test
    void spreadFillsAllPodsEvenly() throws Exception {
        try (LocalAllocator allocator = withPods(LocalAllocator.builder().placement(Placement.SPREAD), 4, 5)) {
            assertThat(podsUsed(allocator, 8).values()).containsExactly(2L, 2L, 2L, 2L);
            assertThat(podsUsed(allocator, 12).values()).containsExactly(3L, 3L, 3L, 3L);
            assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                    .isInstanceOf(NoCapacityException.class);
        }
    }

    @Test
    void statusTellsWhatIsThere() throws Exception {
        try (LocalAllocator allocator = LocalAllocator.builder().pools("duel").build()) {
            assertThat(allocator.status("duel"))
                    .isEqualTo(new PoolStatus(
                            "duel",
                            OptionalInt.of(0),
                            OptionalInt.of(0),
                            OptionalInt.of(0),
                            OptionalInt.of(0),
                            0,
                            Optional.of(Duration.ZERO)));
            LocalPod pod = LocalPod.withoutSdk("127.0.0.1:7000", 2);
            allocator.addPod("duel", pod);
            LocalPod unready = new LocalPod("127.0.0.1:7001", 9);
            allocator.addPod("duel", unready);
            allocator.allocate(AllocateReq.of("duel"));
            allocator.allocate(AllocateReq.of("duel"));
            CompletableFuture<Allocation> waiter = allocator.allocateAsync(
                    AllocateReq.builder("duel").maxWait(Duration.ofMinutes(1)).build());
            assertThat(allocator.status("duel"))
                    .isEqualTo(new PoolStatus(
                            "duel",
                            OptionalInt.of(1),
                            OptionalInt.of(2),
                            OptionalInt.of(2),
                            OptionalInt.of(0),
                            1,
                            Optional.of(Duration.ZERO)));
            waiter.cancel(true);
            allocator.removePod("duel", pod);
            assertThat(allocator.status("duel").claimed()).hasValue(0);
            assertThat(allocator.status("duel").waiting()).isZero();
        }
    }

    @Test
    void theWaitingRoomIsBoundedAndTheLeastUrgentGoes() {
        try (LocalAllocator allocator =
                LocalAllocator.builder().pools("duel").waitingLimit(2).build()) {
            List<CompletableFuture<Allocation>> waiters = new ArrayList<>();
            for (int priority : new int[] {5, 1, 3}) {
                waiters.add(allocator.allocateAsync(AllocateReq.builder("duel")
                        .priority(priority)
                        .maxWait(Duration.ofMinutes(1))
                        .build()));
            }
            assertThat(waiters.get(1))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOfSatisfying(
                            NoCapacityException.class,
                            full -> assertThat(full.reason()).isEqualTo(NoCapacityException.Reason.WAITING_ROOM_FULL));
            assertThat(waiters.get(0)).isNotDone();
            assertThat(waiters.get(2)).isNotDone();
            assertThat(allocator.status("duel").waiting()).isEqualTo(2);
        }
    }

    @Test
    void peersShareThePodsAndNothingElse() throws Exception {
        LocalAllocator first = withPods(LocalAllocator.builder(), 1, 2);
        LocalAllocator second = first.peer();
        Allocation one = first.allocate(AllocateReq.of("duel"));
        Allocation two = second.allocate(AllocateReq.of("duel"));
        assertThat(one.sessionId()).isNotEqualTo(two.sessionId());
        first.close();
        assertThatThrownBy(() -> first.status("duel")).isInstanceOf(AllocatorClosedException.class);
        assertThatThrownBy(() -> first.addPod("duel", new LocalPod("127.0.0.1:1", 1)))
                .isInstanceOf(AllocatorClosedException.class);
        second.addPod("raid", LocalPod.withoutSdk("127.0.0.1:1", 1));
        LocalAllocator third = first.peer();
        assertThat(third.status("raid").capacity()).hasValue(1);
        third.release(one);
        assertThat(second.status("duel").claimed()).hasValue(1);
        second.close();
        third.close();
        assertThatIllegalStateException().isThrownBy(first::peer).withMessageContaining("closed");
    }

    @Test
    void aClosedAllocatorIsForgottenAlsoIfItWasJustFirstAsked() throws Exception {
        try (LocalAllocator keeper = LocalAllocator.builder().pools("duel").build()) {
            for (int round = 0; round < 300; round++) {
                LocalAllocator peer = keeper.peer();
                Thread asking = new Thread(() -> {
                    try {
                        peer.status("duel");
                    } catch (AllocatorClosedException closed) {
                        // in time
                    }
                });
                asking.start();
                for (int i = 0; i < round; i++) {
                    Thread.onSpinWait();
                }
                peer.close();
                asking.join();
            }
            LocalPod pod = new LocalPod("127.0.0.1:7000", 1);
            keeper.addPod("duel", pod);
            assertThat(Objects.requireNonNull(pod.record()).seenBy).isEmpty();
            keeper.status("duel");
            assertThat(Objects.requireNonNull(pod.record()).seenBy).hasSize(1);
        }
    }

    /** Writes down what it hears, and throws each time. */
    private static final class Heard implements AllocatorListener {
        final List<String> events = new CopyOnWriteArrayList<>();

        @Override
        public void allocated(AllocateReq req, Allocation allocation, Duration took) {
            events.add("allocated " + allocation.sessionId() + " after " + took.toSeconds() + " s");
            throw new IllegalStateException("on purpose");
        }

        @Override
        public void refused(AllocateReq req, AllocationException error, Duration took) {
            events.add("refused " + error.getClass().getSimpleName() + " after " + took.toSeconds() + " s");
            throw new IllegalStateException("on purpose");
        }
    }

    @Test
    void theListenerHearsOfEachCallAndHarmsNobody() throws Exception {
        Heard heard = new Heard();
        ManualClock clock = new ManualClock();
        LocalAllocator allocator =
                withPods(LocalAllocator.builder().listener(heard).clock(clock), 1, 1);
        Allocation first = allocator.allocate(AllocateReq.of("duel"));
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel"))).isInstanceOf(NoCapacityException.class);
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("none"))).hasMessageContaining("none");
        CompletableFuture<Allocation> waiter = allocator.allocateAsync(
                AllocateReq.builder("duel").maxWait(Duration.ofMinutes(1)).build());
        clock.advance(Duration.ofSeconds(7));
        allocator.release(first);
        Allocation second = waiter.get(10, TimeUnit.SECONDS);
        Awaitility.await().untilAsserted(() -> assertThat(heard.events).hasSize(4));
        allocator.close();
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOf(AllocatorClosedException.class);
        assertThat(heard.events)
                .containsExactly(
                        "allocated " + first.sessionId() + " after 0 s",
                        "refused NoCapacityException after 0 s",
                        "refused UnknownPoolException after 0 s",
                        "allocated " + second.sessionId() + " after 7 s",
                        "refused AllocatorClosedException after 0 s");
    }

    @Test
    void futuresAreCompletedOnTheGivenExecutor() throws Exception {
        var executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
        try (LocalAllocator allocator = withPods(LocalAllocator.builder().executor(executor), 1, 1)) {
            Allocation held = allocator.allocate(AllocateReq.of("duel"));
            CompletableFuture<String> thread = allocator
                    .allocateAsync(AllocateReq.builder("duel")
                            .maxWait(Duration.ofMinutes(1))
                            .build())
                    .thenApply(allocation -> Thread.currentThread().getName());
            allocator.release(held);
            assertThat(thread.get(10, TimeUnit.SECONDS)).isEqualTo("mine");
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void aCancelledFutureFreesItsSlotAtOnceHoweverBusyTheExecutorIs() {
        List<Runnable> busy = new ArrayList<>();
        try (LocalAllocator allocator =
                LocalAllocator.builder().executor(busy::add).build()) {
            allocator.addPod("duel", LocalPod.withoutSdk("127.0.0.1:7001", 1));
            CompletableFuture<Allocation> future = allocator.allocateAsync(AllocateReq.of("duel"));
            assertThat(allocator.status("duel").claimed()).hasValue(1);
            future.cancel(false);
            assertThat(allocator.status("duel").claimed()).hasValue(0);

            busy.forEach(Runnable::run);
            assertThat(allocator.status("duel").claimed()).hasValue(0);
        }
    }

    @Test
    void aBuilderThatIsUsedAgainChangesNothingThatItBuilt() throws Exception {
        LocalAllocatorBuilder builder = LocalAllocator.builder().placement(Placement.SPREAD);
        try (LocalAllocator allocator = withPods(builder, 2, 2)) {
            builder.placement(Placement.PACKED).waitingLimit(1).pools("raid").listener(new Heard());
            try (LocalAllocator peer = allocator.peer()) {
                assertThat(podsUsed(peer, 2).values()).containsExactly(1L, 1L);
                assertThatThrownBy(() -> peer.status("raid")).isInstanceOf(UnknownPoolException.class);
                podsUsed(peer, 2);
                AllocateReq patient = AllocateReq.builder("duel")
                        .maxWait(Duration.ofMinutes(1))
                        .build();
                List<CompletableFuture<Allocation>> waiters =
                        List.of(peer.allocateAsync(patient), peer.allocateAsync(patient));
                assertThat(peer.status("duel").waiting()).isEqualTo(2);
                assertThat(waiters).noneMatch(CompletableFuture::isDone);
            }
        }
    }

    @Test
    void aReleaseDoesNotBlockAndTellsWhatWentWrong() throws Exception {
        try (LocalAllocator allocator = withPods(LocalAllocator.builder(), 1, 1)) {
            Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
            allocator.failNext(LocalFailure.RELEASE_REFUSED);
            assertThat(allocator.releaseAsync(allocation))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(BackendException.class);
            assertThat(allocator.status("duel").claimed()).hasValue(1);
            assertThat(allocator.releaseAsync(allocation)).succeedsWithin(Duration.ofSeconds(10));
            assertThat(allocator.releaseAsync(allocation)).succeedsWithin(Duration.ofSeconds(10));
            assertThat(allocator.status("duel").free()).hasValue(1);
            assertThat(allocator.releaseAsync("none", "s1"))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(UnknownPoolException.class);
        }
    }

    @Test
    void whoBuildsItDrawsAndNobodyElse() {
        Set<Thread> draw = ConcurrentHashMap.newKeySet();
        LocalAllocatorBuilder builder = LocalAllocator.builder().pools("duel").random(() -> {
            draw.add(Thread.currentThread());
            return 1;
        });
        try (LocalAllocator allocator = builder.build()) {
            CompletableFuture.runAsync(() -> allocator.status("duel")).join();
            assertThat(draw).containsExactly(Thread.currentThread());
        }
    }

    @Test
    void peersDrawOneAfterTheOther() throws Exception {
        AtomicReference<Thread> other = new AtomicReference<>();
        AtomicInteger drawing = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        LocalAllocatorBuilder builder = LocalAllocator.builder().random(() -> {
            most.accumulateAndGet(drawing.incrementAndGet(), Math::max);
            Thread waitedFor = other.get();
            if (waitedFor != null && waitedFor != Thread.currentThread()) {
                Awaitility.await()
                        .until(() -> waitedFor.getState() == Thread.State.BLOCKED
                                || waitedFor.getState() == Thread.State.TERMINATED);
            }
            drawing.decrementAndGet();
            return 1;
        });
        try (LocalAllocator allocator = builder.build()) {
            Thread second = new Thread(() -> allocator.peer().close());
            other.set(second);
            CompletableFuture<Void> first =
                    CompletableFuture.runAsync(() -> allocator.peer().close());
            Awaitility.await().until(() -> drawing.get() > 0);
            second.start();
            first.join();
            second.join();
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void whoReleasesItsSlotsFindsRoomAgain() throws Exception {
        LocalPod pod = new LocalPod("127.0.0.1:7001", 4);
        try (LocalAllocator allocator = LocalAllocator.create()) {
            allocator.addPod("duel", pod);
            try (GameServer server =
                    GameServer.builder().platform(pod.platform()).start()) {
                server.ready();
                Callable<Integer> churn = () -> {
                    int refused = 0;
                    for (int i = 0; i < 10_000; i++) {
                        try {
                            allocator.release(allocator.allocate(AllocateReq.of("duel")));
                        } catch (NoCapacityException full) {
                            refused++;
                        }
                    }
                    return refused;
                };
                FutureTask<Integer> other = new FutureTask<>(churn);
                new Thread(other).start();
                assertThat(churn.call()).isZero();
                assertThat(other.get()).isZero();
            }
        }
    }

    @Test
    @Timeout(60)
    void aGameMayAllocateStartAndReleaseWhereItIsTold() throws Exception {
        LocalPod pod = new LocalPod("127.0.0.1:7001", 2);
        List<String> heard = new ArrayList<>();
        AtomicReference<GameServer> running = new AtomicReference<>();
        try (LocalAllocator allocator = LocalAllocator.create()) {
            allocator.addPod("duel", pod);
            SessionListener game = new SessionListener() {
                @Override
                public void claimed(ClaimedSlot claim) {
                    heard.add("claimed");
                    if (heard.size() == 1) {
                        Session rematch = startAnother();
                        allocator.release("duel", claim.sessionId());
                        allocator.release("duel", rematch.id());
                        assertThat(allocator.status("duel").free()).hasValue(1);
                        rematch.close();
                    }
                }

                @Override
                public void ended(Session session, EndReason reason) {
                    heard.add("ended");
                    if (reason == EndReason.CLOSED) {
                        startAnother();
                    }
                }

                private Session startAnother() {
                    try {
                        Token token = allocator.allocate(AllocateReq.of("duel")).token();
                        return running.get().start(token);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            try (GameServer server = GameServer.builder()
                    .platform(pod.platform())
                    .executor(Runnable::run)
                    .listener(game)
                    .start()) {
                running.set(server);
                server.ready();
                allocator.allocate(AllocateReq.of("duel"));
                assertThat(allocator.status("duel").free()).hasValue(2);
                server.start(allocator.allocate(AllocateReq.of("duel")).token()).close();
                assertThat(server.sessions()).as("the rematch").hasSize(1);
            }
            assertThat(heard).containsExactly("claimed", "claimed", "ended", "claimed", "ended", "claimed", "ended");
        }
    }

    @Test
    void anyNumberOfWaitersMayReleaseAsSoonAsTheyAreServed() throws Exception {
        LocalAllocatorBuilder builder = LocalAllocator.builder().executor(Runnable::run);
        try (LocalAllocator allocator = withPods(builder, 1, 1)) {
            releaseAsTheyAreServed(allocator);
        }
        LocalPod pod = new LocalPod("127.0.0.1:7001", 1);
        try (LocalAllocator allocator = builder.build()) {
            allocator.addPod("duel", pod);
            try (GameServer server = GameServer.builder()
                    .platform(pod.platform())
                    .executor(Runnable::run)
                    .start()) {
                server.ready();
                releaseAsTheyAreServed(allocator);
            }
        }
    }

    private static void releaseAsTheyAreServed(LocalAllocator allocator) throws InterruptedException {
        Allocation first = allocator.allocate(AllocateReq.of("duel"));
        AllocateReq patient =
                AllocateReq.builder("duel").maxWait(Duration.ofMinutes(1)).build();
        List<CompletableFuture<Void>> ends = Stream.generate(
                        () -> allocator.allocateAsync(patient).thenAccept(allocator::release))
                .limit(5_000)
                .toList();
        Thread thread = new Thread(null, () -> allocator.release(first), "small stack", 256 * 1024);
        thread.start();
        thread.join();

        assertThat(ends.stream()
                        .filter(end -> end.isDone() && !end.isCompletedExceptionally())
                        .count())
                .isEqualTo(5_000);
        assertThat(allocator.status("duel").claimed()).hasValue(0);
    }
}
