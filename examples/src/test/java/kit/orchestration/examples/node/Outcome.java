package kit.orchestration.examples.node;

import java.util.List;
import java.util.stream.Stream;

/**
 * What became of a load.
 *
 * @param sessions how many were given
 * @param cut those that ended before their players wished it, each with what was heard
 * @param lost those whose players were not let in, and calls that failed, each with the error
 * @param refused calls that were told that there is no room
 */
record Outcome(int sessions, List<String> cut, List<String> lost, List<String> refused) {

    /** Nothing was done. */
    static final Outcome NONE = new Outcome(0, List.of(), List.of(), List.of());

    Outcome {
        cut = List.copyOf(cut);
        lost = List.copyOf(lost);
        refused = List.copyOf(refused);
    }

    /** Both together. */
    Outcome plus(Outcome other) {
        return new Outcome(
                sessions + other.sessions,
                joined(cut, other.cut),
                joined(lost, other.lost),
                joined(refused, other.refused));
    }

    private static List<String> joined(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    /** Nothing went wrong. */
    boolean isGood() {
        return cut.isEmpty() && lost.isEmpty() && refused.isEmpty();
    }

    /** The numbers, as the suite's last line has them. */
    String line() {
        return "node: %s sessions, %s cut, %s lost, %s false refusals"
                .formatted(sessions, cut.size(), lost.size(), refused.size());
    }

    /** What went wrong. */
    String wrong() {
        return "cut: %s%nlost: %s%nrefused: %s".formatted(cut, lost, refused);
    }
}
