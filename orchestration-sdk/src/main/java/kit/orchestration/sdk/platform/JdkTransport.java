package kit.orchestration.sdk.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import kit.orchestration.ledger.lease.Lines;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;

/**
 * HTTP by the JDK's client, which a pod has anyway. Safe for any thread.
 *
 * <p>HTTP/1.1 on purpose. A call that has timed out takes its connection with it there, and the next one dials. With
 * HTTP/2 all calls share one connection, which the JDK's client keeps when they time out: after a load balancer has
 * forgotten it, it would take the kernel a quarter of an hour to notice.
 *
 * <p>The client's thread ends when nothing holds the client any more. So a stream is ended by its request, never by its
 * subscription: JDK 17 counts a body whose subscription was cancelled as being read for ever, and keeps thread and
 * client.
 */
public final class JdkTransport implements Transport {

    private final HttpClient http;
    private final URI server;
    private final Supplier<String> authorization;

    /** Without TLS of its own it has the JDK's; the authorization is asked for each time, and may be empty. */
    public JdkTransport(URI server, Duration connectTimeout, @Nullable SSLContext tls, Supplier<String> authorization) {
        String text = server.toString();
        this.server = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        this.authorization = authorization;
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .proxy(HttpClient.Builder.NO_PROXY);
        this.http = (tls == null ? client : client.sslContext(tls)).build();
    }

    @Override
    public URI server() {
        return server;
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request(ask), BodyHandlers.ofString(UTF_8));
        // HttpRequest.timeout() ends with the answer's head, before JDK 26; this bounds its body, too.
        return sent.thenApply(JdkTransport::answer)
                .orTimeout(ask.timeout().toNanos(), NANOSECONDS)
                .handle((answer, failure) -> {
                    if (failure != null) {
                        sent.cancel(true);
                        throw new CompletionException(failure instanceof TimeoutException ? late(ask) : failure);
                    }
                    return answer;
                });
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        Reading reading = new Reading(listener);
        reading.start(ask);
        return reading;
    }

    private HttpRequest request(Ask ask) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + ask.path()))
                .header("Accept", ask.accept())
                .header("User-Agent", "orchestration-sdk")
                .method(
                        ask.method(),
                        ask.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(ask.bytes()));
        if (ask.contentType() != null) {
            request.header("Content-Type", ask.contentType());
        }
        String credential = authorization.get();
        if (!credential.isEmpty()) {
            request.header("Authorization", credential);
        }
        return request.build();
    }

    private static Answer answer(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("Retry-After").orElse(""));
    }

    private static HttpTimeoutException late(Ask ask) {
        return new HttpTimeoutException("no answer within " + ask.timeout());
    }

    /** A stream, from its request to its end. */
    private final class Reading implements Stream, Flow.Subscriber<List<ByteBuffer>> {

        private final Listener listener;
        private final Lines lines;
        private final AtomicBoolean over = new AtomicBoolean();
        private final CompletableFuture<@Nullable Void> begun = new CompletableFuture<>();
        private volatile CompletableFuture<?> request = CompletableFuture.completedFuture(null);

        Reading(Listener listener) {
            this.listener = listener;
            this.lines = new Lines(line -> {
                if (!over.get()) {
                    listener.line(line);
                }
            });
        }

        void start(Ask ask) {
            CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request(ask), head -> {
                if (head.statusCode() != 200) {
                    return BodySubscribers.ofString(UTF_8);
                }
                begun.complete(null);
                listener.opened();
                return BodySubscribers.fromSubscriber(this, all -> "");
            });
            request = sent;
            begun.orTimeout(ask.timeout().toNanos(), NANOSECONDS).whenComplete((ok, failure) -> {
                if (failure != null && end()) {
                    listener.failed(late(ask));
                }
            });
            sent.whenComplete((response, failure) -> {
                if (!over.compareAndSet(false, true)) {
                    return;
                }
                begun.complete(null);
                if (failure != null) {
                    listener.failed(failure);
                } else if (response.statusCode() != 200) {
                    listener.refused(answer(response));
                } else {
                    listener.ended();
                }
            });
        }

        @Override
        public void close() {
            end();
        }

        private boolean end() {
            boolean first = over.compareAndSet(false, true);
            begun.complete(null);
            request.cancel(true);
            return first;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> bytes) {
            bytes.forEach(lines::take);
        }

        @Override
        public void onError(Throwable failure) {
            // the request fails with it, too
        }

        @Override
        public void onComplete() {
            // the request is done with it, too
        }
    }
}
