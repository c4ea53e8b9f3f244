package kit.orchestration.examples.arena.record;

import java.util.List;

/**
 * What the arena came to.
 *
 * @param matches how many were to be played
 * @param allocated matches that were given a session
 * @param started matches that began: their pod let them in, and both players found each other there
 * @param ended matches that were seen through: their pod freed the slot, and both players name the same winner
 * @param presented bad tokens that impostors showed
 * @param refused those of them that were refused
 * @param lost sessions that were allocated and never started, and slots that were not free at the end
 * @param doubled sessions that were handed out or started more than once, and slots that were held twice at a time
 * @param complaints what is wrong, for people to read
 */
public record Verdict(
        int matches,
        int allocated,
        int started,
        int ended,
        int presented,
        int refused,
        int lost,
        int doubled,
        List<String> complaints) {

    /** Copies the list. */
    public Verdict {
        complaints = List.copyOf(complaints);
    }

    /** Whether all is as it should be. */
    public boolean isGood() {
        return allocated == matches
                && started == matches
                && ended == matches
                && refused == presented
                && lost == 0
                && doubled == 0;
    }

    /** The last line of a run. */
    public String line() {
        return "arena: %s allocated, %s started, %s ended, %s refused tokens, %s lost, %s double"
                .formatted(allocated, started, ended, refused, lost, doubled);
    }
}
