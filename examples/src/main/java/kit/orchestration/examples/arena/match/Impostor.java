package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** A client with a bad token. It counts what it shows, and whether it got in. */
final class Impostor {

    private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

    private final Supplier<List<PodAddress>> pods;
    private final Journal journal;

    /**
     * An impostor.
     *
     * @param pods tells where the pods are at the moment
     */
    Impostor(Supplier<List<PodAddress>> pods, Journal journal) {
        this.pods = pods;
        this.journal = journal;
    }

    /**
     * Shows a token to a pod, or to the next one if that is gone: a token that got no answer was not refused.
     *
     * @param meant the pod that the token is for
     */
    void present(Mischief mischief, String token, PodAddress meant) throws IOException {
        IOException last = new IOException("no pod is there to show a token to");
        for (PodAddress pod : doors(mischief, meant)) {
            try {
                boolean refused = isRefused(token, pod);
                journal.add(new Event.BadToken(mischief.kind(), refused));
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private List<PodAddress> doors(Mischief mischief, PodAddress meant) {
        List<PodAddress> doors = new ArrayList<>(pods.get());
        doors.remove(meant);
        if (mischief != Mischief.FOREIGN) {
            doors.add(0, meant);
        }
        return doors;
    }

    private static boolean isRefused(String token, PodAddress pod) throws IOException {
        try (LineConnection server = LineConnection.dial(pod, ANSWER_TIME)) {
            server.send(Words.HELLO + " " + token + " nobody");
            String answer = server.read(ANSWER_TIME);
            if (answer == null) {
                throw new IOException("the server hung up without an answer");
            }
            return answer.equals(Words.REFUSED);
        }
    }
}
