package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import kit.orchestration.Token;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rule 8: a token starts exactly one session, on one process of one pod, and can't be forged. */
class TokenRefusalTest extends Fixture {

    /** The builder's default. */
    private static final Duration LEEWAY = Duration.ofSeconds(30);

    private final TokenSigner stranger = TokenSigner.of(SigningKey.generateHs256());

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "a.b.c", "....", "\u0000", "é", "eyJhbGciOiJub25lIn0.e30."})
    void what_is_no_token_is_malformed(String text) {
        assertRefused(Reason.MALFORMED, () -> server().start(text));
        assertRefused(Reason.MALFORMED, () -> server().join(text));
        assertThat(heard.events).containsExactly("refused MALFORMED", "refused MALFORMED");
    }

    @Test
    void a_megabyte_is_malformed_by_its_size_alone() {
        for (String text : List.of("a".repeat(1 << 20), "\n".repeat(1 << 20))) {
            assertRefused(Reason.MALFORMED, () -> server().start(text));
            assertThatThrownBy(() -> server().start(text)).hasMessageContaining("at most 1024 characters, had 1048576");
        }
    }

    @ParameterizedTest
    @MethodSource
    void a_mistake_of_the_games_own_is_named(String text, String way) {
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> server().start(text),
                () -> server().join(text),
                () -> server().enter(text).join())) {
            Throwable thrown = catchThrowable(call);
            Throwable refused = thrown instanceof CompletionException ? thrown.getCause() : thrown;
            assertThat(refused)
                    .isInstanceOfSatisfying(
                            TokenRefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED))
                    .hasMessageContaining(way);
        }
        assertThat(heard.events).containsExactly("refused MALFORMED", "refused MALFORMED", "refused MALFORMED");
    }

    static Stream<Arguments> a_mistake_of_the_games_own_is_named() {
        Token token = TokenSigner.of(SigningKey.generateHs256())
                .sign(TokenClaims.issue(
                        "duel", "s1", OptionalInt.of(0), MemoryPlatform.BOOT.audience(), Instant.EPOCH, TTL));
        return Stream.of(
                Arguments.of(null, "no token was sent"),
                Arguments.of("Bearer " + token.encoded(), "pass on what follows"),
                Arguments.of(token.toString(), "send token.encoded()"));
    }

    @Test
    void a_null_token_is_the_callers_fault() {
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> server().start((Token) null),
                () -> server().join((Token) null),
                () -> server().enter((Token) null))) {
            assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage("token must not be null");
        }
    }

    @Test
    void a_token_that_was_changed_has_a_bad_signature_and_asks_nobody() {
        Token token = claim("s1", 0);
        String text = token.encoded();
        int last = text.lastIndexOf('.') + 1;
        String changed = text.substring(0, last) + (text.charAt(last) == 'A' ? 'B' : 'A') + text.substring(last + 1);

        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(changed));
        assertThat(platform.asks).hasValue(0);
    }

    @Test
    void a_token_by_a_key_that_the_ledger_does_not_have_has_a_bad_signature() {
        claim("s1", 0);

        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(token(stranger, "s1", 0)));
        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(token(stranger, "s2", 0)));
    }

    @Test
    void a_token_that_names_another_slot_than_its_claim_is_refused() {
        claim("s1", 0);

        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(token("s1", 1)));
    }

    @Test
    void a_token_that_names_no_slot_is_good_where_slots_have_no_numbers() throws InterruptedException {
        claim("s1", 2);
        Token token = signer.sign(TokenClaims.issue(
                "duel", "s1", OptionalInt.empty(), MemoryPlatform.BOOT.audience(), time.instant(), TTL));

        assertThat(server().start(token).slot()).isEqualTo(2);
    }

    @Test
    void a_token_for_another_pod_an_earlier_boot_or_another_pool_is_refused_and_asks_nobody() {
        claim("s1", 0);

        assertRefused(Reason.OTHER_POD, () -> server().start(token(signer, "duel", "s1", 0, "pod-2/boot-1")));
        assertRefused(Reason.OTHER_POD, () -> server().start(token(signer, "duel", "s1", 0, "pod-1/boot-0")));
        assertRefused(
                Reason.OTHER_POD,
                () -> server().start(token(signer, "arena", "s1", 0, MemoryPlatform.BOOT.audience())));
        assertThat(platform.asks).hasValue(0);
    }

    @Test
    void a_session_starts_once() throws InterruptedException {
        Token token = claim("s1", 0);
        server().start(token);

        assertRefused(Reason.ALREADY_STARTED, () -> server().start(token));
    }

    @Test
    void nobody_joins_what_was_not_started() {
        Token token = claim("s1", 0);

        assertRefused(Reason.NOT_STARTED, () -> server().join(token));
    }

    @Test
    void a_genuine_token_for_a_session_that_the_backend_does_not_have_is_unknown() {
        assertRefused(Reason.UNKNOWN_SESSION, () -> server().start(token("s1", 0)));
        assertThat(platform.asks).hasValue(1);
    }

    @Test
    void a_session_that_has_ended_is_neither_started_nor_joined() throws InterruptedException {
        Token token = claim("s1", 0);
        server().start(token).close();

        assertRefused(Reason.ENDED, () -> server().start(token));
        assertRefused(Reason.ENDED, () -> server().join(token));
        assertEnterRefused(Reason.ENDED, token);
        assertThat(platform.asks).hasValue(0);
    }

    /** As one that has found the session by its request id, and whose key the watch is yet to tell of. */
    @Test
    void that_a_session_has_ended_is_told_by_whatever_allocator_its_token_is_and_to_no_forger()
            throws InterruptedException {
        server().start(claim("s1", 0)).close();
        Token other = token(stranger, "s1", 0);

        assertRefused(Reason.BAD_SIGNATURE, () -> server().start(other));
        platform.unseenKeys.put(stranger.verificationKey().kid(), stranger.verificationKey());
        assertRefused(Reason.ENDED, () -> server().start(other));
        assertEnterRefused(Reason.ENDED, other);
    }

    @Test
    void a_claim_whose_time_has_passed_is_not_started() {
        Token token = claim("s1", 0);
        time.advance(TTL);

        assertRefused(Reason.EXPIRED, () -> server().start(token));
        assertRefused(Reason.EXPIRED, () -> server().join(token));
    }

    @Test
    void exp_is_held_against_the_clock_with_leeway_for_start_but_not_for_join() throws InterruptedException {
        server();
        platform.claim("s1", 0, Duration.ofHours(1));
        platform.claim("s2", 1, Duration.ofHours(1));
        Token first = token("s1", 0);
        Token second = token("s2", 1);

        time.advance(TTL.plus(LEEWAY).minusNanos(1));
        Session session = server().start(first);
        time.advance(Duration.ofNanos(1));

        assertRefused(Reason.EXPIRED, () -> server().start(second));
        assertEnterRefused(Reason.EXPIRED, second);
        assertThat(server().join(first)).isSameAs(session);
        assertThat(server().enter(first).join()).isSameAs(session);
    }

    @Test
    void the_leeway_of_clocks_is_a_setting_and_lets_nobody_in_after_the_claims_time() {
        start(builder().clockLeeway(Duration.ofMinutes(5)));
        platform.claim("s1", 0, TTL.plusSeconds(61));
        platform.claim("s2", 1, TTL);
        Token first = token("s1", 0);
        Token second = token("s2", 1);

        time.advance(TTL.plusSeconds(60));

        assertThat(server().enter(first)).isCompleted();
        assertEnterRefused(Reason.EXPIRED, second);
    }

    @Test
    void an_old_token_for_a_session_that_is_not_here_asks_nobody() {
        server();
        Token token = token("s1", 0);
        time.advance(TTL.plus(LEEWAY));

        assertRefused(Reason.EXPIRED, () -> server().start(token));
        assertThat(platform.asks).hasValue(0);
    }

    @Test
    void a_backend_that_cant_be_asked_makes_a_token_unavailable() {
        server();
        platform.failure = new PlatformException("down", null);

        assertRefused(Reason.UNAVAILABLE, () -> server().start(token("s1", 0)));
        assertEnterRefused(Reason.UNAVAILABLE, token("s2", 0));
    }

    @Test
    void after_close_every_token_is_unavailable() {
        Token token = claim("s1", 0);
        server().close();

        assertRefused(Reason.UNAVAILABLE, () -> server().start(token));
        assertRefused(Reason.UNAVAILABLE, () -> server().join(token));
        assertEnterRefused(Reason.UNAVAILABLE, token);
    }

    @Test
    void no_message_holds_the_token_or_a_part_of_it() {
        Token token = claim("s1", 0);
        Token forged = token(stranger, "s1", 0);
        time.advance(TTL);
        for (Token each : new Token[] {token, forged, token("s9", 0)}) {
            TokenRefusedException e = catchThrowableOfType(TokenRefusedException.class, () -> server().start(each));
            for (String part : each.encoded().split("\\.", -1)) {
                assertThat(String.valueOf(e)).doesNotContain(part);
            }
        }
    }

    @Test
    void enter_of_a_cancelled_future_starts_nothing() throws InterruptedException {
        server();
        platform.watching = false;
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        future.cancel(false);
        platform.answerAll();

        assertThat(server().sessions()).isEmpty();
        assertThat(server().start(token("s1", 0)).id()).isEqualTo("s1");
    }

    @Test
    void rule_10_what_was_started_for_a_future_cancelled_at_that_moment_is_ended() {
        Duration maxSession = Duration.ofHours(1);
        start(builder().maxSession(maxSession));
        platform.watching = false;
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        time.onSchedule = delay -> {
            if (delay.equals(maxSession)) { // it was just started
                future.cancel(false);
            }
        };
        platform.answerAll();

        assertThat(server().sessions()).isEmpty();
        assertThat(platform.freed).hasSize(1);
    }

    @Test
    void but_not_if_somebody_has_joined_it() {
        Duration maxSession = Duration.ofHours(1);
        start(builder().maxSession(maxSession));
        platform.watching = false;
        platform.answering = false;
        platform.claim("s1", 0, TTL);
        CompletableFuture<Session> future = server().enter(token("s1", 0));
        time.onSchedule = delay -> {
            if (delay.equals(maxSession)) {
                server().enter(token("s1", 0)).join();
                future.cancel(false);
            }
        };
        platform.answerAll();

        assertThat(server().sessions()).hasSize(1);
        assertThat(platform.freed).isEmpty();
    }
}
