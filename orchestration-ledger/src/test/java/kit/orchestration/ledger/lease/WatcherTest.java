package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Script.Asked;
import kit.orchestration.ledger.lease.Watcher.Snapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Step by step, in virtual time; {@link WatcherModelTest} has the schedules that nobody thought of. */
class WatcherTest {

    private static final Duration MOMENT = Duration.ofMillis(10);
    /** More than any pause after a few failures. */
    private static final Duration WHILE = Duration.ofSeconds(6);

    private final VirtualTime time = new VirtualTime();
    private final Loop loop = time.loop();
    private final Script script = new Script();
    private final Watcher<String> watcher = new Watcher<>(script, loop, new Random(1), script);

    // ---- as it goes ----

    @Test
    void a_list_and_then_every_change_are_told_in_order() {
        watcher.start();
        time.settle();
        assertThat(watcher.version()).isEqualTo(-1);
        list(0, "10", "a", "b");
        open(0);
        script.watch(0).events.seen("11", "a2");
        script.watch(0).events.gone("12", "b");
        script.watch(0).events.heard("15");
        time.settle();

        assertThat(script.told).containsExactly("listed [a, b]", "seen a2", "gone b");
        assertThat(watcher.version()).isEqualTo(15);
        assertThat(script.watch(0).version).isEqualTo("10");
    }

    @Test
    void before_it_was_listed_nothing_is_certain() {
        assertThat(why()).contains("not listed yet");
        watcher.start();
        time.advance(Duration.ofSeconds(3));
        assertThat(why()).contains("not listed yet");
        list(0, "10");
        assertThat(why()).contains("not listed yet");
    }

    @Test
    void a_fresh_list_is_believed_as_soon_as_a_watch_of_it_stands() {
        stand();

        assertThat(watcher.doubt()).isEmpty();
        assertThat(script.doubts).isEqualTo(1);
    }

