package kit.orchestration.sdk.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import kit.orchestration.token.LedgerFormatException;
import kit.orchestration.token.LedgerJson;

/**
 * The few calls that a pod makes, all about its own Lease. None blocks, and each has a deadline, the whole answer included;
 * a failed future holds an {@link ApiException}. Safe for any thread.
 *
 * <p>HTTP/1.1 on purpose. A call that has timed out takes its connection with it there, and the next one dials. With HTTP/2
 * all calls share one connection, which the JDK's client keeps when they time out: after a load balancer has forgotten it,
 * it would take the kernel a quarter of an hour to notice.
 */
final class LeaseApi {

    private final HttpClient http;
    private final URI leases;
    private final URI own;
    private final String leaseName;
    private final String name;
    private final int capacity;
    private final BearerToken token;
    private final Duration timeout;
    private final Loop loop;

    /**
     * Dials nothing yet.
     *
     * @param server the API server's address, with no path but perhaps a prefix
     * @param timeout of each call; of a watch until its answer begins
     */
    LeaseApi(URI server, SSLContext tls, PodIdentity pod, BearerToken token, Duration timeout, Loop loop) {
        String base = server.toString();
        this.leases = URI.create("%s/apis/coordination.k8s.io/v1/namespaces/%s/leases"
                .formatted(base.endsWith("/") ? base.substring(0, base.length() - 1) : base, pod.namespace()));
        this.leaseName = pod.lease();
        this.own = URI.create(leases + "/" + leaseName);
        this.name = "lease %s in namespace %s".formatted(leaseName, pod.namespace());
        this.capacity = pod.capacity();
        this.token = token;
        this.timeout = timeout;
        this.loop = loop;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .proxy(HttpClient.Builder.NO_PROXY)
                .sslContext(tls)
                .build();
    }

    /** What the calls are about, for messages. */
    String name() {
        return name;
    }

    CompletableFuture<Lease> create(String lease) {
        return lease("create of " + name, request(leases).POST(BodyPublishers.ofString(lease)), "application/json");
    }

    /** The Lease as the storage has it now: never a cache's. */
    CompletableFuture<Lease> get() {
        return lease("get of " + name, request(own).GET(), "application/json");
    }

    CompletableFuture<Lease> patch(LeasePatch patch) {
        return lease(
                "patch of " + name,
                request(own).method("PATCH", BodyPublishers.ofString(patch.text())),
                "application/json-patch+json");
    }

    /**
     * Watches the Lease from a version on. The server ends it after {@code lasting}.
     *
     * @return the lines; they come on the HTTP client's threads
     */
    WatchStream watch(long version, Duration lasting, WatchStream.Listener listener) {
        URI uri = URI.create(
                "%s?watch=true&fieldSelector=metadata.name%%3D%s&resourceVersion=%d&allowWatchBookmarks=true&timeoutSeconds=%d"
                        .formatted(leases, leaseName, version, lasting.toSeconds()));
        String call = "watch of " + name;
        WatchStream stream = new WatchStream(call, listener);
        try {
            HttpRequest request = authorized(request(uri).GET(), "application/json");
            Future<?> deadline = loop.after(timeout, () -> stream.fail(timedOut(call)));
            stream.sent(http.sendAsync(request, info -> {
                deadline.cancel(false);
                return info.statusCode() == 200
                        ? BodySubscribers.fromLineSubscriber(stream, s -> "", UTF_8, "\n")
                        : BodySubscribers.ofString(UTF_8);
            }));
        } catch (IllegalStateException e) {
            stream.fail(new ApiException(ApiException.Kind.AWAY, call + " failed: " + e.getMessage(), e));
        }
        return stream;
    }

    private CompletableFuture<Lease> lease(String call, HttpRequest.Builder builder, String contentType) {
        CompletableFuture<Lease> answer = new CompletableFuture<>();
        try {
            HttpRequest request = authorized(builder, contentType);
            CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request, BodyHandlers.ofString());
            // HttpRequest.timeout() ends with the answer's head, before JDK 26; this bounds its body, too.
            Future<?> deadline = loop.after(timeout, () -> {
                answer.completeExceptionally(timedOut(call));
                sent.cancel(true);
            });
            sent.whenComplete((response, failure) -> {
                deadline.cancel(false);
                if (failure != null) {
                    answer.completeExceptionally(ApiException.failed(call, failure));
                } else {
                    settle(answer, call, response);
                }
            });
        } catch (IllegalStateException e) {
            answer.completeExceptionally(
                    new ApiException(ApiException.Kind.AWAY, call + " failed: " + e.getMessage(), e));
        }
        return answer;
    }

    private void settle(CompletableFuture<Lease> answer, String call, HttpResponse<String> response) {
        if (response.statusCode() / 100 != 2) {
            answer.completeExceptionally(ApiException.answered(call, response.statusCode(), response.body()));
            return;
        }
        try {
            answer.complete(Lease.of(LedgerJson.read(response.body()), capacity));
        } catch (LedgerFormatException e) {
            answer.completeExceptionally(new ApiException(
                    ApiException.Kind.AWAY, "%s was answered with no Lease: %s".formatted(call, e.getMessage()), e));
        }
    }

    private static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri);
    }

    private HttpRequest authorized(HttpRequest.Builder builder, String contentType) {
        return builder.header("Authorization", token.header())
                .header("Content-Type", contentType)
                .header("Accept", "application/json")
                .header("User-Agent", "orchestration-sdk")
                .build();
    }

    private ApiException timedOut(String call) {
        return new ApiException(
                ApiException.Kind.AWAY,
                "%s was not answered within %s".formatted(call, timeout),
                new HttpTimeoutException(timeout.toString()));
    }
}
