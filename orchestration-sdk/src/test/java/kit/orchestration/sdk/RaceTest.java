package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kit.orchestration.Token;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever races, each step is taken once, and each slot freed once. */
class RaceTest extends Fixture {

    private static final int ROUNDS = 2_000;

    private final ExecutorService pool = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8})
    void rule_8_of_threads_that_start_a_session_exactly_one_wins(int threads) throws Exception {
        for (int round = 0; round < ROUNDS / 4; round++) {
            Token token = claim("s" + round, 0);
            List<Callable<Object>> tries = Collections.nCopies(threads, () -> outcome(() -> server().start(token)));
            List<Object> outcomes = race(tries);

            assertThat(outcomes).filteredOn(Session.class::isInstance).hasSize(1);
            assertThat(outcomes).filteredOn(Reason.ALREADY_STARTED::equals).hasSize(threads - 1);
            server().join(token).close();
        }
        assertThat(platform.freed).hasSize(ROUNDS / 4).doesNotHaveDuplicates();
    }

    /** A timer that nobody cancels holds its session for as long as {@code maxSession}. */
    @Test
    void a_claim_s_timer_that_comes_late_does_not_take_the_place_of_the_session_s() throws Exception {
        LiveSession session = new LiveSession(new ClaimedSlot("s", 0, TTL, Map.of()), ended -> {});
        CompletableFuture<?> claimed = new CompletableFuture<>();
        CompletableFuture<?> running = new CompletableFuture<>();
        Thread late = new Thread(() -> session.timer(LiveSession.State.CLAIMED, claimed));
        synchronized (session) {
            late.start();
            await().until(() -> late.getState() == Thread.State.BLOCKED);
            session.state = LiveSession.State.RUNNING;
            session.cancelTimer();
            session.timer(LiveSession.State.RUNNING, running);
        }
        late.join();
        session.state = LiveSession.State.ENDED;
        session.cancelTimer();
        assertThat(claimed.isCancelled()).isTrue();
        assertThat(running.isCancelled()).isTrue();
    }

    @Test
    void of_threads_that_enter_all_get_the_one_session() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Token token = claim("s" + round, 0);
            List<Object> outcomes =
                    race(Collections.nCopies(4, () -> server().enter(token).join()));

            assertThat(outcomes).hasSize(4).containsOnly(outcomes.get(0));
            ((Session) outcomes.get(0)).close();
        }
        assertThat(platform.freed).hasSize(ROUNDS).doesNotHaveDuplicates();
    }

    @Test
    void expiry_and_start_have_one_outcome_and_the_slot_is_freed_once() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String id = "s" + round;
            Token token = claim(id, 0);
            List<Object> outcomes = race(List.of(() -> outcome(() -> server().start(token)), () -> {
                time.advance(TTL);
                return "time";
            }));
            checkOneEnd(id, outcomes.get(0), Reason.EXPIRED);
        }
    }

    @Test
    void revocation_and_start_have_one_outcome_and_the_slot_is_freed_once() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String id = "s" + round;
            Token token = claim(id, 0);
            List<Object> outcomes = race(List.of(() -> outcome(() -> server().start(token)), () -> {
                platform.listener().revoked(id);
                return "revoked";
            }));
            if (outcomes.get(0) instanceof Session session) {
                assertThat(session.isRevoked()).isTrue();
            }
            checkOneEnd(id, outcomes.get(0), Reason.ENDED);
        }
    }

    @Test
    void closings_and_maxSession_end_a_session_once() throws Exception {
        start(builder().maxSession(TTL));
        for (int round = 0; round < ROUNDS; round++) {
            Session session = server().start(claim("s" + round, 0));
            race(List.of(
                    () -> {
                        session.close();
                        return "";
                    },
                    () -> {
                        session.close();
                        return "";
                    },
                    () -> {
                        time.advance(TTL);
                        return "";
                    }));
        }
        assertThat(platform.freed).hasSize(ROUNDS).doesNotHaveDuplicates();
        assertThat(heard.events).filteredOn(event -> event.startsWith("ended")).hasSize(ROUNDS);
    }

    @Test
    void a_claim_told_and_found_at_the_same_time_is_one_session() throws Exception {
        server();
        platform.watching = false;
        for (int round = 0; round < ROUNDS; round++) {
            String id = "s" + round;
            ClaimedSlot claim = platform.claim(id, 0, TTL);
            List<Object> outcomes = race(List.of(
                    () -> outcome(() -> server().start(token(id, 0))),
                    () -> outcome(() -> server().start(token(id, 0))),
                    () -> {
                        platform.listener().claimed(claim);
                        return "told";
                    }));
            assertThat(outcomes).filteredOn(Session.class::isInstance).hasSize(1);
            assertThat(outcomes).contains(Reason.ALREADY_STARTED);
            server().sessions().forEach(Session::close);
        }
        assertThat(platform.freed).hasSize(ROUNDS).doesNotHaveDuplicates();
        assertThat(heard.events)
                .filteredOn(event -> event.startsWith("claimed"))
                .hasSize(ROUNDS);
    }

    @Test
    void rule_10_cancelling_an_enter_leaks_no_session() throws Exception {
        server();
        platform.watching = false;
        platform.answering = false;
        for (int round = 0; round < ROUNDS; round++) {
            String id = "s" + round;
            platform.claim(id, 0, TTL);
            CompletableFuture<Session> future = server().enter(token(id, 0));
            race(List.of(() -> future.cancel(false), () -> {
                platform.answerAll();
                return "answered";
            }));
            if (future.isCancelled()) {
                assertThat(server().sessions()).isEmpty();
                platform.listener().revoked(id);
            } else {
                future.join().close();
            }
        }
        assertThat(platform.freed).hasSize(ROUNDS).doesNotHaveDuplicates();
    }

    @Test
    void close_and_start_leave_no_session_behind() throws Exception {
        for (int round = 0; round < 200; round++) {
            GameServer server = start(builder());
            String id = "s" + round;
            Token token = claim(id, 0);
            race(List.of(() -> outcome(() -> server.start(token)), () -> {
                server.close();
                return "";
            }));
            assertThat(server.sessions()).isEmpty();
        }
        assertThat(platform.freed).hasSize(200).doesNotHaveDuplicates();
    }

    private void checkOneEnd(String id, Object outcome, Reason refusal) {
        boolean started = outcome instanceof Session;
        if (started) {
            assertThat(platform.freed).isEmpty();
            ((Session) outcome).close();
        } else {
            assertThat(outcome).isEqualTo(refusal);
        }
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactly(id);
        platform.freed.clear();
    }

    private static Object outcome(Callable<Session> call) throws Exception {
        try {
            return call.call();
        } catch (TokenRefusedException e) {
            return e.reason();
        }
    }

    /** Runs all at the same time, as nearly as threads can. */
    private List<Object> race(List<? extends Callable<?>> calls) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(calls.size());
        List<Future<Object>> futures = new ArrayList<>();
        for (Callable<?> call : calls) {
            futures.add(pool.submit(() -> {
                barrier.await();
                return call.call();
            }));
        }
        List<Object> outcomes = new ArrayList<>();
        for (Future<Object> future : futures) {
            outcomes.add(future.get());
        }
        return outcomes;
    }
}
