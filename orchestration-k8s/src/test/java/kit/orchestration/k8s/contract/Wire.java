package kit.orchestration.k8s.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.PodAddress;
import kit.orchestration.PoolStatus;
import kit.orchestration.RequestConflictException;
import kit.orchestration.Token;
import kit.orchestration.UnknownPoolException;
import org.jspecify.annotations.Nullable;

/** How an allocator's requests, answers and errors pass between processes: JSON, an object a line. */
final class Wire {

    private Wire() {}

    static Map<String, Object> request(AllocateReq req) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pool", req.pool());
        json.put("selectors", req.selectors());
        json.put("priority", req.priority());
        json.put("annotations", req.annotations());
        json.put("maxWait", req.maxWait().toString());
        json.put("claimTtl", req.claimTtl().toString());
        if (req.requestId() != null) {
            json.put("requestId", req.requestId());
        }
        return json;
    }

    static AllocateReq request(Map<String, Object> json) {
        return AllocateReq.builder(text(json, "pool"))
                .selectors(texts(json, "selectors"))
                .priority(number(json, "priority"))
                .annotations(texts(json, "annotations"))
                .maxWait(Duration.parse(text(json, "maxWait")))
                .claimTtl(Duration.parse(text(json, "claimTtl")))
                .requestId((String) json.get("requestId"))
                .build();
    }

    static Map<String, Object> allocation(Allocation allocation) {
        return Map.of(
                "pool", allocation.pool(),
                "address", allocation.podAddress().format(),
                "sessionId", allocation.sessionId(),
                "token", allocation.token().encoded(),
                "annotations", allocation.annotations(),
                "expiresAt", allocation.expiresAt().toString());
    }

    static Allocation allocation(Map<String, Object> json) {
        return new Allocation(
                text(json, "pool"),
                PodAddress.parse(text(json, "address")),
                text(json, "sessionId"),
                Token.of(text(json, "token")),
                texts(json, "annotations"),
                Instant.parse(text(json, "expiresAt")));
    }

    static Map<String, Object> status(PoolStatus status) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pool", status.pool());
        json.put("waiting", status.waiting());
        status.readyPods().ifPresent(value -> json.put("readyPods", value));
        status.capacity().ifPresent(value -> json.put("capacity", value));
        status.claimed().ifPresent(value -> json.put("claimed", value));
        status.free().ifPresent(value -> json.put("free", value));
        return json;
    }

    static PoolStatus status(Map<String, Object> json) {
        return new PoolStatus(
                text(json, "pool"),
                optional(json, "readyPods"),
                optional(json, "capacity"),
                optional(json, "claimed"),
                optional(json, "free"),
                number(json, "waiting"),
                Optional.empty());
    }

    private static OptionalInt optional(Map<String, Object> json, String name) {
        return json.containsKey(name) ? OptionalInt.of(number(json, name)) : OptionalInt.empty();
    }

    static Map<String, Object> error(Throwable error) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", error.getClass().getSimpleName());
        json.put("message", String.valueOf(error.getMessage()));
        if (error instanceof NoCapacityException full) {
            PodCounts pods = full.pods();
            json.put("reason", full.reason().name());
            json.put("seen", pods.seen());
            json.put("notMatching", pods.notMatching());
            json.put("misconfigured", pods.misconfigured());
            json.put("notReady", pods.notReady());
            json.put("draining", pods.draining());
            json.put("full", pods.full());
            json.put("waited", full.waited().toString());
        } else if (error instanceof BackendException failed) {
            json.put("outcome", failed.outcome().name());
            json.put("retryable", failed.retryable());
        }
        return json;
    }

    /** The error, as if it had been thrown here; of the request, if there was one. */
    static RuntimeException error(Map<String, Object> json, String pool, @Nullable AllocateReq request) {
        String message = text(json, "message");
        return switch (text(json, "type")) {
            case "NoCapacityException" ->
                new NoCapacityException(
                        request,
                        NoCapacityException.Reason.valueOf(text(json, "reason")),
                        PodCounts.builder(number(json, "seen"))
                                .notMatching(number(json, "notMatching"))
                                .misconfigured(number(json, "misconfigured"))
                                .notReady(number(json, "notReady"))
                                .draining(number(json, "draining"))
                                .full(number(json, "full"))
                                .build(),
                        Duration.parse(text(json, "waited")),
                        "");
            case "BackendException" ->
                new BackendException(
                        message.substring(0, message.lastIndexOf(" (pool ")), // it is added again
                        pool,
                        request,
                        BackendException.Outcome.valueOf(text(json, "outcome")),
                        (Boolean) json.get("retryable"),
                        null);
            case "UnknownPoolException" -> new UnknownPoolException(pool, message, request);
            case "AllocatorClosedException" -> closed(pool, request);
            case "RequestConflictException" -> new RequestConflictException(request);
            default -> new IllegalStateException("in another process: " + json);
        };
    }

    static AllocationException closed(String pool, @Nullable AllocateReq request) {
        return new AllocatorClosedException(pool, request);
    }

    static String text(Map<String, Object> json, String name) {
        return String.valueOf(json.get(name));
    }

    static int number(Map<String, Object> json, String name) {
        return (int) longNumber(json, name);
    }

    static long longNumber(Map<String, Object> json, String name) {
        return ((Number) json.get(name)).longValue();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> json, String name) {
        return (Map<String, Object>) json.get(name);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> texts(Map<String, Object> json, String name) {
        return (Map<String, String>) json.get(name);
    }
}