    @Test
    void a_list_that_took_long_is_believed_when_what_came_after_it_was_told() {
        watcher.start();
        time.advance(Duration.ofSeconds(40));
        list(0, "10", "a");
        open(0);
        assertThat(watcher.doubt()).isPresent();

        time.advance(Duration.ofMillis(900));
        assertThat(watcher.doubt()).isPresent();
        time.advance(Duration.ofMillis(101));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void what_is_known_already_is_watched_from_there() {
        watcher.start(42);
        time.settle();
        assertThat(script.snapshots).isEmpty();
        assertThat(script.watch(0).version).isEqualTo("42");
        assertThat(watcher.version()).isEqualTo(42);
        open(0);
        assertThat(watcher.doubt()).as("who knows how old it is").isPresent();
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void a_watch_that_the_server_ends_in_time_goes_on_where_it_was() {
        stand();
        time.advance(Duration.ofSeconds(20));
        script.watch(0).events.heard("13");
        time.advance(Duration.ofSeconds(2));
        script.watch(0).events.ended(null);
        time.settle();

        assertThat(script.watches).hasSize(2);
        assertThat(script.watch(1).version).isEqualTo("13");
        assertThat(watcher.doubt()).isEmpty();
        assertThat(watcher.age()).isEqualTo(Duration.ZERO);
    }

    @Test
    void one_that_stood_and_is_ended_early_goes_on_at_once_too() {
        stand();
        time.advance(Duration.ofSeconds(5));
        script.watch(0).events.ended(null);
        time.settle();

        assertThat(script.watch(1).version).isEqualTo("10");
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void watches_are_not_asked_for_with_one_length() {
        stand();
        for (int i = 0; i < 50; i++) {
            time.advance(Duration.ofSeconds(23));
            script.watch(i).events.heard("13");
            script.watch(i).events.ended(null);
            time.settle();
            open(i + 1);
        }
        List<Duration> lengths =
                script.watches.stream().map(asked -> asked.length).distinct().toList();

        assertThat(lengths).hasSizeGreaterThan(5);
        assertThat(lengths)
                .allSatisfy(length -> assertThat(length)
                        .isBetween(Duration.ofSeconds(20), Watcher.LENGTH)
                        .isEqualTo(Duration.ofSeconds(length.toSeconds())));
    }

    // ---- what fails ----

    @Test
    void a_watch_that_broke_is_resumed_and_believed_when_it_has_stood() {
        stand();
        script.watch(0).events.seen("11", "a2");
        script.watch(0).events.ended(ApiException.failed("watching things", new IOException("reset")));
        time.settle();
        assertThat(why()).contains("watching things failed").contains("reset");

        time.advance(WHILE);
        assertThat(script.snapshots).hasSize(1);
        assertThat(script.watch(1).version).isEqualTo("11");
        open(1);
        assertThat(watcher.doubt()).isPresent();
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void after_three_failures_it_is_begun_anew() {
        stand();
        for (int i = 0; i < 3; i++) {
            script.watch(i).events.ended(Script.answered(500));
            time.advance(WHILE);
        }

        assertThat(script.watches).hasSize(3);
        assertThat(script.snapshots).hasSize(2);
    }

    @Test
    void a_quiet_hour_makes_the_next_failure_the_first_again() {
        stand();
        for (int i = 0; i < 2; i++) {
            script.watch(i).events.ended(Script.answered(500));
            time.advance(WHILE);
        }
        open(2);
        time.advance(Duration.ofSeconds(5)); // no event in it
        script.watch(2).events.ended(Script.answered(500));
        time.advance(Duration.ofMillis(60));

        assertThat(script.snapshots).hasSize(1);
        assertThat(script.watches).hasSize(4);
    }

    @Test
    void where_lists_are_allowed_and_watches_are_not_it_lists_and_says_why() {
        watcher.start();
        time.settle();
        for (int i = 0; i < 10; i++) {
            list(i, Integer.toString(10 + i), "a" + i);
            script.watch(i).events.ended(Script.answered(403));
            time.settle();
            Doubt doubt = watcher.doubt().orElseThrow();
            assertThat(doubt.isRefusal()).isTrue();
            assertThat(doubt.error().map(ApiException::code)).contains(403);
            time.advance(WHILE);
        }

        assertThat(script.told).hasSize(10);
        assertThat(script.snapshots).hasSize(11);
        assertThat(script.watches).hasSize(10);
    }

    @Test
    void a_refused_list_is_tried_on_and_said() {
        watcher.start();
        time.settle();
        script.snapshot(0).completeExceptionally(Script.answered(401));
        time.settle();

        assertThat(watcher.doubt().flatMap(Doubt::error).map(ApiException::code))
                .contains(401);
        time.advance(WHILE);
        list(1, "10", "a");
        open(0);
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
    }

    /** Neither the server nor the log is flooded, and nobody is told in between that all is well. */
    @Test
    void a_watch_that_is_ended_at_once_each_time_is_never_believed() {
        stand();
        script.watch(0).events.ended(null);
        time.settle();
        int told = script.doubts;
        List<Boolean> doubted = new ArrayList<>();
        script.atDoubt = () -> doubted.add(watcher.doubt().isPresent());
        Duration until = time.time().plusSeconds(60);
        while (time.time().compareTo(until) < 0) {
            assertThat(why()).contains("ended the watch of things at once");
            play(MOMENT, asked -> {
                asked.events.opened();
                asked.events.ended(null);
            });
        }

        assertThat(script.snapshots).hasSizeGreaterThan(5);
        assertThat(script.requests()).isLessThan(60);
        assertThat(script.doubts - told).isLessThan(60);
        assertThat(doubted).doesNotContain(false);
    }

    @Test
    void a_version_that_is_too_old_is_listed_anew_at_once() {
        stand();
        script.watch(0).events.ended(Script.answered(410));
        time.settle();

        assertThat(script.snapshots).hasSize(2);
        assertThat(watcher.doubt().flatMap(Doubt::error).map(ApiException::kind))
                .contains(Kind.EXPIRED);
    }

    @Test
    void versions_that_are_always_too_old_are_asked_for_with_pauses() {
        watcher.start();
        Duration until = time.time().plusSeconds(60);
        while (time.time().compareTo(until) < 0) {
            play(MOMENT, asked -> asked.events.ended(Script.answered(410)));
        }

        assertThat(script.requests()).isBetween(10, 80);
    }

    @Test
    void a_server_that_asks_for_a_pause_gets_it() {
        stand();
        script.watch(0).events.ended(ApiException.answered("watching", new Transport.Answer(429, "", "20")));
        time.advance(Duration.ofSeconds(19));
        assertThat(script.requests()).isEqualTo(2);
        time.advance(Duration.ofSeconds(12));
        assertThat(script.requests()).isEqualTo(3);
    }

    @Test
    void a_source_that_throws_is_asked_again() {
        script.refusing = new IllegalStateException("closed");
        watcher.start();
        time.advance(WHILE);
        assertThat(why()).contains("closed");
        script.refusing = null;
        time.advance(WHILE);
        list(script.snapshots.size() - 1, "10", "a");
        script.refusing = new IllegalStateException("closed");
        time.advance(WHILE);
        script.refusing = null;
        time.advance(WHILE);
        play(MOMENT, asked -> asked.events.opened());
        play(Duration.ofSeconds(2), asked -> asked.events.opened());

        assertThat(watcher.doubt()).isEmpty();
    }

    // ---- what says nothing ----

    @Test
    void a_watch_that_says_nothing_and_does_not_end_is_begun_anew() {
        stand();
        time.advance(Watcher.LENGTH.plus(Watcher.GRACE).minus(MOMENT));
        assertThat(watcher.doubt()).isEmpty();
        time.advance(MOMENT);

        assertThat(why()).isEqualTo("the watch of things was silent for 35 s");
        assertThat(script.watch(0).closed).isTrue();
        assertThat(script.snapshots).hasSize(2);
        assertThat(watcher.age()).as("our own cutting is no hearing").isGreaterThan(Duration.ofSeconds(30));
    }

    @Test
    void one_that_is_never_answered_is_too() {
        watcher.start();
        time.settle();
        list(0, "10");
        time.advance(Watcher.LENGTH.plus(Watcher.GRACE));

        assertThat(why()).contains("silent");
        assertThat(script.snapshots).hasSize(2);
    }

    /** As one does from a version that is not reached, since the storage was set back. */
    @Test
    void a_watch_that_ended_in_time_without_a_word_is_begun_anew() {
        stand();
        time.advance(Duration.ofSeconds(30));
        script.watch(0).events.ended(null);
        time.settle();

        assertThat(why()).contains("silent for 30 s");
        assertThat(script.snapshots).hasSize(2);
    }

    @Test
    void a_long_watch_is_dead_when_not_even_a_bookmark_comes() {
        Watcher<String> pods = new Watcher<>(script, loop, new Random(1), script, Duration.ofMinutes(10));
        pods.start();
        time.settle();
        list(0, "10");
        open(0);
        assertThat(script.watch(0).length).isBetween(Duration.ofMinutes(7), Duration.ofMinutes(10));
        time.advance(Duration.ofSeconds(60));
        script.watch(0).events.heard("11");
        time.advance(Watcher.SILENCE);
        assertThat(pods.doubt()).isEmpty();
        assertThat(script.watch(0).closed).isFalse();
        time.advance(Duration.ofSeconds(2));

        assertThat(pods.doubt().map(Doubt::why).orElse("")).contains("silent for 9");
        assertThat(script.watch(0).closed).isTrue();
        assertThat(script.snapshots).as("what it knew may be old").hasSize(2);
    }

    @Test
    void a_long_watch_that_is_never_answered_is_dead_too() {
        Watcher<String> pods = new Watcher<>(script, loop, new Random(1), script, Duration.ofMinutes(10));
        pods.start();
        time.settle();
        list(0, "10");
        time.advance(Watcher.SILENCE.plusSeconds(2));

        assertThat(script.watch(0).closed).isTrue();
    }

    @Test
    void a_long_watch_is_resumed_from_its_last_bookmark() {
        Watcher<String> pods = new Watcher<>(script, loop, new Random(1), script, Duration.ofMinutes(10));
        pods.start();
        time.settle();
        list(0, "10");
        open(0);
        for (int minute = 1; minute < 9; minute++) {
            time.advance(Duration.ofSeconds(60));
            script.watch(0).events.heard("1" + minute);
            time.settle();
        }
        script.watch(0).events.ended(null);
        time.settle();

        assertThat(script.snapshots).hasSize(1);
        assertThat(script.watch(1).version).isEqualTo("18");
        assertThat(pods.doubt()).isEmpty();
    }

    // ---- what is expected ----

    @Test
    void what_is_expected_is_done_when_it_was_told() {
        stand();
        watcher.expect(10, () -> script.told.add("known"));
        watcher.expect(12, () -> script.told.add("expected"));
        time.settle();
        script.watch(0).events.seen("11", "b");
        script.watch(0).events.heard("13");
        time.advance(Duration.ofSeconds(3));

        assertThat(script.told).containsExactly("listed [a]", "known", "seen b", "expected");
        assertThat(script.watches).as("nobody suspects it").hasSize(1);
    }

    @Test
    void of_what_nobody_waits_for_few_are_kept_however_many_there_are() {
        stand();
        time.advance(Duration.ofSeconds(2));
        for (int version = 12; version < 1_000; version++) {
            watcher.expect(version);
        }
        time.settle();
        assertThat(watcher.expectations()).isEqualTo(2);

        script.watch(0).events.heard("998");
        time.settle();
        assertThat(watcher.expectations()).as("the last is not told").isEqualTo(1);
        time.advance(Duration.ofMillis(1_001));
        assertThat(why()).isEqualTo("the watch of things does not tell of what was written");
        script.watch(1).events.heard("999");
        time.settle();
        assertThat(watcher.expectations()).isZero();
    }

    /** A watch that lags a little behind many writes is not dead. */
    @Test
    void of_what_nobody_waits_for_the_newest_is_not_overdue_when_the_oldest_would_have_been() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.expect(12);
        time.advance(Duration.ofMillis(600));
        watcher.expect(14);
        script.watch(0).events.heard("12");
        time.advance(Duration.ofMillis(600));
        assertThat(watcher.doubt()).isEmpty();

        time.advance(Duration.ofMillis(600));
        assertThat(why()).isEqualTo("the watch of things does not tell of what was written");
    }

    /** A moment's work must not make it wait for another second. */
    @Test
    void the_second_suspicion_comes_a_second_after_the_first_however_long_it_takes_to_tell_of_that() {
        Watcher<String> slow = new Watcher<>(script, loop, new Random(1), new Watcher.Sink<>() {
            @Override
            public void listed(List<String> objects) {}

            @Override
            public void seen(String object) {}

            @Override
            public void gone(String object) {}

            @Override
            public void doubtChanged() {
                time.stop(MOMENT);
            }
        });
        slow.start();
        time.settle();
        list(0, "10", "a");
        open(0);
        time.advance(Duration.ofSeconds(2));
        slow.expect(12, () -> {});
        time.advance(Duration.ofMillis(1_100));
        assertThat(script.watch(1).version).isEqualTo("10");
        time.advance(Duration.ofSeconds(1));
        assertThat(script.snapshots).hasSize(2);
        slow.close();
    }

    @Test
    void what_is_expected_and_not_told_makes_it_resume_and_then_begin_anew() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.expect(12, () -> script.told.add("expected"));
        time.advance(Duration.ofMillis(1001));
        assertThat(why()).isEqualTo("the watch of things does not tell of what was written");
        assertThat(script.watch(1).version).isEqualTo("10");
        open(1);
        time.advance(Duration.ofMillis(1001));
        assertThat(script.snapshots).hasSize(2);

        list(1, "12", "b");
        assertThat(script.told).endsWith("listed [b]", "expected");
        open(2);
        assertThat(watcher.doubt())
                .as("a list that was asked for after the suspicion")
                .isEmpty();
    }

    /** An etcd that was restored counts from where its copy was made. */
    @Test
    void what_a_storage_that_was_set_back_will_never_tell_is_not_expected_for_ever() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.expect(900, () -> script.told.add("over"));
        for (int i = 1; i < 3; i++) {
            time.advance(Duration.ofMillis(1001));
        }
        list(1, "7", "a");
        assertThat(script.told).endsWith("listed [a]", "over");
        assertThat(watcher.version()).isEqualTo(7);
        open(2);
        time.advance(Duration.ofSeconds(20));
        assertThat(script.snapshots).as("lists").hasSize(2);
        assertThat(script.watches).hasSize(3);
    }

    @Test
    void a_list_that_was_asked_for_before_may_be_older_than_what_is_expected() {
        watcher.start();
        time.settle();
        time.advance(MOMENT);
        watcher.expect(12, () -> script.told.add("expected"));
        time.settle();
        list(0, "10", "a");
        assertThat(script.told).containsExactly("listed [a]");
        script.watch(0).events.seen("12", "b");
        time.settle();
        assertThat(script.told).endsWith("seen b", "expected");
    }

    /** It tells what it would have told of the copy, and looks alive. */
    @Test
    void what_only_a_list_will_do_for_makes_it_list_though_it_tells_of_other_things() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.expect(Long.MAX_VALUE, () -> script.told.add("over"));
        time.settle();
        script.watch(0).events.seen("11", "b");
        time.advance(Duration.ofMillis(1001));
        assertThat(script.snapshots).hasSize(2);
        list(1, "12", "b");
        assertThat(script.told).endsWith("listed [b]", "over");
    }

