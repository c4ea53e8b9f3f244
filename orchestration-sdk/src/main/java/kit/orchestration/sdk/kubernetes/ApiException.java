package kit.orchestration.sdk.kubernetes;

import java.util.regex.Pattern;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.platform.Calls;
import org.jspecify.annotations.Nullable;

/**
 * A call to the API server that did not succeed: the one place where its codes are told apart. Whether a write that failed
 * was applied is not asked: every write of ours can be repeated, since it tests what it assumes.
 */
final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What to do about it. */
    enum Kind {
        /** A test of the patch failed, or the patch is not valid; which, only a look at the object tells. */
        INVALID,
        /** There is no such object. */
        MISSING,
        /** There is one already. */
        EXISTS,
        /** The version to watch from is too old. */
        EXPIRED,
        /** The server does not let us: somebody has to mend something. */
        REFUSED,
        /** The server, or its storage, can't be reached, is busy, or did not answer. */
        AWAY
    }

    /** Makes them of what the HTTP client says. */
    static final Calls.Failures<ApiException> FAILURES = new Calls.Failures<>() {
        @Override
        public ApiException answered(String call, int code, String body) {
            return ApiException.answered(call, code, body);
        }

        @Override
        public ApiException failed(String call, Throwable failure) {
            return ApiException.failed(call, failure);
        }
    };

    private static final int SHOWN = 400;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private final Kind kind;

    ApiException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * An answer other than 2xx.
     *
     * @param call what was asked, as {@code patch of lease x in namespace y}
     * @param body a {@code Status}, mostly
     */
    static ApiException answered(String call, int code, String body) {
        Kind kind = switch (code) {
            case 400, 413, 415, 422 -> Kind.INVALID;
            case 401, 403 -> Kind.REFUSED;
            case 404 -> Kind.MISSING;
            case 409 -> Kind.EXISTS;
            case 410 -> Kind.EXPIRED;
            default -> Kind.AWAY;
        };
        return new ApiException(
                kind, "%s was answered %d (%s)%s".formatted(call, code, said(body), advice(code)), null);
    }

    /** No answer. */
    static ApiException failed(String call, Throwable failure) {
        Throwable cause = Calls.unwrap(failure);
        return cause instanceof ApiException known
                ? known
                : new ApiException(Kind.AWAY, "%s failed: %s".formatted(call, cause), cause);
    }

    Kind kind() {
        return kind;
    }

    /** The message, never null. */
    String problem() {
        return String.valueOf(getMessage());
    }

    private static String advice(int code) {
        return switch (code) {
            case 401 ->
                ": the API server does not know the token. Is the service account's token mounted (automountServiceAccountToken), of this cluster, and does the pod still exist?";
            case 403 ->
                ": the pod's service account needs a Role with the verbs create, get, watch and patch on leases of coordination.k8s.io in its namespace; and the Lease must be the pod's own";
            default -> "";
        };
    }

    private static String said(String body) {
        String message = body;
        try {
            if (LedgerJson.read(body).get("message") instanceof String text) {
                message = text;
            }
        } catch (LedgerFormatException e) {
            // shown as it is
        }
        String line = CONTROL.matcher(message).replaceAll(" ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
