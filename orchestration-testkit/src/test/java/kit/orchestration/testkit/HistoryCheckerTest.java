package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import kit.orchestration.testkit.History.Allocated;
import kit.orchestration.testkit.History.Claimed;
import kit.orchestration.testkit.History.Event;
import kit.orchestration.testkit.History.Freed;
import kit.orchestration.testkit.History.Left;
import kit.orchestration.testkit.History.Started;
import org.junit.jupiter.api.Test;

/** The storm's checker finds what was planted, and nothing in a history that is right. */
class HistoryCheckerTest {

    /** A slot that two sessions hold one after the other, one of them tried twice; then a restart. */
    private static final List<Event> RIGHT = List.of(
            new Claimed("a", 1, 0, "s1"),
            new Allocated("s1", "a", "match"),
            new Allocated("s1", "a", "match"),
            new Started("a", 1, 0, "s1"),
            new Claimed("a", 1, 1, "s2"),
            new Freed("a", 1, 0, "s1"),
            new Claimed("a", 1, 0, "s3"),
            new Allocated("s3", "a", null),
            new Claimed("a", 2, 0, "s4"),
            new Started("a", 2, 0, "s4"),
            new Claimed("b", 1, 0, "s5"));

    private static List<String> withAdded(Event... planted) {
        List<Event> history = new ArrayList<>(RIGHT);
        history.addAll(List.of(planted));
        return HistoryChecker.violations(history);
    }

    @Test
    void nothingIsFoundInARightHistory() {
        assertThat(withAdded()).isEmpty();
        assertThat(HistoryChecker.violations(List.of())).isEmpty();
    }

    @Test
    void aSlotHeldTwiceIsFound() {
        assertThat(withAdded(new Claimed("a", 1, 0, "s6")))
                .singleElement()
                .asString()
                .contains("held twice: by s3 and by s6");
    }

    @Test
    void aSlotThatIsClaimedBeforeItIsFreedIsFound() {
        assertThat(withAdded(new Claimed("b", 1, 0, "s6"), new Freed("b", 1, 0, "s5")))
                .hasSize(2)
                .anySatisfy(found -> assertThat(found).contains("held twice: by s5 and by s6"))
                .anySatisfy(found -> assertThat(found).contains("freed by s5, but held by s6"));
    }

    @Test
    void anIdGivenToTwoRequestsIsFound() {
        assertThat(withAdded(new Allocated("s3", "a", null)))
                .singleElement()
                .asString()
                .contains("given to two requests");
        assertThat(withAdded(new Allocated("s1", "a", "other"))).hasSize(1);
        assertThat(withAdded(new Allocated("s3", "a", "match"))).hasSize(1);
    }

    @Test
    void anIdClaimedTwiceIsFound() {
        assertThat(withAdded(new Claimed("c", 1, 0, "s2")))
                .singleElement()
                .asString()
                .contains("id s2 was claimed twice");
        assertThat(withAdded(new Claimed("a", 2, 1, "s2"))).hasSize(1);
    }

    @Test
    void aSessionStartedTwiceIsFound() {
        assertThat(withAdded(new Started("a", 1, 0, "s1")))
                .singleElement()
                .asString()
                .contains("s1 was started twice");
    }

    @Test
    void aSessionStartedElsewhereThanClaimedIsFound() {
        assertThat(withAdded(new Started("b", 1, 1, "s5")))
                .singleElement()
                .asString()
                .contains("s5 was started in");
    }

    @Test
    void anAllocationThatNamesAnotherPodIsFound() {
        assertThat(withAdded(new Allocated("s5", "a", null)))
                .singleElement()
                .asString()
                .contains("given with pod a");
    }

    @Test
    void aFreeByWhoDoesNotHoldTheSlotIsFound() {
        assertThat(withAdded(new Freed("a", 1, 0, "s1")))
                .singleElement()
                .asString()
                .contains("freed by s1, but held by s3");
        assertThat(withAdded(new Freed("a", 1, 3, "s9"))).hasSize(1);
    }

    @Test
    void aLostSlotIsFound() {
        assertThat(withAdded(new Left(new HeldSlot("a", 1, "s2"))))
                .singleElement()
                .asString()
                .contains("is lost");
    }
}
