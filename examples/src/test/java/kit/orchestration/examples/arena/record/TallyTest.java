package kit.orchestration.examples.arena.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import kit.orchestration.examples.arena.record.Event.Allocated;
import kit.orchestration.examples.arena.record.Event.BadToken;
import kit.orchestration.examples.arena.record.Event.Claimed;
import kit.orchestration.examples.arena.record.Event.Failed;
import kit.orchestration.examples.arena.record.Event.Finished;
import kit.orchestration.examples.arena.record.Event.Freed;
import kit.orchestration.examples.arena.record.Event.Joined;
import kit.orchestration.examples.arena.record.Event.SetAside;
import kit.orchestration.examples.arena.record.Event.Started;
import org.junit.jupiter.api.Test;

/** Each wrong history must be found, and a right one must not be called wrong. */
class TallyTest {

    /** Two matches, one after the other in the same slot. */
    private final List<Event> history = new ArrayList<>();

    TallyTest() {
        history.addAll(match("m1", "s1", 0));
        history.addAll(match("m2", "s2", 0));
    }

    @Test
    void aRightHistoryIsGood() {
        history.add(new BadToken("cut", true));

        Verdict verdict = tally();

        assertThat(verdict.isGood()).isTrue();
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.line())
                .isEqualTo("arena: 2 allocated, 2 started, 2 ended, 1 refused tokens, 0 lost, 0 double");
    }

    @Test
    void matchesAtTheSameTimeInDifferentSlotsAreGood() {
        List<Event> other = match("m3", "s3", 1);
        history.add(4, other.get(0));
        history.add(5, other.get(1));
        history.addAll(other.subList(2, other.size()));

        assertThat(Tally.of(3, history, 0).isGood()).isTrue();
    }

    @Test
    void aClaimThatExpiresIsCountedApart() {
        history.add(new SetAside("s3", "to expire"));
        history.add(new Claimed("pod", 0, "s3"));
        history.add(new Freed("pod", 0, "s3", false));

        assertThat(tally().isGood()).isTrue();
    }

    @Test
    void aPodMayTellOfAClaimAfterItsPlayersCame() {
        Event claimed = history.remove(1);
        history.add(4, claimed);

        assertThat(tally().isGood()).isTrue();
    }

    @Test
    void aMatchWithoutSessionIsNotAllocated() {
        Verdict verdict = Tally.of(3, history, 0);

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.allocated()).isEqualTo(2);
    }

    @Test
    void aSessionThatNoPodStartedIsLost() {
        history.removeIf(
                event -> event instanceof Started started && started.session().equals("s2"));

        Verdict verdict = tally();

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.started()).isEqualTo(1);
        assertThat(verdict.lost()).isEqualTo(1);
    }

    @Test
    void aSlotThatIsNotFreeAtTheEndIsLost() {
        Verdict verdict = Tally.of(2, history, 1);

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.lost()).isEqualTo(1);
    }

    @Test
    void aSessionThatNoPodFreedHasNotEnded() {
        history.removeIf(
                event -> event instanceof Freed freed && freed.session().equals("s2"));

        assertThat(tally().isGood()).isFalse();
        assertThat(tally().ended()).isEqualTo(1);
    }

    @Test
    void aMatchOfOnePlayerHasNotStarted() {
        history.removeIf(
                event -> event instanceof Joined joined && joined.player().equals("m2b"));

        assertThat(tally().isGood()).isFalse();
        assertThat(tally().started()).isEqualTo(1);
        assertThat(tally().ended()).isEqualTo(1);
    }

    @Test
    void playersInDifferentSessionsHaveNotStarted() {
        history.replaceAll(
                event -> event.equals(new Joined("m2", "m2b", "s2")) ? new Joined("m2", "m2b", "s1") : event);

        assertThat(tally().started()).isEqualTo(1);
    }

    @Test
    void playersWhoNameDifferentWinnersHaveNotEnded() {
        history.replaceAll(event ->
                event.equals(new Finished("m2", "m2b", "s2", "m2a")) ? new Finished("m2", "m2b", "s2", "m2b") : event);

        assertThat(tally().isGood()).isFalse();
        assertThat(tally().ended()).isEqualTo(1);
    }

    @Test
    void aSessionThatIsHandedOutTwiceIsDouble() {
        history.add(new Allocated("m3", "s2"));

        Verdict verdict = Tally.of(3, history, 0);

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.doubled()).isEqualTo(1);
    }

    @Test
    void aSessionOfAMatchThatIsAlsoSetAsideIsDouble() {
        history.add(new SetAside("s2", "to expire"));

        assertThat(tally().doubled()).isEqualTo(1);
    }

    @Test
    void aSessionThatIsStartedTwiceIsDouble() {
        history.add(new Started("another", 0, "s2"));

        assertThat(tally().doubled()).isEqualTo(1);
    }

    @Test
    void aSlotThatIsHeldTwiceIsDouble() {
        int freed = history.indexOf(new Freed("pod", 0, "s1", true));
        history.add(history.remove(freed)); // s1 ends after s2 was claimed in its slot

        Verdict verdict = tally();

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.doubled()).isEqualTo(1);
        assertThat(verdict.complaints()).containsExactly("slot pod/0 was held by s1 when s2 got it");
    }

    @Test
    void theLateEndOfAnEarlierSessionDoesNotFreeTheSlotOfALaterOne() {
        int freed = history.indexOf(new Freed("pod", 0, "s1", true));
        int claimed = history.indexOf(new Claimed("pod", 0, "s2"));
        history.add(claimed, history.remove(freed));
        history.add(claimed + 1, new Claimed("pod", 0, "s3"));

        assertThat(tally().doubled()).isEqualTo(2);
    }

    @Test
    void theSameSlotOfAnotherPodIsAnotherSlot() {
        history.add(1, new Claimed("another", 0, "s9"));

        assertThat(tally().doubled()).isZero();
    }

    @Test
    void aBadTokenThatIsLetInIsNotRefused() {
        history.add(new BadToken("cut", true));
        history.add(new BadToken("cut", false));

        Verdict verdict = tally();

        assertThat(verdict.isGood()).isFalse();
        assertThat(verdict.refused()).isEqualTo(1);
        assertThat(verdict.presented()).isEqualTo(2);
    }

    @Test
    void aFailureIsToldOf() {
        history.add(new Failed("m2", "the server hung up"));

        assertThat(tally().complaints()).containsExactly("m2: the server hung up");
    }

    private Verdict tally() {
        return Tally.of(2, history, 0);
    }

    private static List<Event> match(String match, String session, int slot) {
        return List.of(
                new Allocated(match, session),
                new Claimed("pod", slot, session),
                new Started("pod", slot, session),
                new Joined(match, match + "a", session),
                new Joined(match, match + "b", session),
                new Finished(match, match + "a", session, match + "a"),
                new Finished(match, match + "b", session, match + "a"),
                new Freed("pod", slot, session, true));
    }
}
