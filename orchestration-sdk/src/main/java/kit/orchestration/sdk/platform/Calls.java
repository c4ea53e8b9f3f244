package kit.orchestration.sdk.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Calls by the JDK's HTTP client, each with a deadline for the whole answer; of a watch, until its answer begins. Safe for
 * any thread.
 *
 * @param <E> what a call that did not succeed is told as
 */
public final class Calls<E extends Exception> {

    /**
     * Tells of calls that did not succeed.
     *
     * @param <E> as what
     */
    public interface Failures<E extends Exception> {
        /** An answer other than 2xx. */
        E answered(String call, int code, String body);

        /** No answer. */
        E failed(String call, Throwable failure);
    }

    private final HttpClient http;
    private final Duration timeout;
    private final Loop loop;
    private final Failures<E> failures;

    /**
     * Calls nobody yet.
     *
     * @param timeout of each call
     * @param loop counts the time
     */
    public Calls(HttpClient http, Duration timeout, Loop loop, Failures<E> failures) {
        this.http = http;
        this.timeout = timeout;
        this.loop = loop;
        this.failures = failures;
    }

    /**
     * The body of a 2xx answer; anything else is an {@code E}. The future completes on the client's thread or the loop's.
     *
     * @param call what is asked, for messages
     */
    public CompletableFuture<String> send(String call, HttpRequest request) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request, BodyHandlers.ofString());
        // HttpRequest.timeout() ends with the answer's head, before JDK 26; this bounds its body, too.
        Future<?> deadline = loop.after(timeout, () -> {
            answer.completeExceptionally(failures.failed(call, late()));
            sent.cancel(true);
        });
        sent.whenComplete((response, failure) -> {
            deadline.cancel(false);
            if (failure != null) {
                answer.completeExceptionally(failures.failed(call, failure));
            } else if (response.statusCode() / 100 != 2) {
                answer.completeExceptionally(failures.answered(call, response.statusCode(), response.body()));
            } else {
                answer.complete(response.body());
            }
        });
        return answer;
    }

    /** The lines of a 200 answer; they come on the client's threads. */
    public LineStream<E> lines(String call, HttpRequest request, LineStream.Listener<E> listener) {
        LineStream<E> stream = new LineStream<>(call, listener, failures);
        Future<?> deadline = loop.after(timeout, () -> stream.fail(failures.failed(call, late())));
        CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request, info -> {
            deadline.cancel(false);
            return info.statusCode() == 200
                    ? BodySubscribers.fromSubscriber(stream, s -> "")
                    : BodySubscribers.ofString(UTF_8);
        });
        sent.whenComplete((answer, failure) -> {
            deadline.cancel(false);
            if (failure != null) {
                stream.fail(failures.failed(call, failure));
            } else if (answer.statusCode() != 200) {
                stream.fail(failures.answered(call, answer.statusCode(), answer.body()));
            } else {
                stream.onComplete();
            }
        });
        stream.from(sent);
        return stream;
    }

    /** What a future's failure is about. */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private HttpTimeoutException late() {
        return new HttpTimeoutException("no answer within " + timeout);
    }
}
