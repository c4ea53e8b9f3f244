package kit.orchestration.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A watch under way: the server's answer, a line for each event. The next bytes are asked for when a line has been taken,
 * so a server that is faster than its reader waits.
 */
final class WatchCall {

    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Consumer<String> lines;
    /** What there is of the next line; the body comes by one thread at a time, each after the other. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(8192);

    private volatile @Nullable AsyncBody body;

    private WatchCall(Consumer<String> lines) {
        this.lines = lines;
    }

    static WatchCall start(HttpClient http, HttpRequest request, String call, Consumer<String> lines) {
        WatchCall watch = new WatchCall(lines);
        CompletableFuture<HttpResponse<AsyncBody>> sent;
        try {
            sent = http.consumeBytes(request, watch::take);
        } catch (RuntimeException clientIsClosed) {
            watch.done.completeExceptionally(ApiException.ofFailure(call, clientIsClosed));
            return watch;
        }
        sent.whenComplete((response, failure) -> {
            if (failure != null) {
                watch.done.completeExceptionally(ApiException.ofFailure(call, failure));
                return;
            }
            AsyncBody body = response.body();
            watch.body = body;
            if (!response.isSuccessful()) {
                body.cancel();
                watch.done.completeExceptionally(ApiException.ofStatus(call, response.code(), ""));
                return;
            }
            body.done().whenComplete((end, broken) -> {
                if (broken == null) {
                    watch.done.complete(null);
                } else {
                    watch.done.completeExceptionally(ApiException.ofFailure(call, broken));
                }
            });
            if (watch.done.isDone()) {
                body.cancel();
            } else {
                body.consume();
            }
        });
        return watch;
    }

    /** Done when the watch has ended, for whatever reason; an {@link ApiException} if not in order. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** Ends it. An event may still come. */
    void cancel() {
        done.complete(null);
        AsyncBody answer = body;
        if (answer != null) {
            answer.cancel();
        }
    }

    private void take(List<ByteBuffer> buffers, AsyncBody answer) {
        for (ByteBuffer buffer : buffers) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            int from = 0;
            for (int at = 0; at < bytes.length; at++) {
                if (bytes[at] == '\n') {
                    line.write(bytes, from, at - from);
                    from = at + 1;
                    String whole = line.toString(UTF_8);
                    line.reset();
                    if (!whole.isEmpty()) {
                        lines.accept(whole);
                    }
                }
            }
            line.write(bytes, from, bytes.length - from);
        }
        answer.consume();
    }
}
