package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.Token;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.Test;

/** A claim's life on the pod: told, started, joined, ended, freed once. */
class SessionLifeTest extends Fixture {

    @Test
    void a_session_is_claimed_started_joined_and_closed() throws InterruptedException {
        Token token = claim("s1", 3);
        Session session = server().start(token);

        assertThat(session.id()).isEqualTo("s1");
        assertThat(session.slot()).isEqualTo(3);
        assertThat(session.annotations()).isEqualTo(Map.of("map", "dust"));
        assertThat(server().join(token)).isSameAs(session);
        assertThat(server().sessions()).containsExactly(session);
        assertThat(server().capacity()).isEqualTo(4);
        assertThat(platform.freed).isEmpty();

        session.close();
        session.close();

        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.CLOSED);
        assertThat(server().sessions()).isEmpty();
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactly("s1");
        assertThat(heard.events).containsExactly("claimed s1", "ended s1 CLOSED");
        assertThat(session).hasToString("Session[s1, slot 3, ENDED]");
    }

    @Test
    void enter_starts_and_then_joins() {
        Token token = claim("s1", 0);
        Session session = server().enter(token).join();

        assertThat(server().enter(token).join()).isSameAs(session);
    }

    @Test
    void rule_3_a_claim_that_nobody_starts_is_freed_when_its_ttl_has_passed() {
        claim("s1", 0);
        time.advance(TTL.minusNanos(1));
        assertThat(platform.freed).isEmpty();

        time.advance(Duration.ofNanos(1));
        assertThat(platform.freed).hasSize(1);
        assertThat(heard.events).containsExactly("claimed s1", "expired s1");
    }

    /** Somebody has copied or moved its text to another slot of the ledger. */
    @Test
    void a_claim_for_a_session_that_lives_in_another_slot_is_freed_and_the_session_goes_on() throws Exception {
        Session session = server().start(claim("s1", 0));

        platform.claim("s1", 1, TTL);
        platform.claim("s1", 0, TTL);

        assertThat(platform.freed).extracting(ClaimedSlot::slot).containsExactly(1);
        session.close();
        assertThat(platform.freed).extracting(ClaimedSlot::slot).containsExactly(1, 0);
        assertThat(heard.events).containsExactly("claimed s1", "ended s1 CLOSED");
    }

    /** SIGSTOP past the claim's time, then SIGCONT: the player is at the door before the timer has run. */
    @Test
    void rule_8_5_a_process_that_was_stopped_past_the_claims_time_lets_nobody_in_late() {
        Token token = claim("s1", 0);
        Token join = claim("s2", 1);
        time.freeze(TTL.minusNanos(1));
        Session started = server().enter(join).join();
        time.freeze(Duration.ofNanos(1));

        assertRefused(Reason.EXPIRED, () -> server().start(token));
        assertEnterRefused(Reason.EXPIRED, token);
        assertThat(server().enter(join).join()).as("what runs does not expire").isSameAs(started);
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactly("s1");
        time.advance(Duration.ZERO);
        assertThat(platform.freed).hasSize(1);
        assertThat(heard.events).containsOnlyOnce("expired s1").doesNotContain("expired s2");
    }

    @Test
    void a_started_session_outlives_the_claims_ttl() throws InterruptedException {
        Session session = server().start(claim("s1", 0));
        time.advance(TTL.multipliedBy(100));

        assertThat(server().sessions()).containsExactly(session);
    }

    @Test
    void maxSession_ends_a_session_that_leaks() throws InterruptedException {
        start(builder().maxSession(Duration.ofHours(1)));
        Session leaked = server().start(claim("s1", 0));
        Session closed = server().start(claim("s2", 1));
        closed.close();
        time.advance(Duration.ofHours(1));

        assertThat(leaked.ended().toCompletableFuture()).isCompletedWithValue(EndReason.MAX_SESSION);
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactly("s2", "s1");
        assertThat(heard.events).contains("ended s1 MAX_SESSION", "ended s2 CLOSED");
    }

    @Test
    void timers_of_what_has_ended_are_gone() throws InterruptedException {
        start(builder().maxSession(Duration.ofHours(1)));
        int before = time.waiting();
        server().start(claim("s1", 0)).close();
        claim("s2", 0);
        platform.listener().revoked("s2");

        assertThat(time.waiting()).isEqualTo(before);
    }

    @Test
    void rule_11_a_claim_that_nobody_has_started_ends_when_it_is_revoked() {
        Token token = claim("s1", 0);
        platform.listener().revoked("s1");

        assertThat(platform.freed).hasSize(1);
        assertThat(heard.events).containsExactly("claimed s1", "withdrawn s1");
        assertRefused(Reason.ENDED, () -> server().start(token));
    }

    @Test
    void rule_11_a_running_session_is_told_and_freed_when_the_game_has_closed_it() throws InterruptedException {
        Session session = server().start(claim("s1", 0));
        platform.listener().revoked("s1");
        platform.listener().revoked("s1");

        assertThat(session.isRevoked()).isTrue();
        assertThat(platform.freed).isEmpty();
        session.close();

        assertThat(platform.freed).hasSize(1);
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.REVOKED);
        assertThat(heard.events).containsExactly("claimed s1", "revoked s1", "ended s1 REVOKED");
    }

    @Test
    void a_claim_that_is_gone_is_not_freed_since_its_slot_may_be_anothers() {
        claim("s1", 0);
        platform.listener().gone("s1");
        claim("s2", 0);

        assertThat(platform.freed).isEmpty();
        assertThat(heard.events).containsExactly("claimed s1", "withdrawn s1", "claimed s2");
    }

    @Test
    void a_running_session_whose_claim_is_gone_is_revoked() throws InterruptedException {
        Session session = server().start(claim("s1", 0));
        platform.listener().gone("s1");

        assertThat(session.isRevoked()).isTrue();
        assertThat(heard.events).containsExactly("claimed s1", "revoked s1");
    }

    @Test
    void events_that_repeat_or_come_after_the_end_change_nothing() throws InterruptedException {
        Token token = claim("s1", 0);
        ClaimedSlot claim = platform.ledger.get("s1");
        platform.listener().claimed(claim);
        Session session = server().start(token);
        platform.listener().claimed(claim);
        session.close();
        platform.listener().revoked("s1");
        platform.listener().gone("s1");
        platform.listener().revoked("never told");
        time.advance(TTL);

        assertThat(server().sessions()).isEmpty();
        assertThat(platform.freed).hasSize(1);
        assertThat(heard.events).containsExactly("claimed s1", "ended s1 CLOSED");
    }

    /** A storage that was set back has claims again that had ended: nobody else would free them. */
    @Test
    void a_claim_that_is_told_again_after_its_end_is_freed_again_and_starts_nothing() throws InterruptedException {
        Token token = claim("s1", 0);
        ClaimedSlot claim = platform.ledger.get("s1");
        server().start(token).close();

        platform.listener().claimed(claim);

        assertThat(platform.freed).containsExactly(claim, claim);
        assertThat(heard.events).containsExactly("claimed s1", "ended s1 CLOSED");
        assertRefused(Reason.ENDED, () -> server().start(token));
    }

    @Test
    void the_newest_ends_are_remembered_and_no_more() throws InterruptedException {
        Token oldest = claim("s0", 0);
        server().start(oldest).close();
        Token next = claim("s1", 0);
        server().start(next).close();
        for (int i = 0; i < Sessions.REMEMBERED - 1; i++) {
            platform.claim("more-" + i, 0, TTL);
            platform.listener().revoked("more-" + i);
        }

        assertRefused(Reason.UNKNOWN_SESSION, () -> server().start(oldest));
        assertRefused(Reason.ENDED, () -> server().start(next));
    }

    @Test
    void nothing_that_the_game_does_with_ended_harms_the_session() throws InterruptedException {
        Session session = server().start(claim("s1", 0));
        session.ended().toCompletableFuture().complete(EndReason.MAX_SESSION);
        session.ended().thenRun(() -> {
            throw new IllegalStateException("the game's");
        });

        assertThat(server().sessions()).containsExactly(session);
        session.close();
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.CLOSED);
    }

    @Test
    void a_platform_that_fails_to_free_does_not_fail_the_game() throws InterruptedException {
        MemoryPlatform memory = platform;
        Platform failing = new ForwardingPlatform(memory) {
            @Override
            public void free(ClaimedSlot claim) {
                throw new AssertionError("broken");
            }
        };
        start(builder().platform(failing));
        Session session = server().start(claim("s1", 0));
        session.close();

        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.CLOSED);
    }

    @Test
    void drain_and_close_are_told_to_the_platform() {
        server().ready();
        server().unready();
        server().ready();
        server().drain();
        server().drain();
        server().shutdown();
        server().close();
        server().close();

        assertThat(platform.calls)
                .containsExactly(
                        "boot", "ready true", "ready false", "ready true", "drain", "drain", "shutdown", "close");
    }

    @Test
    void a_draining_server_is_not_ready_again_and_lets_its_players_in() throws InterruptedException {
        Token token = claim("s1", 0);
        server().drain();

        assertThatThrownBy(() -> server().ready())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("draining");
        assertThat(server().start(token).id()).isEqualTo("s1");
    }

    @Test
    void after_close_the_server_says_so() {
        server().close();
        server().health();

        assertThatThrownBy(() -> server().ready()).hasMessageContaining("closed");
        assertThatThrownBy(() -> server().unready()).hasMessageContaining("closed");
        assertThatThrownBy(() -> server().drain()).hasMessageContaining("closed");
        assertThatThrownBy(() -> server().shutdown()).hasMessageContaining("closed");
    }

    @Test
    void close_ends_what_runs_gives_back_what_is_claimed_and_then_closes_the_platform() throws InterruptedException {
        Session running = server().start(claim("s1", 0));
        claim("s2", 1);
        server().close();

        assertThat(running.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactlyInAnyOrder("s1", "s2");
        assertThat(heard.events).contains("ended s1 SERVER_CLOSED", "withdrawn s2");
        assertThat(server().sessions()).isEmpty();
        assertThat(server().awaitIdle(Duration.ZERO)).isTrue();

        platform.claim("s3", 2, TTL);
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).contains("s3");
    }

    @Test
    void once_another_process_has_the_pod_all_is_over_and_nobody_is_let_in() throws InterruptedException {
        Token token = claim("s1", 0);
        Session running = server().start(token);
        Session gone = server().start(claim("s2", 1));
        platform.listener().gone("s2"); // by hand: the game was told, and has not closed it yet
        Token late = claim("s3", 2);
        Token unseen = token("s4", 3);

        platform.lose();
        platform.claim("s4", 3, TTL);

        assertThat(running.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(gone.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(heard.events)
                .containsSubsequence("claimed s1", "claimed s2", "revoked s2", "claimed s3")
                .contains("ended s1 SERVER_CLOSED", "ended s2 SERVER_CLOSED", "withdrawn s3")
                .hasSize(7);
        assertThat(server().sessions()).isEmpty();
        assertThat(server().awaitIdle(Duration.ZERO)).isTrue();
        for (Token each : new Token[] {token, late, unseen}) {
            assertRefused(Reason.OTHER_POD, () -> server().start(each));
            assertRefused(Reason.OTHER_POD, () -> server().join(each));
            assertEnterRefused(Reason.OTHER_POD, each);
        }
        time.advance(TTL.multipliedBy(2));
        assertThat(heard.events).doesNotContain("expired s3");
        assertThat(platform.freed)
                .as("what was told before is not this process's to free")
                .extracting(ClaimedSlot::sessionId)
                .containsExactly("s4");
    }

    /** The token was judged good, and then the pod was lost. */
    @Test
    void nobody_slips_in_while_the_pod_is_lost() {
        platform.watching = false;
        platform.answering = false;
        Token token = claim("s1", 0);
        var entering = server().enter(token);

        platform.lose();
        platform.answerAll();

        assertThat(entering).isCompletedExceptionally();
        assertThat(server().sessions()).isEmpty();
    }

    /** Or who waits for room would be given what it frees. */
    @Test
    void a_server_that_is_closed_says_so_before_it_frees_anything() throws InterruptedException {
        List<String> said = new ArrayList<>();
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void ending() {
                said.add("ending");
                throw new IllegalStateException("against its contract");
            }

            @Override
            public void free(ClaimedSlot claim) {
                said.add("free");
            }

            @Override
            public void close() {
                said.add("close");
            }
        }));
        server().start(claim("running", 0));
        claim("claimed", 1);
        server().close();

        assertThat(said).containsExactly("ending", "free", "free", "close");
    }
}