    @Test
    void thousands_that_wait_for_it_share_one_alarm() {
        stand();
        for (int i = 0; i < 5_000; i++) {
            watcher.expect(12, () -> script.told.add("expected"));
        }
        time.settle();
        assertThat(time.waiting()).isLessThan(10);
        script.watch(0).events.seen("12", "b");
        time.settle();
        assertThat(script.told).hasSize(5_002);
    }

    /** The task that would end it is not taken any more. */
    @Test
    void it_is_closed_after_its_loop_too() {
        stand();
        loop.close();
        watcher.close();
        assertThat(script.watch(0).closed).isTrue();
    }

    @Test
    void what_is_expected_ends_with_the_close() {
        stand();
        watcher.expect(12, () -> script.told.add("expected"));
        time.settle();
        watcher.close();
        time.advance(Duration.ofMinutes(1));
        assertThat(time.waiting()).isZero();
        assertThat(script.told).doesNotContain("expected");
    }

    // ---- suspicion ----

    @Test
    void a_suspected_watch_is_cut_and_resumed() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.suspect("nobody heard of 11");
        time.settle();

        assertThat(why()).isEqualTo("nobody heard of 11");
        assertThat(script.watch(0).closed).isTrue();
        assertThat(script.watch(1).version).isEqualTo("10");
        open(1);
        time.advance(Duration.ofMillis(1001));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void what_was_told_a_moment_ago_does_not_end_a_suspicion() {
        stand();
        time.advance(Duration.ofSeconds(2));
        script.watch(0).events.seen("11", "b");
        watcher.suspect("nobody heard of 12");
        time.settle();
        open(1);
        assertThat(why()).isEqualTo("nobody heard of 12");
    }

