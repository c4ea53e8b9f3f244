package kit.orchestration.sdk.agones;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.agones.Sighting.Listing;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.token.AgonesNames;
import org.jspecify.annotations.Nullable;

/**
 * Asks the sidecar itself for sessions: a player may be faster than the watch. First for the list, which costs little; and
 * only if the session is in it for the GameServer, whose annotations have the key. Whoever asks while it is asked waits for
 * the next answer: this one may be too old. Confined to the pod's {@link Loop}.
 */
final class Finder {

    private record Question(String sessionId, CompletableFuture<Optional<Claim>> answer) {}

    private final Sidecar sidecar;
    private final Pod pod;
    private final Loop loop;
    private final List<Question> questions = new ArrayList<>();
    private boolean asking;

    Finder(Sidecar sidecar, Pod pod, Loop loop) {
        this.sidecar = sidecar;
        this.pod = pod;
        this.loop = loop;
    }

    void find(String sessionId, CompletableFuture<Optional<Claim>> answer) {
        questions.add(new Question(sessionId, answer));
        ask();
    }

    private void ask() {
        if (asking || questions.isEmpty()) {
            return;
        }
        asking = true;
        List<Question> batch = List.copyOf(questions);
        questions.clear();
        sidecar.list(pod.identity().list())
                .thenCompose(list -> batch.stream().anyMatch(question -> has(list, question.sessionId()))
                        ? sidecar.gameServer().thenAcceptAsync(pod::seen, loop)
                        : CompletableFuture.<Void>completedFuture(null))
                .whenCompleteAsync((read, failure) -> answer(batch, failure), loop);
    }

    private void answer(List<Question> batch, @Nullable Throwable failure) {
        asking = false;
        for (Question question : batch) {
            if (failure == null) {
                question.answer().complete(pod.find(question.sessionId()));
            } else {
                SidecarException error = SidecarException.failed("the sidecar", failure);
                question.answer().completeExceptionally(new PlatformException(error.problem(), error));
            }
        }
        ask();
    }

    /** Whether a value names the session's key: it is the value's second word. */
    private static boolean has(Listing list, String sessionId) {
        String key = " " + AgonesNames.keyOf(sessionId) + " ";
        return list.values().stream().anyMatch(value -> value.indexOf(key) == value.indexOf(' '));
    }
}
