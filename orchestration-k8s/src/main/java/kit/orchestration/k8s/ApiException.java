package kit.orchestration.k8s;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What became of a call to the API server that did not succeed. The one place where codes are told apart: a lost test, a
 * refusal and a storage that is gone all come as the same type from any client.
 */
final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What a failed call means for a write. */
    enum Kind {
        /** A test of the patch failed, or the patch is not valid; which, only a look at the object tells. */
        INVALID,
        /** There is no such object. */
        NOT_FOUND,
        /** The object exists already, or the server gave up on conflicts of its own. */
        CONFLICT,
        /** The server does not let us. */
        FORBIDDEN,
        /** What was asked for is too old for the server to tell: list anew. */
        EXPIRED,
        /** The server took nothing: it could not be reached, or is busy. */
        NOT_APPLIED,
        /** No answer that tells: the write may have happened, or may happen yet. */
        UNKNOWN
    }

    private static final Pattern MESSAGE = Pattern.compile("\"message\":\"((?:[^\"\\\\]|\\\\.)*+)\"");

    private final Kind kind;

    private ApiException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    static ApiException ofStatus(String call, int code, String body) {
        Kind kind = switch (code) {
            case 400, 413, 415, 422 -> Kind.INVALID;
            case 401, 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 409 -> Kind.CONFLICT;
            case 410 -> Kind.EXPIRED;
            case 429 -> Kind.NOT_APPLIED;
            default -> Kind.UNKNOWN;
        };
        String said = excerpt(body);
        return new ApiException(
                kind, "%s was answered %d%s".formatted(call, code, said.isEmpty() ? "" : ": " + said), null);
    }

    static ApiException ofFailure(String call, Throwable failure) {
        Throwable cause = unwrap(failure);
        return new ApiException(
                neverSent(cause) ? Kind.NOT_APPLIED : Kind.UNKNOWN, "%s failed: %s".formatted(call, cause), cause);
    }

    /** What a future of {@link ClusterApi} failed with. */
    static ApiException of(Throwable failure) {
        Throwable cause = unwrap(failure);
        return cause instanceof ApiException known ? known : ofFailure("a call to the API server", cause);
    }

    Kind kind() {
        return kind;
    }

    /** Whether the same call may succeed later without anybody mending anything. */
    boolean isPassing() {
        return kind == Kind.NOT_APPLIED || kind == Kind.UNKNOWN || kind == Kind.CONFLICT;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean neverSent(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException || cause instanceof UnresolvedAddressException) {
                return true;
            }
            if (!(cause instanceof IOException)) {
                return false;
            }
        }
        return false;
    }

    /** What the server says, of the {@code Status} that it answers with. */
    private static String excerpt(String body) {
        Matcher message = MESSAGE.matcher(body);
        String oneLine =
                (message.find() ? message.group(1).replace("\\\"", "\"") : body).replaceAll("\\p{Cntrl}+", " ");
        return oneLine.length() <= 400 ? oneLine : oneLine.substring(0, 400) + "…";
    }
}
