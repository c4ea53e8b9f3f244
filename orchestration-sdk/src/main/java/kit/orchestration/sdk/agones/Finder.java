package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for sessions and keys that were not seen yet: a player may be faster than the watch, and even than the sidecar, whose
 * own view comes by a watch of its own. So a read that shows nothing is repeated for a while before it is believed, and
 * whatever the pod's watch shows meanwhile counts as well. One read serves everybody who waits, and there are at most
 * {@link #GAP} apart: forged tokens make no flood of them. Confined to the pod's {@link Loop}.
 */
final class Finder {

    /**
     * When the sidecar is asked for a session, counted from the question. Measured on a real allocator and sidecars, 64
     * callers: every player was in after 331 ms.
     */
    static final List<Duration> TRIES =
            Stream.of(0, 50, 150, 400, 1_000).map(Duration::ofMillis).toList();
    /** From the last of these to the next, while the sidecar can't be asked: it may be starting anew. */
    private static final Duration AGAIN = Duration.ofMillis(250);
    /** From the start of one read to the next one's, at least. */
    static final Duration GAP = Duration.ofMillis(20);

    private static final class Question {
        final String sessionId;
        final String kid;
        final CompletableFuture<Optional<Claim>> answer;
        final long asked = System.nanoTime();
        long due = asked;
        int tries;

        Question(String sessionId, String kid, CompletableFuture<Optional<Claim>> answer) {
            this.sessionId = sessionId;
            this.kid = kid;
            this.answer = answer;
        }

        /** A read is made for it, which may fail. */
        void tried() {
            tries++;
            due = tries < TRIES.size() ? asked + TRIES.get(tries).toNanos() : System.nanoTime() + AGAIN.toNanos();
        }

        boolean isLooked() {
            return tries >= TRIES.size();
        }
    }

    private final Sidecar sidecar;
    private final Pod pod;
    private final Duration patience;
    private final Loop loop;
    private final List<Question> questions = new ArrayList<>();

    private boolean reading;
    private long notBefore = System.nanoTime();
    private @Nullable Future<?> timer;

    /**
     * Asks nothing yet.
     *
     * @param patience how long a sidecar that can't be asked is tried
     */
    Finder(Sidecar sidecar, Pod pod, Duration patience, Loop loop) {
        this.sidecar = sidecar;
        this.pod = pod;
        this.patience = patience;
        this.loop = loop;
    }

    /**
     * Looks for a session, and for the key that its token names.
     *
     * @param answer the claim, once both are there; what there is, when they have been looked for long enough
     */
    void find(String sessionId, String kid, CompletableFuture<Optional<Claim>> answer) {
        questions.add(new Question(sessionId, kid, answer));
        seen();
        step();
    }

    /** The pod has seen a version of the GameServer. */
    void seen() {
        questions.removeIf(question -> {
            Optional<Claim> claim = pod.find(question.sessionId);
            return claim.isPresent() && pod.key(question.kid).isPresent() && question.answer.complete(claim);
        });
    }

    private void step() {
        Future<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
            timer = null;
        }
        if (reading || questions.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        long next = questions.stream()
                .mapToLong(question -> question.due - now)
                .min()
                .orElse(0);
        long wait = Math.max(next, notBefore - now);
        if (wait > 0) {
            timer = loop.after(Duration.ofNanos(wait), this::step);
            return;
        }
        reading = true;
        notBefore = now + GAP.toNanos();
        // Whoever asks from here on waits for the next read: this one may be too old.
        List<Question> asked =
                questions.stream().filter(question -> question.due - now <= 0).toList();
        asked.forEach(Question::tried);
        sidecar.gameServer().whenCompleteAsync((sighting, failure) -> answered(asked, sighting, failure), loop);
    }

    private void answered(List<Question> asked, @Nullable Sighting sighting, @Nullable Throwable failure) {
        reading = false;
        if (sighting != null) {
            pod.seen(sighting);
        }
        seen();
        for (Question question : asked) {
            if (question.isLooked()
                    && (failure == null || System.nanoTime() - question.asked > patience.toNanos())
                    && questions.remove(question)) {
                giveUp(question, failure);
            }
        }
        step();
    }

    private void giveUp(Question question, @Nullable Throwable failure) {
        if (failure == null) {
            question.answer.complete(pod.find(question.sessionId));
        } else {
            SidecarException error = SidecarException.failed("the sidecar", failure);
            question.answer.completeExceptionally(new PlatformException(error.problem(), error));
        }
    }
}
