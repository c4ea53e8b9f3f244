package kit.orchestration.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The few calls that the allocator makes, each one request: a patch by fabric8's own operations reads the object first,
 * and repeats what fails, which for a claim must be done with knowledge. The connection, its TLS and its token are the
 * client's. Nothing blocks; a failed future holds an {@link ApiException}. Safe for any thread.
 */
final class LeaseApi {

    private final HttpClient http;
    private final KubernetesSerialization serialization;
    private final URI leases;
    private final URI pods;
    private final Duration timeout;

    LeaseApi(KubernetesClient client, String namespace, Duration timeout) {
        this.http = client.getHttpClient();
        this.serialization = client.getKubernetesSerialization();
        URI master = URI.create(client.getMasterUrl().toString());
        this.leases = master.resolve("apis/coordination.k8s.io/v1/namespaces/%s/leases/".formatted(namespace));
        this.pods = master.resolve("api/v1/namespaces/%s/pods/".formatted(namespace));
        this.timeout = timeout;
    }

    /** A JSON Patch (RFC 6902) of a Lease: all of it is applied, or nothing. */
    CompletableFuture<Void> patch(String lease, String patch) {
        return send(
                        "the claim's patch of lease " + lease,
                        http.newHttpRequestBuilder()
                                .uri(leases.resolve(lease))
                                .method("PATCH", "application/json-patch+json", patch))
                .thenApply(body -> null);
    }

    /** A Lease as it is now; empty if there is none. */
    CompletableFuture<Optional<LeaseView>> get(String lease) {
        return optional(send(
                        "reading lease " + lease,
                        http.newHttpRequestBuilder().uri(leases.resolve(lease)))
                .thenApply(body -> LeaseView.of(serialization.unmarshal(body, Lease.class))));
    }

    /** Makes a Lease. */
    CompletableFuture<LeaseView> create(Lease lease) {
        return send(
                        "creating lease " + lease.getMetadata().getName(),
                        http.newHttpRequestBuilder()
                                .uri(leases.resolve("."))
                                .post("application/json", serialization.asJson(lease).getBytes(UTF_8)))
                .thenApply(body -> LeaseView.of(serialization.unmarshal(body, Lease.class)));
    }

    /** Deletes a Lease if it still has this uid. */
    CompletableFuture<Void> delete(String lease, String uid) {
        return send(
                        "deleting lease " + lease,
                        http.newHttpRequestBuilder()
                                .uri(leases.resolve(lease))
                                .delete(
                                        "application/json",
                                        "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"preconditions\":{\"uid\":\"%s\"}}"
                                                .formatted(uid)))
                .thenApply(body -> null);
    }

    /** The uid of a pod as it is now; empty if there is none. */
    CompletableFuture<Optional<String>> podUid(String pod) {
        return optional(send("reading pod " + pod, http.newHttpRequestBuilder().uri(pods.resolve(pod)))
                .thenApply(body -> serialization
                        .unmarshal(body, Pod.class)
                        .getMetadata()
                        .getUid()));
    }

    private CompletableFuture<String> send(String call, HttpRequest.Builder request) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        http.sendAsync(request.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS).build(), String.class)
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(ApiException.ofFailure(call, failure));
                    } else if (response.isSuccessful()) {
                        answer.complete(response.body());
                    } else {
                        answer.completeExceptionally(ApiException.ofStatus(
                                call, response.code(), response.body() == null ? "" : response.body()));
                    }
                });
        return answer;
    }

    private static <T> CompletableFuture<Optional<T>> optional(CompletableFuture<T> found) {
        CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
        found.whenComplete((value, failure) -> {
            if (failure == null) {
                answer.complete(Optional.of(value));
            } else if (of(failure).kind() == ApiException.Kind.NOT_FOUND) {
                answer.complete(Optional.empty());
            } else {
                answer.completeExceptionally(of(failure));
            }
        });
        return answer;
    }

    /** What a future of this class failed with. */
    static ApiException of(Throwable failure) {
        Throwable cause = failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        return cause instanceof ApiException known ? known : ApiException.ofFailure("a call to the API server", cause);
    }
}
