package kit.orchestration.k8s.scale;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.jspecify.annotations.Nullable;

/**
 * The scaler's calls that are not about ledgers, each one request to the API server. Nothing is repeated. Nothing
 * blocks; a failed future holds an {@link ApiException}. Safe for any thread.
 */
final class ScaleCalls {

    /** What the deletion of an idle pod costs: less than that of one of which nobody has said anything, which is 0. */
    static final int CHEAP = -1000;

    /** What to do about a refusal of those by which scalers elect one of them, and tell each other what waits. */
    static final String OF_LEASES = "; give the allocator's service account the Role of deploy/base/allocator.yaml in"
            + " that namespace, and apply the policy of deploy/base anew";

    private static final String METADATA =
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    private static final String MERGE = "application/merge-patch+json";

    /**
     * The number of pods of a target.
     *
     * @param replicas how many there are to be
     * @param version of the target then
     * @param existing how many there are
     * @param selector which pods are its own, as labels; empty if it does not say
     */
    record Scale(int replicas, String version, int existing, String selector) {

        static Scale read(String body) {
            Map<String, Object> scale = LedgerJson.read(body);
            if (!"Scale".equals(scale.get("kind"))) {
                throw new LedgerFormatException("a scale must be of the kind Scale");
            }
            Map<String, Object> status = object(scale, "status");
            Object selector = status.get("selector");
            return new Scale(
                    replicas(object(scale, "spec")),
                    resourceVersion(scale),
                    replicas(status),
                    selector instanceof String labels ? labels : "");
        }

        /** Left out if it is 0. */
        private static int replicas(Map<String, Object> of) {
            return of.get("replicas") instanceof Long number ? Math.toIntExact(number) : 0;
        }
    }

    /** An object of a list. */
    record Listed(String uid, long version) {

        boolean isNoNews(String knownUid, long knownVersion) {
            return uid.equals(knownUid) && version <= knownVersion;
        }
    }

    private final Transport transport;
    private final String namespace;
    private final Duration timeout;

    ScaleCalls(Transport transport, String namespace, Duration timeout) {
        this.transport = transport;
        this.namespace = namespace;
        this.timeout = timeout;
    }

    /** How many pods a target is to have. */
    CompletableFuture<Scale> read(ScaleTarget target) {
        return send("reading the scale of " + target, Ask.get(target.path(namespace), timeout), Scale::read);
    }

    /** Sets that, unless anything about the target has changed since it was read: then it is a conflict. */
    CompletableFuture<Scale> write(ScaleTarget target, Scale seen, int replicas) {
        String patch = LedgerJson.write(
                Map.of("metadata", Map.of("resourceVersion", seen.version()), "spec", Map.of("replicas", replicas)));
        return send("the patch of the scale of " + target, patch(target.path(namespace), patch), Scale::read);
    }

    /** Says whether a pod is the first that its ReplicaSet may take away, or one as any other. Gives its version. */
    CompletableFuture<Long> cheap(String pod, String uid, boolean isCheap) {
        Map<String, @Nullable String> annotations = new LinkedHashMap<>();
        annotations.put(PodFacts.DELETION_COST, isCheap ? String.valueOf(CHEAP) : null);
        String patch = LedgerJson.write(Map.of("metadata", Map.of("uid", uid, "annotations", annotations)));
        return send(
                "the patch of pod " + pod,
                patch(pods() + "/" + pod, patch),
                body -> Long.parseLong(resourceVersion(LedgerJson.read(body))));
    }

    /** Writes an annotation of a Lease, or takes it away. */
    CompletableFuture<Map<String, Object>> annotate(String lease, String annotation, @Nullable String text) {
        Map<String, @Nullable String> annotations = new LinkedHashMap<>();
        annotations.put(annotation, text);
        String patch = LedgerJson.write(Map.of("metadata", Map.of("annotations", annotations)));
        return send("the patch of lease " + lease, patch(leases() + "/" + lease, patch), LedgerJson::read);
    }

