package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The listener is called in order, one call at a time, where the game wants it, and harms nobody. */
class ListenerTest extends Fixture {

    @Test
    void what_a_listener_throws_harms_nobody() throws InterruptedException {
        start(builder().listener(new SessionListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                throw new IllegalStateException("the game's");
            }

            @Override
            public void ended(Session session, EndReason reason) {
                throw new AssertionError("the game's");
            }
        }));
        Session session = server().start(claim("s1", 0));
        session.close();
        server().start(claim("s2", 0)).close();

        assertThat(platform.freed).hasSize(2);
        assertThat(session.ended().toCompletableFuture()).isDone();
    }

    @Test
    void who_hears_that_a_session_is_over_finds_its_slot_free() throws InterruptedException {
        List<String> free = new ArrayList<>();
        GameServer server = start(builder().listener(new SessionListener() {
            @Override
            public void expired(ClaimedSlot claim) {
                over(claim.sessionId());
            }

            @Override
            public void withdrawn(ClaimedSlot claim) {
                over(claim.sessionId());
            }

            @Override
            public void ended(Session session, EndReason reason) {
                over(session.id());
            }

            private void over(String sessionId) {
                free.add(sessionId + " " + !platform.ledger.containsKey(sessionId));
            }
        }));
        claim("expired", 0);
        time.advance(TTL);
        claim("revoked", 0);
        platform.listener().revoked("revoked");
        Session closed = server.start(claim("closed", 0));
        closed.ended().thenRun(() -> free.add("stage " + !platform.ledger.containsKey("closed")));
        closed.close();
        server.start(claim("cutoff", 0));
        server.close();

        assertThat(free).containsExactly("expired true", "revoked true", "stage true", "closed true", "cutoff true");
    }

    /** The executor's thread may be at the calls before it, and go on to this one, while another frees the slot. */
    @Test
    void nobody_hears_of_an_end_while_another_thread_still_frees_the_slot() throws InterruptedException {
        Queue<Runnable> executor = new ArrayDeque<>();
        start(builder().executor(executor::add).platform(new ForwardingPlatform(platform) {
            @Override
            public void free(ClaimedSlot claim) {
                runAll(executor);
                heard.events.add("freed");
                super.free(claim);
            }
        }));
        Session session = server().start(claim("s1", 0));
        session.close();
        runAll(executor);

        assertThat(heard.events).containsExactly("claimed s1", "freed", "ended s1 CLOSED");
    }

    /** Or who gets the slot, and is told so by the thread that frees it, could not wait for another session's end. */
    @Test
    void but_who_frees_it_hears_of_it_if_it_comes_back_from_there() throws InterruptedException {
        Queue<Session> next = new ArrayDeque<>();
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void free(ClaimedSlot claim) {
                super.free(claim);
                Session other = next.poll();
                if (other != null) {
                    other.close();
                    heard.events.add(
                            "over: " + other.ended().toCompletableFuture().isDone());
                }
            }
        }));
        Session session = server().start(claim("s1", 0));
        next.add(server().start(claim("s2", 1)));
        session.close();

        assertThat(heard.events)
                .containsExactly("claimed s1", "claimed s2", "ended s1 CLOSED", "ended s2 CLOSED", "over: true");
        assertThat(platform.freed).hasSize(2);
    }

    @Test
    void a_listener_may_call_back() {
        start(builder().listener(new SessionListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                server().enter(token(claim.sessionId(), claim.slot())).join().close();
            }

            @Override
            public void ended(Session session, EndReason reason) {
                heard.ended(session, reason);
            }
        }));
        claim("s1", 0);

        assertThat(heard.events).containsExactly("ended s1 CLOSED");
        assertThat(platform.freed).hasSize(1);
    }

    @Test
    void by_default_calls_come_on_one_daemon_thread_of_our_own() throws InterruptedException {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        GameServer server = start(GameServer.builder().platform(platform).listener(new SessionListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                threads.add(Thread.currentThread());
            }
        }));
        platform.claim("s1", 0, TTL);
        platform.claim("s2", 1, TTL);
        await().until(() -> threads.size() == 2);

        assertThat(threads.get(0)).isSameAs(threads.get(1));
        assertThat(threads.get(0).isDaemon()).isTrue();
        server.close();
        threads.get(0).join(5_000);
        assertThat(threads.get(0).isAlive()).isFalse();
    }

    @Test
    void order_is_kept_though_the_executor_has_many_threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            start(builder().executor(pool));
            List<Future<?>> players = new ArrayList<>();
            for (int player = 0; player < 4; player++) {
                int slot = player;
                players.add(pool.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        String id = "s" + slot + "-" + i;
                        platform.claim(id, slot, TTL);
                        server().start(token(id, slot)).close();
                    }
                    return null;
                }));
            }
            for (Future<?> player : players) {
                player.get();
            }
            await().until(() -> heard.events.size() == 4_000);
            for (int slot = 0; slot < 4; slot++) {
                String prefix = "s" + slot + "-";
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    expected.add("claimed " + prefix + i);
                    expected.add("ended " + prefix + i + " CLOSED");
                }
                assertThat(heard.events)
                        .filteredOn(event -> event.contains(prefix))
                        .isEqualTo(expected);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void a_flood_of_refusals_does_not_fill_the_memory_and_hides_no_session() {
        Queue<Runnable> later = new ArrayDeque<>();
        start(builder().executor(later::add));
        for (int i = 0; i < 10 * Callbacks.SPARE; i++) {
            server().enter("garbage");
        }
        claim("s1", 0);
        while (!later.isEmpty()) {
            later.remove().run();
        }

        assertThat(heard.events).hasSize(Callbacks.SPARE + 1).endsWith("claimed s1");
    }

    @Test
    @Timeout(60)
    void no_call_is_forgotten_that_is_added_while_the_last_one_ends() {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            Callbacks callbacks = new Callbacks(pool);
            AtomicInteger run = new AtomicInteger();
            for (int round = 1; round <= 200_000; round++) {
                callbacks.add(run::incrementAndGet);
                callbacks.flush();
                while (run.get() < round && !Thread.interrupted()) {
                    Thread.onSpinWait();
                }
                assertThat(run.get() == round).as("round %d", round).isTrue();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** Or a close in that moment would shut the executor down before it has got them. */
    @Test
    @Timeout(60)
    void a_close_waits_for_calls_that_are_just_being_handed_over() throws InterruptedException {
        CountDownLatch handing = new CountDownLatch(1);
        CountDownLatch handed = new CountDownLatch(1);
        List<String> order = new CopyOnWriteArrayList<>();
        Callbacks callbacks = new Callbacks(task -> {
            handing.countDown();
            awaitUninterruptibly(handed);
            order.add("handed over");
        });
        Thread ends = new Thread(() -> {
            callbacks.add(() -> {});
            callbacks.flush();
        });
        ends.start();
        handing.await();
        Thread closes = new Thread(() -> {
            callbacks.awaitHandover(Duration.ofMinutes(1));
            order.add("closed");
        });
        closes.start();
        await().until(() -> closes.getState() == Thread.State.TIMED_WAITING || !closes.isAlive());
        handed.countDown();
        closes.join();
        ends.join();
        assertThat(order).containsExactly("handed over", "closed");
    }

    /** And for one that is about to hand them over: it keeps the close's own flush from it. */
    @Test
    void no_call_is_lost_to_a_close_in_the_moment_before() throws Exception {
        ExecutorService ender = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < 50_000; round++) {
                AtomicBoolean closed = new AtomicBoolean();
                AtomicBoolean run = new AtomicBoolean();
                Callbacks callbacks = new Callbacks(task -> {
                    if (closed.get()) {
                        throw new RejectedExecutionException();
                    }
                    task.run();
                });
                callbacks.add(() -> run.set(true));
                AtomicBoolean ends = new AtomicBoolean();
                int moment = round % 64;
                Future<?> ended = ender.submit(() -> {
                    ends.set(true);
                    for (int i = 0; i < moment; i++) {
                        Thread.onSpinWait();
                    }
                    callbacks.flush();
                });
                while (!ends.get()) {
                    Thread.onSpinWait();
                }
                callbacks.flush();
                callbacks.awaitHandover(Duration.ofMinutes(1));
                closed.set(true);
                ended.get();
                assertThat(run.get()).as("round %d", round).isTrue();
            }
        } finally {
            ender.shutdownNow();
        }
    }

    /** Nor what another thread has let through, and would hand over after the close. */
    @Test
    void a_close_hands_over_what_was_held_back_until_just_now() {
        Callbacks callbacks = new Callbacks(Runnable::run);
        List<String> order = new ArrayList<>();
        Callbacks.Gate gate = callbacks.gate();
        callbacks.add(() -> order.add("over"));
        callbacks.awaitHandover(Duration.ZERO);
        assertThat(order).isEmpty();
        gate.open();
        callbacks.awaitHandover(Duration.ZERO);
        assertThat(order).containsExactly("over");
    }

    /** It would wait for itself. */
    @Test
    void but_not_one_that_such_a_call_makes() {
        Callbacks callbacks = new Callbacks(Runnable::run);
        List<String> order = new ArrayList<>();
        callbacks.add(() -> {
            callbacks.awaitHandover(Duration.ofDays(1));
            order.add("closed");
        });
        callbacks.flush();
        assertThat(order).containsExactly("closed");
    }

    private static void runAll(Queue<Runnable> tasks) {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
