package kit.orchestration.examples.arena.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventLineTest {

    static Stream<Event> events() {
        return Stream.of(
                new Event.PodReady("eu-1", "eu", 8),
                new Event.PodDraining("eu-1"),
                new Event.PodGone("eu-1"),
                new Event.Claimed("eu-1", 0, "s-1"),
                new Event.Started("eu-1", 7, "s-1"),
                new Event.Freed("eu-1", 7, "s-1", true),
                new Event.Freed("eu-1", 7, "s-1", false),
                new Event.Refused("eu-1", Reason.OTHER_POD));
    }

    @ParameterizedTest
    @MethodSource("events")
    void whatAPodTellsIsReadAsItWasPrinted(Event event) {
        assertThat(EventLine.print(event)).doesNotContain("\n");
        assertThat(EventLine.parse(EventLine.print(event))).isEqualTo(event);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ready", "ready eu-1 eu eight", "gone eu-1 eu-2", "claimed eu-1 0", "refused eu-1 WHY"})
    void anythingElseIsRefused(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> EventLine.parse(line));
    }
}
