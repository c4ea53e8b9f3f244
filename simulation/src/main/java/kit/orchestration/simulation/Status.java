package kit.orchestration.simulation;

import java.util.Map;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport.Answer;

/** What the API server answers where it does not do what it was asked. */
final class Status {

    private static final Map<Integer, String> REASONS = Map.of(
            404,
            "NotFound",
            409,
            "AlreadyExists",
            410,
            "Expired",
            422,
            "Invalid",
            429,
            "TooManyRequests",
            504,
            "Timeout");

    private Status() {}

    static Answer of(int code) {
        return of(code, "");
    }

    static Answer of(int code, String retryAfter) {
        return new Answer(code, body(code), retryAfter);
    }

    /** The last line of a watch that begins at what is not known any more. */
    static String line(int code) {
        return "{\"type\":\"ERROR\",\"object\":" + body(code) + "}";
    }

    private static String body(int code) {
        return LedgerJson.write(Map.of(
                "kind",
                "Status",
                "status",
                "Failure",
                "reason",
                REASONS.getOrDefault(code, "InternalError"),
                "message",
                "simulated",
                "code",
                code));
    }
}
