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

    /** Of that code, with that header {@code Retry-After}. */
    public static Answer answer(int code, String retryAfter) {
        Map<String, Object> status =
                Map.of("kind", "Status", "status", "Failure", "reason", REASONS.getOrDefault(code, ""), "code", code);
        return new Answer(code, LedgerJson.write(status), retryAfter);
    }
}
