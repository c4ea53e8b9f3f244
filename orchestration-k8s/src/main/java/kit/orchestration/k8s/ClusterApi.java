package kit.orchestration.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfig;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import kit.orchestration.ledger.LedgerNames;

/**
 * The few calls that the allocator makes, each one request: a patch by fabric8's own operations reads the object first,
 * and repeats what fails, which for a claim must be done with knowledge. The connection, its TLS and its token are the
 * client's. Nothing blocks; a failed future holds an {@link ApiException}. Safe for any thread.
 */
final class ClusterApi {

    /**
     * Of <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables">what the
     * server can answer with</a> the shortest; the whole object if it can't.
     */
    private static final String LINE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

    /** Objects in a page of a list. */
    private static final int PAGE = 500;

    private final HttpClient http;
    private final KubernetesSerialization serialization;
    private final URI leases;
    private final URI pods;
    private final Duration timeout;
    private final Reach reach = new Reach(System::nanoTime);

    /** What there is to list and watch of one kind, and what the allocator keeps of it. */
    static final class Kind<T> {
        private final String name;
        private final URI path;
        private final Function<String, Page<T>> page;
        private final Function<String, Event<T>> event;

        private Kind(String name, URI path, Function<String, Page<T>> page, Function<String, Event<T>> event) {
            this.name = name;
            this.path = path;
            this.page = page;
            this.event = event;
        }

        /** What its objects are called, in the plural. */
        String name() {
            return name;
        }
    }

    /**
     * Part of a list.
     *
     * @param objects the objects
     * @param version the list's resourceVersion
     * @param next asks for the rest; empty if there is none
     */
    record Page<T>(List<T> objects, String version, String next) {}

    /**
     * Something that a watch told.
     *
     * @param type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
     * @param version the object's resourceVersion; empty for an error
     * @param object the object, of the first three types only; the last state of what was deleted
     * @param error what went wrong, for an error
     */
    record Event<T>(String type, String version, Optional<T> object, Optional<ApiException> error) {}

    ClusterApi(KubernetesClient client, String namespace, Duration timeout) {
        RequestConfig once =
                new RequestConfigBuilder().withRequestRetryBackoffLimit(0).build();
        this.http = client.getHttpClient().newBuilder().tag(once).build();
        this.serialization = client.getKubernetesSerialization();
        URI master = URI.create(client.getMasterUrl().toString());
        this.leases = master.resolve("apis/coordination.k8s.io/v1/namespaces/%s/leases/".formatted(namespace));
        this.pods = master.resolve("api/v1/namespaces/%s/pods/".formatted(namespace));
        this.timeout = timeout;
    }

    /** How these calls fare. */
    Reach reach() {
        return reach;
    }

    /** The Leases that are ours. */
    Kind<LeaseView> leases() {
        return new Kind<>(
                "leases", leases, LeaseReader::page, line -> isError(line) ? error(line) : LeaseReader.event(line));
    }

    /** The pods that are in a pool. */
    Kind<PodView> pods() {
        return new Kind<>(
                "pods",
                pods,
                body -> {
                    PodList list = serialization.unmarshal(body, PodList.class);
                    ListMeta meta = list.getMetadata();
                    String next = meta.getContinue() == null ? "" : meta.getContinue();
                    return new Page<>(
                            list.getItems().stream().map(PodView::of).toList(), meta.getResourceVersion(), next);
                },
                line -> isError(line) ? error(line) : podEvent(line));
    }