    /** Makes a Lease with one annotation. */
    CompletableFuture<Map<String, Object>> createLease(String lease, String annotation, String text) {
        String json = LedgerJson.write(Map.of(
                "apiVersion",
                "coordination.k8s.io/v1",
                "kind",
                "Lease",
                "metadata",
                Map.of("name", lease, "annotations", Map.of(annotation, text))));
        return send(
                "creating lease " + lease,
                new Ask("POST", leases(), Ask.JSON, json, Ask.JSON, timeout),
                LedgerJson::read);
    }

    /** What there is of a pool, by its label and with no more than its metadata: pods or Leases, by their names. */
    CompletableFuture<Map<String, Listed>> list(String path, String pool) {
        String query = "?labelSelector=" + URLEncoder.encode(LedgerNames.POOL_LABEL + "=" + pool, UTF_8);
        return send(
                "listing " + path.substring(path.lastIndexOf('/') + 1),
                new Ask("GET", path + query, null, null, METADATA, timeout),
                ScaleCalls::listed);
    }

    private static Map<String, Listed> listed(String body) {
        Map<String, Listed> all = new HashMap<>();
        if (LedgerJson.read(body).get("items") instanceof List<?> items) {
            for (Object item : items) {
                Map<String, Object> object = object(Map.of("item", item), "item");
                Map<String, Object> meta = object(object, "metadata");
                all.put(
                        String.valueOf(meta.get("name")),
                        new Listed(String.valueOf(meta.get("uid")), Long.parseLong(resourceVersion(object))));
            }
            return all;
        }
        throw new LedgerFormatException("a list must have items");
    }

    /** The version of the newest of a list's objects; 0 if there are none. */
    static long newest(Map<String, Listed> list) {
        return list.values().stream().mapToLong(Listed::version).max().orElse(0);
    }

    /** Where the namespace's pods are. */
    String pods() {
        return "/api/v1/namespaces/" + namespace + "/pods";
    }

    /** Where the namespace's Leases are. */
    String leases() {
        return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
    }

    private Ask patch(String path, String patch) {
        return new Ask("PATCH", path, MERGE, patch, Ask.JSON, timeout);
    }

    private <T> CompletableFuture<T> send(String what, Ask ask, Function<String, T> reader) {
        String call = what + " in namespace " + namespace + " at " + transport.server();
        CompletableFuture<T> result = new CompletableFuture<>();
        begin(ask).whenComplete((answer, failure) -> {
            if (failure != null) {
                result.completeExceptionally(ApiException.failed(call, failure));
            } else if (!answer.isGood()) {
                result.completeExceptionally(ApiException.answered(call, answer));
            } else {
                try {
                    result.complete(reader.apply(answer.body()));
                } catch (RuntimeException notTheApi) {
                    result.completeExceptionally(ApiException.failed(call, notTheApi));
                }
            }
        });
        return result;
    }

    /** An interceptor of the client may throw: whoever waits hears of it. */
    private CompletableFuture<Transport.Answer> begin(Ask ask) {
        try {
            return transport.send(ask);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What to do about a call that the server refuses; empty for others. */
    static String wayOut(ApiException error) {
        if (error.code() != 403) {
            return "";
        }
        String problem = error.problem();
        if (problem.contains(" lease ") || problem.contains(" leases ")) {
            return OF_LEASES;
        }
        return "; give the allocator's service account the Role of deploy/scaler"
                + (problem.startsWith("the patch of pod ") ? "/cost" : "")
                + " (docs/scaling.md, What it may do)";
    }

    /** The version of an object, or a list. */
    static String resourceVersion(Map<String, Object> object) {
        if (object(object, "metadata").get("resourceVersion") instanceof String version) {
            return version;
        }
        throw new LedgerFormatException("an object must have a resourceVersion");
    }

    /** A field that is an object; empty if it is none. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> parent, String field) {
        return parent.get(field) instanceof Map<?, ?> object ? (Map<String, Object>) object : Map.of();
    }
}
