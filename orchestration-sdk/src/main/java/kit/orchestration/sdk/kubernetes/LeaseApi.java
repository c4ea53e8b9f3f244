package kit.orchestration.sdk.kubernetes;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.platform.Calls;
import kit.orchestration.sdk.platform.LineStream;
import kit.orchestration.sdk.platform.Loop;

/**
 * The few calls that a pod makes, all about its own Lease. None blocks, and each has a deadline, the whole answer included;
 * a failed future holds an {@link ApiException}. Safe for any thread.
 *
 * <p>HTTP/1.1 on purpose. A call that has timed out takes its connection with it there, and the next one dials. With HTTP/2
 * all calls share one connection, which the JDK's client keeps when they time out: after a load balancer has forgotten it,
 * it would take the kernel a quarter of an hour to notice.
 */
final class LeaseApi {

    private final Calls<ApiException> calls;
    private final URI leases;
    private final URI own;
    private final String leaseName;
    private final String name;
    private final int capacity;
    private final BearerToken token;

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
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .proxy(HttpClient.Builder.NO_PROXY)
                .sslContext(tls)
                .build();
        this.calls = new Calls<>(http, timeout, loop, ApiException.FAILURES);
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
    LineStream<ApiException> watch(long version, Duration lasting, LineStream.Listener<ApiException> listener)
            throws ApiException {
        URI uri = URI.create(
                "%s?watch=true&fieldSelector=metadata.name%%3D%s&resourceVersion=%d&allowWatchBookmarks=true&timeoutSeconds=%d"
                        .formatted(leases, leaseName, version, lasting.toSeconds()));
        String call = "watch of " + name;
        return calls.lines(call, authorized(call, request(uri).GET(), "application/json"), listener);
    }

    private CompletableFuture<Lease> lease(String call, HttpRequest.Builder builder, String contentType) {
        try {
            return calls.send(call, authorized(call, builder, contentType)).thenApply(body -> read(call, body));
        } catch (ApiException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Lease read(String call, String body) {
        try {
            return Lease.of(LedgerJson.read(body), capacity);
        } catch (LedgerFormatException e) {
            throw new CompletionException(new ApiException(
                    ApiException.Kind.AWAY, "%s was answered with no Lease: %s".formatted(call, e.getMessage()), e));
        }
    }

    private static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri);
    }

    private HttpRequest authorized(String call, HttpRequest.Builder builder, String contentType) throws ApiException {
        String header;
        try {
            header = token.header();
        } catch (IllegalStateException e) {
            throw new ApiException(ApiException.Kind.AWAY, call + " failed: " + e.getMessage(), e);
        }
        return builder.header("Authorization", header)
                .header("Content-Type", contentType)
                .header("Accept", "application/json")
                .header("User-Agent", "orchestration-sdk")
                .build();
    }
}
