package kit.orchestration.k8s;

import java.util.Map;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport.Answer;

/** Answers as the API server gives them to what it does not do. */
public final class Statuses {

    private static final Map<Integer, String> REASONS =
            Map.of(403, "Forbidden", 404, "NotFound", 409, "AlreadyExists", 410, "Expired", 422, "Invalid");

    private Statuses() {}

    /** Of that code. */
    public static Answer answer(int code) {
        return answer(code, "");
    }

    /** As to an account without the right to write Leases. */
    public static Answer lackOfRight() {
        return forbidden("leases.coordination.k8s.io \"orchestration-pod\" is forbidden: User"
                + " \"system:serviceaccount:games:me\" cannot patch resource \"leases\" in API group"
                + " \"coordination.k8s.io\"");
    }

    /** 403, in these words. */
    public static Answer forbidden(String message) {
        Map<String, Object> status =
                Map.of("kind", "Status", "status", "Failure", "reason", "Forbidden", "message", message, "code", 403);
        return new Answer(403, LedgerJson.write(status), "");
    }

    /** As where a webhook denies it, by a code of its own choice. */
    public static Answer denied(int code) {
        Map<String, Object> status = Map.of(
                "kind",
                "Status",
                "reason",
                "",
                "message",
                "admission webhook \"a.example\" denied the request: no",
                "code",
                code);
        return new Answer(code, LedgerJson.write(status), "");
    }

    /** Of that code, with that header {@code Retry-After}. */
    public static Answer answer(int code, String retryAfter) {
        Map<String, Object> status =
                Map.of("kind", "Status", "status", "Failure", "reason", REASONS.getOrDefault(code, ""), "code", code);
        return new Answer(code, LedgerJson.write(status), retryAfter);
    }
}