    @Test
    void suspected_again_with_nothing_told_it_is_begun_anew() {
        suspected(1);
        watcher.suspect("nor now");
        time.settle();

        assertThat(script.snapshots).hasSize(2);
    }

    @Test
    void suspected_again_with_something_told_it_is_resumed_again() {
        suspected(1);
        script.watch(1).events.seen("12", "b");
        watcher.suspect("nobody heard of 13");
        time.settle();

        assertThat(script.snapshots).hasSize(1);
        assertThat(script.watch(2).version).isEqualTo("12");
    }

    /** Not even the answer's head comes through: the server, or what is between, holds back all watches. */
    @Test
    void one_that_does_not_stand_either_is_begun_anew() {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.suspect("nobody heard of 11");
        time.advance(Duration.ofMillis(1001));
        watcher.suspect("nor now");
        time.settle();

        assertThat(script.snapshots).hasSize(2);
        list(1, "12", "a", "b");
        assertThat(script.told).endsWith("listed [a, b]");
    }

    /** Each of many claims whose events are late says so, and none may cut the watch that is to bring them. */
    @Test
    void a_watch_that_has_just_begun_is_not_suspected() {
        stand();
        watcher.suspect("nobody heard of -1");
        time.settle();
        assertThat(script.watches).hasSize(1);
        time.advance(Duration.ofSeconds(2));
        for (int i = 0; i < 100; i++) {
            watcher.suspect("nobody heard of " + i);
            time.advance(MOMENT);
            if (i == 20) {
                open(1);
            }
        }
        assertThat(script.watches).hasSize(2);
        script.watch(1).events.seen("11", "b");
        time.settle();
        assertThat(script.told).endsWith("seen b");
    }

