package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kit.orchestration.PodAddress;
import kit.orchestration.Token;
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
     * Shows a token to a pod, or to the next one if that is gone: a token that got no answer was not refused. If there
     * is no pod that it is foreign to, since the only other one is being replaced, it is forged instead.
     *
     * @param good the token that it has got hold of
     * @param meant the pod that this is for
     */
    void present(Mischief wanted, Token good, PodAddress meant) throws IOException {
        List<PodAddress> others = new ArrayList<>(pods.get());
        others.removeIf(pod -> pod.toString().equals(meant.toString())); // whatever names its ports have
        Mischief mischief = wanted == Mischief.FOREIGN && others.isEmpty() ? Mischief.OTHER_KEY : wanted;
        IOException last = new IOException("no pod is there to show a token to");
        for (PodAddress pod : doors(mischief, meant, others)) {
            try {
                boolean refused = isRefused(mischief.token(good), pod);
                journal.add(new Event.BadToken(mischief.kind(), refused));
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private static List<PodAddress> doors(Mischief mischief, PodAddress meant, List<PodAddress> others) {
        List<PodAddress> doors = new ArrayList<>(others);
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