    /** Part of what there is of a kind, as it is now: the first, or what follows on a page. */
    <T> CompletableFuture<Page<T>> list(Kind<T> kind, String next) {
        String query = "?limit=" + PAGE + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, UTF_8));
        return send("listing " + kind.name(), get(ours(kind.path, query))).thenApply(kind.page);
    }

    /**
     * Tells of every change after a version, until the future of the {@link WatchCall} is done. The events come one after
     * another, each on some thread.
     *
     * @param version where the last list or watch ended
     * @param length how long the server keeps the watch up
     */
    <T> WatchCall watch(Kind<T> kind, String version, Duration length, Consumer<Event<T>> events) {
        String query = "?watch=1&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d"
                .formatted(version, length.toSeconds());
        HttpRequest request = get(ours(kind.path, query)).build();
        WatchCall watch = WatchCall.start(
                http, request, "watching " + kind.name(), line -> events.accept(kind.event.apply(line)));
        watch.done().whenComplete((end, failure) -> {
            if (failure != null) {
                reach.failed(ApiException.of(failure));
            }
        });
        return watch;
    }

    /** A JSON Patch (RFC 6902) of a Lease: all of it is applied, or nothing. The answer is a line, not the Lease. */
    CompletableFuture<Void> patch(String lease, String patch) {
        HttpRequest.Builder request = http.newHttpRequestBuilder()
                .uri(leases.resolve(lease + "?includeObject=None"))
                .header("Accept", LINE)
                .method("PATCH", "application/json-patch+json", patch);
        return send("the patch of lease " + lease, request).thenApply(body -> null);
    }

    /** A Lease as it is now; empty if there is none. */
    CompletableFuture<Optional<LeaseView>> lease(String lease) {
        return optional(
                send("reading lease " + lease, get(leases.resolve(lease))).thenApply(LeaseReader::lease));
    }

    /** Makes a Lease. */
    CompletableFuture<Void> create(Lease lease) {
        HttpRequest.Builder request = http.newHttpRequestBuilder()
                .uri(leases.resolve("."))
                .post("application/json", serialization.asJson(lease));
        return send("creating lease " + lease.getMetadata().getName(), request).thenApply(body -> null);
    }

    /** Deletes a Lease if it still has this uid. */
    CompletableFuture<Void> delete(String lease, String uid) {
        String options =
                "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"preconditions\":{\"uid\":\"%s\"}}".formatted(uid);
        HttpRequest.Builder request =
                http.newHttpRequestBuilder().uri(leases.resolve(lease)).delete("application/json", options);
        return send("deleting lease " + lease, request).thenApply(body -> null);
    }

    /** The uid of a pod as it is now; empty if there is none. */
    CompletableFuture<Optional<String>> podUid(String pod) {
        return optional(send("reading pod " + pod, get(pods.resolve(pod)))
                .thenApply(body ->
                        serialization.unmarshal(body, Pod.class).getMetadata().getUid()));
    }

    private HttpRequest.Builder get(URI uri) {
        return http.newHttpRequestBuilder().uri(uri);
    }

    private static URI ours(URI collection, String query) {
        String path = collection.toString();
        return URI.create(path.substring(0, path.length() - 1) + query + "&labelSelector="
                + URLEncoder.encode(LedgerNames.POOL_LABEL, UTF_8));
    }

    private CompletableFuture<String> send(String call, HttpRequest.Builder request) {
        long start = reach.now();
        CompletableFuture<HttpResponse<String>> sent;
        try {
            sent = http.sendAsync(
                    request.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS).build(), String.class);
        } catch (RuntimeException clientIsClosed) {
            return CompletableFuture.failedFuture(ApiException.ofFailure(call, clientIsClosed));
        }
        CompletableFuture<String> answer = new CompletableFuture<>();
        // The request's own time-out ends when the headers are there.
        sent.orTimeout(timeout.toMillis() + 500, TimeUnit.MILLISECONDS).whenComplete((response, failure) -> {
            if (failure == null && response.isSuccessful()) {
                reach.answered(start);
                answer.complete(response.body());
            } else {
                ApiException error = failure == null
                        ? ApiException.ofStatus(call, response.code(), response.body() == null ? "" : response.body())
                        : ApiException.ofFailure(call, failure);
                reach.failed(error);
                answer.completeExceptionally(error);
            }
        });
        return answer;
    }

    private static <T> CompletableFuture<Optional<T>> optional(CompletableFuture<T> found) {
        return found.handle((value, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(Optional.of(value));
                    }
                    ApiException error = ApiException.of(failure);
                    return error.kind() == ApiException.Kind.NOT_FOUND
                            ? CompletableFuture.completedFuture(Optional.<T>empty())
                            : CompletableFuture.<Optional<T>>failedFuture(error);
                })
                .thenCompose(Function.identity());
    }

    /** A line of a watch is {@code {"type": …, "object": …}}, in this order. */
    private static boolean isError(String line) {
        return line.startsWith("{\"type\":\"ERROR\"");
    }

    private <T> Event<T> error(String line) {
        JsonNode status = serialization.unmarshal(line, JsonNode.class).path("object");
        ApiException error = ApiException.ofStatus(
                "a watch",
                status.path("code").asInt(500),
                status.path("message").asText());
        return new Event<>("ERROR", "", Optional.empty(), Optional.of(error));
    }

    private Event<PodView> podEvent(String line) {
        WatchLine read = serialization.unmarshal(line, WatchLine.class);
        return new Event<>(
                read.type(),
                read.object().getMetadata().getResourceVersion(),
                read.type().equals("BOOKMARK") ? Optional.empty() : Optional.of(PodView.of(read.object())),
                Optional.empty());
    }

    private record WatchLine(String type, Pod object) {}
}
