package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for sessions and keys that were not seen yet: a player may be faster than the watch. Whatever is seen meanwhile
 * counts as well as what is read. One read serves everybody who waits, and they are at least {@link #GAP} apart: forged
 * tokens make no flood of them. Confined to the pod's {@link Loop}.
 */
public final class SessionFinder {

    /** From the start of one read to the next one's, at least. */
    public static final Duration GAP = Duration.ofMillis(20);
    /** From a try that failed to the next, at least: one read serves all, also where the backend can't be asked. */
    private static final Duration AGAIN = Duration.ofMillis(250);

    private final Loop loop;
    private final Supplier<? extends CompletionStage<?>> read;
    private final Function<String, Optional<ClaimedSlot>> claims;
    private final Predicate<String> knowsKey;
    private final List<Duration> tries;
    private final Duration patience;
    private final Duration silent;
    private final List<Question> questions = new ArrayList<>();
    private final Alarm alarm;

    /** The read that is under way, and not slow to be answered. */
    private @Nullable Object reading;

    private boolean stopped;
    private final NotBefore notBefore;

    /**
     * Read completes when what was read is known. The tries are counted from the question; a backend that can't be
     * asked is tried for as long as the patience. Another read goes beside one that is silent for so long: its
     * connection may be dead.
     */
    public SessionFinder(
            Loop loop,
            Supplier<? extends CompletionStage<?>> read,
            Function<String, Optional<ClaimedSlot>> claims,
            Predicate<String> knowsKey,
            List<Duration> tries,
            Duration patience,
            Duration silent) {
        this.loop = loop;
        this.read = read;
        this.claims = claims;
        this.knowsKey = knowsKey;
        this.tries = tries;
        this.patience = patience;
        this.silent = silent;
        this.alarm = new Alarm(loop, this::step);
        this.notBefore = new NotBefore(loop);
    }

    private final class Question {
        final String sessionId;
        final String kid;
        final CompletableFuture<Optional<ClaimedSlot>> answer;
        final long asked = loop.nanoTime();
        long due = asked;
        int tried;

        Question(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer) {
            this.sessionId = sessionId;
            this.kid = kid;
            this.answer = answer;
        }

        /** A read is made for it, which may fail. */
        void tried() {
            tried++;
            due = tried < tries.size() ? asked + tries.get(tried).toNanos() : loop.nanoTime() + AGAIN.toNanos();
        }
    }

    /** The answer is the claim, once it and its key are there; what there is, when they were looked for long enough. */
    public void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer) {
        questions.add(new Question(sessionId, kid, answer));
        if (stopped) {
            stop();
            return;
        }
        seen();
        step();
    }

    /** Looks no more: who waits is told so, and whoever comes. */
    public void stop() {
        stopped = true;
        alarm.off();
        questions.forEach(
                question -> question.answer.completeExceptionally(new PlatformException("the pod is closed", null)));
        questions.clear();
    }

    /** Something was seen. */
    public void seen() {
        questions.removeIf(question -> {
            Optional<ClaimedSlot> claim = claims.apply(question.sessionId);
            return claim.isPresent() && knowsKey.test(question.kid) && question.answer.complete(claim);
        });
    }

    private void step() {
        alarm.off();
        if (reading != null || questions.isEmpty()) {
            return;
        }
        long now = loop.nanoTime();
        long next = questions.stream()
                .mapToLong(question -> question.due - now)
                .min()
                .orElse(0);
        long wait = Math.max(next, notBefore.end() - now);
        if (wait > 0) {
            alarm.set(wait);
            return;
        }
        Object mine = new Object();
        reading = mine;
        notBefore.pause(GAP);
        // Whoever asks from here on waits for the next read: this one may be too old.
        List<Question> asked =
                questions.stream().filter(question -> question.due - now <= 0).toList();
        asked.forEach(Question::tried);
        loop.after(silent, () -> {
            if (over(mine)) {
                step();
            }
        });
        loop.whenDone(read.get(), (done, failure) -> {
            over(mine);
            answered(asked, failure);
        });
    }

    private boolean over(Object read) {
        boolean is = read == reading;
        reading = is ? null : reading;
        return is;
    }

    private void answered(List<Question> asked, @Nullable Throwable failure) {
        seen();
        long now = loop.nanoTime();
        if (failure != null) {
            notBefore.pause(pause(failure));
        }
        for (Question question : asked) {
            boolean enough = question.tried >= tries.size()
                    && (failure == null || isFinal(failure) || now - question.asked > patience.toNanos());
            if (enough && questions.remove(question)) {
                giveUp(question, failure);
            }
        }
        step();
    }

    private static Duration pause(Throwable failure) {
        return ApiException.cause(failure) instanceof ApiException error
                        && error.retryAfter().compareTo(AGAIN) > 0
                ? error.retryAfter()
                : AGAIN;
    }

    /** Whether asking again is of no use: the backend answers, and does not let us. */
    private static boolean isFinal(Throwable failure) {
        return ApiException.cause(failure) instanceof ApiException error && !error.isOutage();
    }

    private void giveUp(Question question, @Nullable Throwable failure) {
        if (failure == null) {
            question.answer.complete(claims.apply(question.sessionId));
        } else {
            Throwable cause = ApiException.cause(failure);
            question.answer.completeExceptionally(new PlatformException(String.valueOf(cause.getMessage()), cause));
        }
    }
}
