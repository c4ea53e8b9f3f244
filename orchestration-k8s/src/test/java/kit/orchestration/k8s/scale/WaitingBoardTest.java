package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What scalers tell each other of the requests that wait. In virtual time. */
class WaitingBoardTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final Loop loop = new Loop(clock.scheduler(), clock::nanoTime);
    private final BoardServer server = new BoardServer();
    private final WaitingBoard one = board(1, "one");
    private final WaitingBoard two = board(2, "two");

    private WaitingBoard board(int seed, String identity) {
        return new WaitingBoard(
                new ScaleCalls(server, "games", TIMEOUT),
                new LeaseApi(server, "games", TIMEOUT, LeaseApi.Observer.NONE, clock::nanoTime),
                loop,
                new Random(seed),
                clock,
                "duel",
                identity);
    }

    @BeforeEach
    void listen() {
        one.start();
        two.start();
        clock.advance(SECOND);
    }

    private void say(WaitingBoard board, int waiting) {
        loop.execute(() -> board.say(waiting));
        clock.advance(SECOND);
    }

    @Test
    void each_hears_what_waits_with_the_others_and_not_its_own() {
        say(one, 7);
        say(two, 5);

        assertThat(one.others()).isEqualTo(5);
        assertThat(two.others()).isEqualTo(7);
        assertThat(server.annotations().values()).anyMatch(text -> text.startsWith("7 ") && text.endsWith(" one"));

        say(one, 0);
        assertThat(two.others()).isZero();
        assertThat(server.annotations()).hasSize(1);
    }

    @Test
    void a_number_whose_answer_was_lost_is_taken_back_when_nobody_waits_any_more() {
        say(one, 1);
        say(one, 0);
        server.losesAnswers = true;
        say(one, 400);
        assertThat(two.others()).isEqualTo(400);
        server.losesAnswers = false;
        for (int i = 0; i < 3; i++) {
            say(one, 0);
        }
        assertThat(two.others()).isZero();
    }

    @Test
    void nothing_is_written_while_nothing_waits_and_a_number_that_stays_seldom() {
        for (int i = 0; i < 100; i++) {
            say(one, 0);
        }
        assertThat(server.writes).isEmpty();
        for (int i = 0; i < 100; i++) {
            say(one, 3);
        }
        assertThat(server.writes).hasSizeBetween(10, 13);
    }

    @Test
    void a_number_that_changes_all_the_time_is_written_once_a_second() {
        for (int i = 0; i < 100; i++) {
            int waiting = i + 1;
            loop.execute(() -> one.say(waiting));
            clock.advance(Duration.ofMillis(100));
        }
        assertThat(server.writes).hasSizeBetween(9, 13);
    }

    @Test
    void one_that_has_died_counts_for_half_a_minute_and_is_taken_out_later() {
        say(one, 7);
        clock.advance(WaitingBoard.DEAD.minusSeconds(2));
        assertThat(two.others()).isEqualTo(7);
        clock.advance(Duration.ofSeconds(3));
        assertThat(two.others()).isZero();

        loop.execute(two::tidy);
        assertThat(server.annotations()).hasSize(1);
        clock.advance(WaitingBoard.DEAD.multipliedBy(10));
        loop.execute(two::tidy);
        clock.advance(SECOND);
        assertThat(server.annotations()).isEmpty();
    }

    @Test
    void one_that_has_died_stays_dead_though_it_can_not_be_taken_out() {
        server.write("waiting-a", "900 " + clock.instant() + " died");
        clock.advance(WaitingBoard.DEAD.multipliedBy(10).plusSeconds(1));
        assertThat(two.others()).isZero();

        server.refusals.add(new Answer(429, "{\"kind\":\"Status\",\"message\":\"busy\"}", ""));
        loop.execute(two::tidy);
        clock.advance(SECOND);
        server.write("waiting-b", "2 " + clock.instant() + " lives");
        assertThat(two.others()).isEqualTo(2);

        loop.execute(two::tidy);
        clock.advance(SECOND);
        assertThat(server.annotations()).doesNotContainKey("waiting-a");
    }

    @Test
    void one_that_was_dead_before_we_came_does_not_count_and_one_that_lives_does() {
        server.write("waiting-a", "7 " + clock.instant().minusSeconds(3_600) + " dead");
        server.write("waiting-b", "5 " + clock.instant().minusSeconds(3) + " alive");
        server.write("waiting-c", "much");
        server.write("note", "8");
        WaitingBoard late = board(3, "late");
        late.start();
        clock.advance(SECOND);

        assertThat(late.others()).isEqualTo(5);
        server.write("waiting-a", "6 " + clock.instant().minusSeconds(3_600) + " whose clock is wrong");
        assertThat(late.others()).as("it changes, so it lives").isEqualTo(11);
    }

    /** It has begun to say something while we listened. */
    @Test
    void one_whose_clock_is_behind_counts_from_its_first_number() {
        server.write("waiting-a", "7 " + clock.instant().minusSeconds(45) + " behind");
        assertThat(one.others()).isEqualTo(7);
    }

    @Test
    void numbers_that_nobody_can_have_count_as_the_most_that_may_be() {
        server.write("waiting-a", "2000000000 " + clock.instant() + " somebody");
        server.write("waiting-b", "2000000000 " + clock.instant() + " somebody");
        assertThat(one.others()).isEqualTo(1_000_000);
    }

    @Test
    void what_was_refused_is_said_again_later() {
        server.refusals.add(new Answer(403, "{\"kind\":\"Status\",\"message\":\"no\"}", ""));
        say(one, 7);
        assertThat(two.others()).isZero();
        for (int i = 0; i < 3; i++) {
            say(one, 7);
        }
        assertThat(two.others()).isEqualTo(7);
    }

    @Test
    void a_close_takes_back_what_was_said() {
        say(one, 7);
        one.close();
        clock.advance(SECOND);
        assertThat(two.others()).isZero();
    }
}
