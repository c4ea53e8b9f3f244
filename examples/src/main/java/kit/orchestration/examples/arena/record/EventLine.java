package kit.orchestration.examples.arena.record;

import java.util.List;
import kit.orchestration.examples.arena.record.Event.Claimed;
import kit.orchestration.examples.arena.record.Event.Freed;
import kit.orchestration.examples.arena.record.Event.PodDraining;
import kit.orchestration.examples.arena.record.Event.PodGone;
import kit.orchestration.examples.arena.record.Event.PodReady;
import kit.orchestration.examples.arena.record.Event.Refused;
import kit.orchestration.examples.arena.record.Event.Started;
import kit.orchestration.sdk.TokenRefusedException.Reason;

/** What pods tell, as a line of words, for pods that are processes of their own. No word has a space in it. */
public final class EventLine {

    private EventLine() {}

    /**
     * The event in words.
     *
     * @throws IllegalArgumentException if it is none of those that pods tell
     */
    public static String print(Event event) {
        if (event instanceof PodReady seen) {
            return words("ready", seen.pod(), seen.region(), seen.slots());
        } else if (event instanceof PodDraining seen) {
            return words("draining", seen.pod());
        } else if (event instanceof PodGone seen) {
            return words("gone", seen.pod());
        } else if (event instanceof Claimed seen) {
            return words("claimed", seen.pod(), seen.slot(), seen.session());
        } else if (event instanceof Started seen) {
            return words("started", seen.pod(), seen.slot(), seen.session());
        } else if (event instanceof Freed seen) {
            return words("freed", seen.pod(), seen.slot(), seen.session(), seen.started());
        } else if (event instanceof Refused seen) {
            return words("refused", seen.pod(), seen.reason());
        }
        throw new IllegalArgumentException("no pod tells of " + event);
    }

    /**
     * The event that was printed so.
     *
     * @throws IllegalArgumentException if none was
     */
    public static Event parse(String line) {
        List<String> words = List.of(line.split(" ", -1));
        return switch (words.get(0) + words.size()) {
            case "ready4" -> new PodReady(words.get(1), words.get(2), number(words.get(3)));
            case "draining2" -> new PodDraining(words.get(1));
            case "gone2" -> new PodGone(words.get(1));
            case "claimed4" -> new Claimed(words.get(1), number(words.get(2)), words.get(3));
            case "started4" -> new Started(words.get(1), number(words.get(2)), words.get(3));
            case "freed5" ->
                new Freed(words.get(1), number(words.get(2)), words.get(3), Boolean.parseBoolean(words.get(4)));
            case "refused3" -> new Refused(words.get(1), Reason.valueOf(words.get(2)));
            default -> throw new IllegalArgumentException("no event: \"" + line + "\"");
        };
    }

    private static String words(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        return line.toString();
    }

    private static int number(String word) {
        return Integer.parseInt(word); // its exception is an IllegalArgumentException
    }
}