    /** Who says no rests on it. */
    @Test
    void a_quiet_watch_that_somebody_relies_on_gives_way_to_a_short_one() {
        stand();
        time.advance(Duration.ofMillis(2_900));
        watcher.hurry();
        time.advance(Duration.ofMillis(200));
        assertThat(script.watches).as("it was heard not long ago").hasSize(1);
        watcher.hurry();
        time.settle();
        assertThat(script.watch(1).length).isEqualTo(Watcher.SHORT);
        assertThat(script.watch(1).version).isEqualTo("10");
        open(1);
        assertThat(watcher.doubt()).isEmpty();
        time.advance(Duration.ofMillis(3_500));
        watcher.hurry();
        time.settle();
        assertThat(script.watches).as("until it has ended").hasSize(2);

        script.watch(1).events.heard("15");
        script.watch(1).events.ended(null);
        time.settle();
        assertThat(script.watch(2).version).isEqualTo("15");
        assertThat(script.watch(2).length).isGreaterThan(Watcher.SHORT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_dead_watch_that_somebody_relies_on_is_found_by_that(boolean stands) {
        stand();
        time.advance(Duration.ofMillis(3_001));
        watcher.hurry();
        time.settle();
        if (stands) {
            open(1);
        }
        time.advance(Watcher.SHORT.plus(Watcher.GRACE).plus(MOMENT));
        assertThat(why()).contains("was silent for 13 s");
        assertThat(script.snapshots).hasSize(2);
    }

    // ---- a process that was stopped ----

    @Test
    void a_process_that_was_stopped_knows_it_before_anything_runs() {
        stand();
        time.advance(Duration.ofSeconds(3));
        time.stop(Duration.ofSeconds(90));
        assertThat(why()).isEqualTo("this process stood still for 90 s");

        time.settle();
        assertThat(why()).isEqualTo("this process stood still for 90 s");
        assertThat(script.watch(0).closed).isTrue();
        list(1, "20", "b");
        assertThat(watcher.doubt()).isPresent();
        open(1);
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void one_that_was_stopped_for_a_little_while_goes_on_where_it_was() {
        stand();
        time.advance(Duration.ofSeconds(3));
        time.stop(Duration.ofSeconds(7));
        time.settle();
        assertThat(script.watch(0).closed).isTrue();
        assertThat(script.watch(1).version).isEqualTo("10");
        open(1);
        assertThat(watcher.doubt()).isPresent();
        time.advance(Duration.ofMillis(1001));
        assertThat(watcher.doubt()).isEmpty();
    }

    /** A watch that stands and tells nothing does not make what is known any younger, however often it is begun. */
    @Test
    void what_is_long_known_is_not_resumed() {
        stand();
        for (int i = 0; i < 4; i++) {
            time.advance(Duration.ofSeconds(6));
            script.watch(i).events.ended(null);
            time.settle();
            if (i < 3) {
                assertThat(script.snapshots).hasSize(1);
                open(i + 1);
            }
        }

        assertThat(script.snapshots).hasSize(2);
        assertThat(why()).contains("silent for 24 s");
    }

    @Test
    void there_is_no_moment_at_which_a_stopped_process_is_certain() {
        stand();
        time.stop(Duration.ofSeconds(90));
        script.atDoubt = () -> assertThat(watcher.doubt()).isPresent();
        time.settle();

        assertThat(script.doubts).isEqualTo(2);
        assertThat(script.told).doesNotContain("");
        assertThat(watcher.doubt()).isPresent();
    }

    @Test
    void a_busy_moment_is_no_stop() {
        stand();
        time.stop(Duration.ofSeconds(4));
        assertThat(watcher.doubt()).isEmpty();
        time.settle();

        assertThat(watcher.doubt()).isEmpty();
        assertThat(script.watches).hasSize(1);
    }

    @Test
    void a_sink_that_takes_long_over_a_list_is_not_given_another_one() {
        script.atNews = () -> time.stop(Duration.ofSeconds(40));
        watcher.start();
        time.settle();
        list(0, "10", "a");
        Duration until = time.time().plusSeconds(20);
        while (time.time().compareTo(until) < 0) {
            play(MOMENT, asked -> asked.events.opened());
        }

        assertThat(script.snapshots).hasSize(1);
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void one_that_was_made_long_before_its_start_was_not_stopped() {
        time.advance(Duration.ofMinutes(1));
        watcher.start();
        time.advance(Duration.ofSeconds(3));
        list(0, "10", "a");

        assertThat(script.snapshots).hasSize(1);
        assertThat(script.told).containsExactly("listed [a]");
    }

    // ---- what comes late ----

    @Test
    void what_an_earlier_watch_tells_is_no_news() {
        suspected(1);
        script.watch(0).events.seen("11", "late");
        script.watch(0).events.gone("12", "late");
        script.watch(0).events.heard("99");
        script.watch(0).events.opened();
        script.watch(0).events.ended(Script.answered(410));
        time.advance(WHILE);

        assertThat(script.told).containsExactly("listed [a]");
        assertThat(script.watches).hasSize(2);
        assertThat(watcher.version()).isEqualTo(10);
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void a_list_that_nobody_waits_for_any_more_is_no_news() {
        watcher.start();
        time.settle();
        time.stop(Duration.ofSeconds(10));
        time.settle();
        list(1, "20", "new");
        list(0, "10", "old");

        assertThat(script.told).containsExactly("listed [new]");
        assertThat(script.watch(0).version).isEqualTo("20");
    }

    // ---- sinks that throw ----

    @Test
    void a_sink_that_can_not_take_a_list_is_told_anew() {
        script.atNews = () -> {
            throw new IllegalStateException("a bug");
        };
        watcher.start();
        time.settle();
        list(0, "10", "a");
        assertThat(why()).contains("could not take the list");
        assertThat(script.watches).isEmpty();

        script.atNews = () -> {};
        time.advance(WHILE);
        list(1, "11", "a");
        open(0);
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void a_sink_that_can_not_take_one_thing_is_told_of_the_others() {
        stand();
        script.atNews = () -> {
            if (script.told.get(script.told.size() - 1).contains("poison")) {
                throw new AssertionError("a bug");
            }
        };
        script.watch(0).events.seen("11", "poison");
        script.watch(0).events.seen("12", "b");
        time.settle();

        assertThat(script.told).endsWith("seen poison", "seen b");
        assertThat(watcher.version()).isEqualTo(12);
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void a_sink_that_throws_at_a_doubt_holds_nothing_up() {
        stand();
        script.atDoubt = () -> {
            throw new IllegalStateException("a bug");
        };
        script.watch(0).events.ended(Script.answered(500));
        time.advance(WHILE);
        open(1);
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
        time.stop(Duration.ofSeconds(9));
        time.advance(MOMENT);
        open(2);
        time.advance(Duration.ofSeconds(2));
        assertThat(watcher.doubt()).isEmpty();
    }

    // ---- the close ----

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void a_closed_one_asks_and_tells_nothing_at_whatever_step(int step) {
        if (step > 0) {
            watcher.start();
        }
        if (step > 1) {
            time.settle();
        }
        if (step > 2) {
            list(0, "10", "a");
        }
        if (step > 3) {
            open(0);
        }
        if (step == 5) {
            script.watch(0).events.ended(Script.answered(500));
            time.settle(); // it pauses
        }
        if (step == 6) {
            script.watch(0).events.seen("11", "queued, and not told yet");
        }
        int told = script.told.size();
        watcher.close();
        watcher.suspect("after the close");
        time.settle();
        int requests = script.requests();
        int doubts = script.doubts;
        script.snapshots.forEach(snapshot -> snapshot.complete(new Snapshot<>(List.of("late"), "12")));
        script.watches.forEach(asked -> asked.events.seen("12", "late"));
        script.watches.forEach(asked -> asked.events.ended(Script.answered(410)));
        time.stop(Duration.ofMinutes(1));
        time.advance(Duration.ofMinutes(10));

        assertThat(script.told).hasSize(told);
        assertThat(script.requests()).isEqualTo(requests);
        assertThat(script.doubts).isEqualTo(doubts);
        assertThat(script.watches).allMatch(asked -> asked.closed || step == 5);
        assertThat(time.waiting()).isZero();
        watcher.close();
    }

    @Test
    void what_waits_for_its_turn_at_the_close_is_dropped() {
        stand();
        time.advance(Duration.ofSeconds(2));
        script.watch(0).events.seen("11", "b");
        watcher.suspect("nobody heard of 12");
        watcher.close();
        time.settle();

        assertThat(script.told).containsExactly("listed [a]");
        assertThat(script.doubts).isEqualTo(1);
    }

    @Test
    void a_sink_may_close_it() {
        script.atNews = watcher::close;
        watcher.start();
        time.settle();
        list(0, "10", "a");
        time.advance(Duration.ofMinutes(2));

        assertThat(script.watches).isEmpty();
        assertThat(time.waiting()).isZero();
    }

    /** The next thing that it would do is to ask for a list, or a watch. */
    @ParameterizedTest
    @ValueSource(ints = {410, 500})
    void a_sink_may_close_it_at_a_doubt(int code) {
        stand();
        script.atDoubt = watcher::close;
        script.watch(0).events.ended(Script.answered(code));
        time.advance(Duration.ofMinutes(2));

        assertThat(script.requests()).isEqualTo(2);
        assertThat(time.waiting()).isZero();
    }

    @Test
    void after_its_loop_was_closed_nothing_is_thrown_at_whom_tells_it_something() {
        stand();
        loop.close();
        watcher.suspect("late");
        script.watch(0).events.seen("11", "b");
        script.watch(0).events.ended(null);
        watcher.close();
        watcher.start();

        assertThat(script.told).containsExactly("listed [a]");
    }

    // ---- steps ----

    private void stand() {
        watcher.start();
        time.settle();
        list(0, "10", "a");
        open(0);
    }

    /** Suspected once, and believed again: the watch of that number stands. */
    private void suspected(int watch) {
        stand();
        time.advance(Duration.ofSeconds(2));
        watcher.suspect("nobody heard of 11");
        time.settle();
        open(watch);
        time.advance(Duration.ofMillis(1001));
        assertThat(watcher.doubt()).isEmpty();
    }

    private void list(int snapshot, String version, String... objects) {
        script.snapshot(snapshot).complete(new Snapshot<>(List.of(objects), version));
        time.settle();
    }

    private void open(int watch) {
        script.watch(watch).events.opened();
        time.settle();
    }

    private interface Answering {
        void to(Asked asked);
    }

    /** Lets time pass; lists are answered at its end, and watches that have not had it get this answer. */
    private void play(Duration duration, Answering answer) {
        time.advance(duration);
        script.snapshots.forEach(snapshot -> snapshot.complete(new Snapshot<>(List.of("a"), "10")));
        time.settle();
        IntStream.range(answered, script.watches.size()).forEach(i -> answer.to(script.watch(i)));
        answered = script.watches.size();
        time.settle();
    }

    private int answered;

    private String why() {
        return Optional.of(watcher).flatMap(Watcher::doubt).map(Doubt::why).orElse("(no doubt)");
    }
}
