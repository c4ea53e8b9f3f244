package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.Test;

/** A player may be faster than the watch; a forger must not make a flood of calls out of that. */
class AsksTest extends Fixture {

    private final TokenSigner other = TokenSigner.of(SigningKey.generateHs256());

    private void beBlind() {
        server();
        platform.watching = false;
    }

    @Test
    void a_player_who_is_faster_than_the_watch_starts_all_the_same() throws InterruptedException {
        beBlind();
        ClaimedSlot claim = platform.claim("s1", 0, TTL);

        Session session = server().start(token("s1", 0));
        platform.listener().claimed(claim);

        assertThat(session.slot()).isZero();
        assertThat(server().sessions()).containsExactly(session);
        assertThat(heard.events).containsExactly("claimed s1");
    }

    @Test
    void enter_waits_for_the_answer_without_blocking() {
        beBlind();
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        CompletableFuture<Session> first = server().enter(token("s1", 0));
        CompletableFuture<Session> second = server().enter(token("s1", 0));
        assertThat(first).isNotDone();

        platform.answerAll();
        assertThat(first.join()).isSameAs(second.join());
        assertThat(platform.asks).as("one ask per session").hasValue(1);
    }

    @Test
    void a_key_that_only_the_backend_knows_is_fetched_with_the_claim() throws InterruptedException {
        beBlind();
        platform.unseenKeys.put(other.verificationKey().kid(), other.verificationKey());
        platform.claim("s1", 0, TTL);

        assertThat(server().start(token(other, "s1", 0)).id()).isEqualTo("s1");
    }

    @Test
    void a_second_allocators_key_for_a_known_session_is_fetched_too() throws InterruptedException {
        claim("s1", 0);
        platform.unseenKeys.put(other.verificationKey().kid(), other.verificationKey());

        assertThat(server().start(token(other, "s1", 0)).id()).isEqualTo("s1");
    }

    @Test
    void an_answer_that_is_older_than_the_claims_end_brings_nothing_back() {
        beBlind();
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        platform.listener().gone("s1");
        platform.answerAll();

        assertThat(future).isCompletedExceptionally();
        assertThat(server().sessions()).isEmpty();
        assertThat(heard.events).containsExactly("refused ENDED");
    }

    @Test
    void an_answer_about_another_session_is_no_answer() {
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public CompletableFuture<Optional<ClaimedSlot>> find(String sessionId, String kid) {
                return platform.find("other", kid).toCompletableFuture();
            }
        }));
        platform.watching = false;
        platform.claim("other", 0, TTL);

        assertRefused(Reason.UNKNOWN_SESSION, () -> server().start(token("s1", 0)));
        assertThat(heard.events).containsExactly("refused UNKNOWN_SESSION");
    }

    @Test
    void an_answer_that_can_not_be_taken_keeps_nobody_waiting() {
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public CompletableFuture<Optional<ClaimedSlot>> find(String sessionId, String kid) {
                return CompletableFuture.completedFuture(null);
            }
        }));

        assertEnterRefused(Reason.UNAVAILABLE, token("s1", 0));
    }

    @Test
    void a_flood_of_forged_tokens_with_a_known_kid_asks_nothing() {
        claim("s1", 0);
        String genuine = token("x", 0).encoded();
        String end = genuine.substring(genuine.lastIndexOf('.'));
        for (int i = 0; i < 1_000; i++) {
            String text = token("forged-" + i, 0).encoded();
            String forged = text.substring(0, text.lastIndexOf('.')) + end;
            assertRefused(Reason.BAD_SIGNATURE, () -> server().start(forged));
        }
        assertThat(platform.asks).hasValue(0);
    }

    @Test
    void a_flood_of_forged_tokens_with_unknown_kids_asks_a_bounded_number_of_times() throws InterruptedException {
        beBlind();
        int unavailable = 0;
        for (int i = 0; i < 1_000; i++) {
            CompletableFuture<Session> future = server().enter(token(other, "forged-" + i, 0));
            unavailable += reason(future) == Reason.UNAVAILABLE ? 1 : 0;
        }
        assertThat(platform.asks).hasValue(Asks.PLACES);
        assertThat(unavailable).isEqualTo(1_000 - Asks.PLACES);

        platform.claim("s1", 0, TTL);
        assertThat(server().start(token("s1", 0)).id())
                .as("whose key is known is not kept out by those whose key is not")
                .isEqualTo("s1");
        assertRefused(Reason.UNAVAILABLE, () -> server().start(token(other, "s2", 1)));
        time.advance(Asks.FRUITLESS);
        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(token(other, "s2", 1)));
    }

    @Test
    void who_looks_for_a_key_that_does_not_exist_keeps_nobody_waiting_for_the_same_session() {
        beBlind();
        platform.answering = false;
        CompletableFuture<Session> forger = server().enter(token(other, "s1", 0));
        platform.answering = true;
        platform.claim("s1", 0, TTL);

        assertThat(server().enter(token("s1", 0))).isCompleted();
        assertThat(forger).isNotDone();
    }

    @Test
    void asks_that_find_something_keep_no_place() throws InterruptedException {
        beBlind();
        for (int i = 0; i < 10 * Asks.PLACES; i++) {
            platform.claim("s" + i, 0, TTL);
            server().start(token("s" + i, 0)).close();
        }
        assertThat(platform.asks).hasValue(10 * Asks.PLACES);
    }

    @Test
    void an_answer_that_never_comes_is_given_up() {
        beBlind();
        platform.answering = false;
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        time.advance(Duration.ofSeconds(5));

        assertThat(reason(future)).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void a_blocked_start_gives_up_though_the_schedulers_clock_stands_still() {
        start(builder().askTimeout(Duration.ofMillis(20)));
        platform.watching = false;
        platform.answering = false;

        assertRefused(Reason.UNAVAILABLE, () -> server().start(token("s1", 0)));
    }

    @Test
    void an_interrupted_start_starts_nothing() {
        beBlind();
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        FutureTask<Session> task = new FutureTask<>(() -> server().start(token("s1", 0)));
        Thread thread = new Thread(task);
        thread.start();
        await().until(() -> platform.asks.get() == 1);
        thread.interrupt();

        assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
        platform.answerAll();
        assertThat(server().sessions()).isEmpty();
    }

    @Test
    void close_refuses_who_waits_for_an_answer() {
        beBlind();
        platform.answering = false;
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        server().close();

        assertThat(reason(future)).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void an_executor_that_was_shut_down_leaves_no_future_alone() {
        start(builder().executor(task -> {
            throw new RejectedExecutionException("shut down");
        }));
        platform.watching = false;
        platform.claim("s1", 0, TTL);

        assertThat(reason(server().enter(token("s1", 0)))).isEqualTo(Reason.UNAVAILABLE);
    }

    /** A container's own, say, which has a mind of its own about what it says when it ends. */
    @Test
    void nor_does_one_that_fails_in_its_own_way() {
        start(builder().executor(task -> {
            throw new IllegalStateException("the context is closed");
        }));
        platform.watching = false;
        platform.claim("s1", 0, TTL);

        assertThat(reason(server().enter(token("s1", 0)))).isEqualTo(Reason.UNAVAILABLE);
    }

    private static Reason reason(CompletableFuture<Session> future) {
        assertThat(future).isCompletedExceptionally();
        return future.handle((session, error) -> ((TokenRefusedException) error).reason())
                .join();
    }
}
