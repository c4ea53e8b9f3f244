package kit.orchestration.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfig;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import kit.orchestration.ledger.lease.Lines;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The API server by way of a fabric8 client: its connections, TLS, credentials, proxy and interceptors. What its own
 * operations do beyond one request is left out: a patch by them reads the object first, and repeats what fails, which for a
 * claim must be done with knowledge.
 */
final class ClientTransport implements Transport {

    private final HttpClient http;
    private final URI server;

    ClientTransport(KubernetesClient client) {
        RequestConfig once =
                new RequestConfigBuilder().withRequestRetryBackoffLimit(0).build();
        http = client.getHttpClient().newBuilder().tag(once).build();
        String url = client.getMasterUrl().toString();
        server = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
    }

    @Override
    public URI server() {
        return server;
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        CompletableFuture<HttpResponse<AsyncBody>> sent = http.consumeBytes(request(ask), (buffers, body) -> {
            buffers.forEach(buffer -> take(buffer, said));
            body.consume();
        });
        CompletableFuture<Answer> answer = sent.thenCompose(response -> {
                    response.body().consume();
                    return response.body().done().thenApply(end -> answer(response, said.toString(UTF_8)));
                })
                // The request's own time-out ends when the headers are there.
                .orTimeout(ask.timeout().toMillis(), TimeUnit.MILLISECONDS);
        return answer.whenComplete((done, failure) -> {
            if (failure != null) {
                sent.thenAccept(response -> response.body().cancel()); // or its connection stays, and its body comes on
            }
        });
    }

    private static void take(ByteBuffer buffer, ByteArrayOutputStream said) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        said.writeBytes(bytes);
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        Watch watch = new Watch(listener);
        CompletableFuture<HttpResponse<AsyncBody>> sent = http.consumeBytes(request(ask), watch);
        sent.whenComplete(watch::answered);
        return watch;
    }

    private HttpRequest request(Ask ask) {
        HttpRequest.Builder request = http.newHttpRequestBuilder()
                .uri(URI.create(server + ask.path()))
                .header("Accept", ask.accept())
                .timeout(ask.timeout().toMillis(), TimeUnit.MILLISECONDS);
        String body = ask.body();
        if (body != null) {
            request.method(ask.method(), ask.contentType(), body);
        }
        return request.build();
    }

    private static Answer answer(HttpResponse<?> response, String body) {
        String retryAfter = response.header("Retry-After");
        return new Answer(response.code(), body, retryAfter == null ? "" : retryAfter);
    }

    /** The next bytes are asked for when the last have been taken, so a server that is faster than its reader waits. */
    private static final class Watch implements Stream, AsyncBody.Consumer<List<ByteBuffer>> {

        private final Listener listener;
        private final Lines lines;
        private final AtomicBoolean over = new AtomicBoolean();
        /** What a server says that does not let us watch; null while it does. */
        private volatile @Nullable ByteArrayOutputStream refusal;

        private volatile @Nullable AsyncBody body;

        Watch(Listener listener) {
            this.listener = listener;
            this.lines = new Lines(listener::line);
        }

        void answered(@Nullable HttpResponse<AsyncBody> response, @Nullable Throwable failure) {
            if (response == null) {
                end(told -> told.failed(failure == null ? new IllegalStateException("no answer") : failure));
                return;
            }
            AsyncBody answer = response.body();
            body = answer;
            ByteArrayOutputStream said = response.isSuccessful() ? null : new ByteArrayOutputStream();
            refusal = said;
            answer.done()
                    .whenComplete((end, broken) -> end(told -> {
                        if (said != null) {
                            told.refused(answer(response, said.toString(UTF_8)));
                        } else if (broken != null) {
                            told.failed(broken);
                        } else {
                            told.ended();
                        }
                    }));
            if (over.get()) {
                answer.cancel();
                return;
            }
            if (said == null) {
                listener.opened();
            }
            answer.consume();
        }

        @Override
        public void consume(List<ByteBuffer> buffers, AsyncBody answer) {
            ByteArrayOutputStream said = refusal;
            for (ByteBuffer buffer : buffers) {
                if (said == null) {
                    lines.take(buffer);
                } else {
                    take(buffer, said);
                }
            }
            answer.consume();
        }

        @Override
        public void close() {
            over.set(true);
            AsyncBody answer = body;
            if (answer != null) {
                answer.cancel();
            }
        }

        private void end(Consumer<Listener> how) {
            if (!over.getAndSet(true)) {
                how.accept(listener);
            }
        }
    }
}
