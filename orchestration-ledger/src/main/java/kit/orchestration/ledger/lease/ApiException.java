package kit.orchestration.ledger.lease;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.jspecify.annotations.Nullable;

/**
 * What became of a call to the API server that did not succeed. The one place where codes are told apart: a lost test,
 * a refusal and a storage that is gone all come as the same type from any client. The message names the call, the
 * server and the cause, and never a credential.
 */
public final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What a failed call means for a write. */
    public enum Kind {
        /** A test of the patch failed, or the patch is not valid; which, only a look at the object tells. */
        INVALID,
        /** There is no such object, as the API server itself says. */
        NOT_FOUND,
        /** The object exists already, or the server gave up on conflicts of its own. */
        CONFLICT,
        /** The server does not let us, or does not know us: somebody has to mend something. */
        FORBIDDEN,
        /** What was asked for is too old for the server to tell: list anew. */
        EXPIRED,
        /** The server took nothing: it could not be reached, or is busy. */
        NOT_APPLIED,
        /** No answer that tells: the write may have happened, or may happen yet. */
        UNKNOWN
    }

    private static final int SHOWN = 400;
    /** In seconds: a server that asks for hours is not obeyed. */
    private static final long LONGEST_ASKED = 60;

    /**
     * With which of its reasons the API server itself answers so. A proxy has such codes, too, and they are taken for
     * proof: that a pod is gone, and its Lease is to be deleted; that a session has ended; that somebody was faster.
     * What another code says is looked into, tried again or told.
     */
    private static final Map<Integer, Set<String>> REASONS =
            Map.of(404, Set.of("NotFound"), 409, Set.of("AlreadyExists", "Conflict"));

    private static final Pattern CONTROL = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]+");
    /** As the API server puts what its authorizers say. What admission says comes after "denied the request". */
    private static final Pattern LACK_OF_RIGHT = Pattern.compile("is forbidden: User \"[^\"]*\" cannot ");

    /** As the API server puts it, whatever the code: that is the webhook's own. */
    private static final Pattern DENIAL = Pattern.compile("admission webhook .{1,300}? denied the request");

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
    /** What HTTP clients quote in their errors: a header that is not well formed, an address with a password. */
    private static final Pattern CREDENTIAL =
            Pattern.compile("(?i)\\b(bearer|basic)\\s+[^\\s\"',;]+|(?<=://)[^/\\s@]*@");

    private final Kind kind;
    private final int code;
    private final Duration retryAfter;

    private ApiException(Kind kind, int code, Duration retryAfter, String message, @Nullable Throwable cause) {
        super(CREDENTIAL.matcher(message).replaceAll("[redacted]"), cause);
        this.kind = kind;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** An answer other than 2xx to a call, such as {@code reading lease x at https://10.96.0.1}. */
    public static ApiException answered(String call, Answer answer) {
        int code = answer.status();
        if (REASONS.containsKey(code) && !REASONS.get(code).contains(reason(answer.body()))) {
            return answeredOtherwise(call, answer, null);
        }
        Kind kind = switch (code) {
            case 400, 413, 415, 422 -> Kind.INVALID;
            case 401, 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 409 -> Kind.CONFLICT;
            case 410 -> Kind.EXPIRED;
            case 429 -> Kind.NOT_APPLIED;
            default -> Kind.UNKNOWN;
        };
        String said = excerpt(answer.body());
        return new ApiException(
                kind,
                code,
                seconds(answer.retryAfter()),
                call + " was answered " + code + (said.isEmpty() ? "" : ": " + said),
                null);
    }

    /** An answer that is none of the API's: a page of a proxy, say. */
    static ApiException answeredOtherwise(String call, Answer answer, @Nullable Throwable problem) {
        return new ApiException(
                Kind.UNKNOWN,
                answer.status(),
                Duration.ZERO,
                call + " was answered " + answer.status()
                        + ", and not as the API of Kubernetes does; is that the API server's address? It said: "
                        + excerpt(answer.body()),
                problem);
    }

    /** No answer. */
    public static ApiException failed(String call, Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof ApiException known
                ? known
                : new ApiException(
                        neverSent(cause) ? Kind.NOT_APPLIED : Kind.UNKNOWN,
                        0,
                        Duration.ZERO,
                        call + " failed: " + shown(why(cause)),
                        namesCredential(cause) ? null : cause);
    }

    /** What a future of {@link LeaseApi} failed with. */
    public static ApiException of(Throwable failure) {
        return failed("a call to the API server", failure);
    }

    /** What it means. */
    public Kind kind() {
        return kind;
    }

    /** The HTTP status; 0 without an answer. 401: the server does not know us; 403: it does, and does not let us. */
    public int code() {
        return code;
    }

    /**
     * Whether a webhook has denied it, by whatever code: nothing was written, and that is about this one object, not
     * about the account or the server's health. It may be otherwise later.
     */
    public boolean isDenial() {
        return DENIAL.matcher(problem()).find();
    }

    /** Whether the account may not do this at all: not what a policy or a webhook has against this one object. */
    public boolean isLackOfRight() {
        Matcher right = LACK_OF_RIGHT.matcher(problem());
        return right.find() && !problem().substring(0, right.start()).contains(" denied ");
    }

    /** How long the server asks us to stay away: a minute at most, whatever it says; zero if it does not say. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** The message, never null. */
    public String problem() {
        return String.valueOf(getMessage());
    }

    /** Whether the server, or its storage, is not well: it can't be reached, is busy, or did not answer. */
    public boolean isOutage() {
        return kind == Kind.NOT_APPLIED || kind == Kind.UNKNOWN;
    }

    /** Whether what was to be changed may have been changed by somebody who was faster, or be gone. */
    public boolean isRace() {
        return kind == Kind.CONFLICT || kind == Kind.INVALID || kind == Kind.NOT_FOUND;
    }

    /** What made a future fail. */
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** In the words of whoever can mend it. The JDK's client calls a name that is in no DNS a refused connection. */
    private static String why(Throwable failure) {
        String reason = "";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "java.net.UnknownHostException: the server's name is in no DNS that is asked here";
            } else if (cause instanceof ConnectException) {
                reason = ": nobody listens there, or a firewall is between";
            } else if (cause instanceof SSLHandshakeException || cause instanceof SSLPeerUnverifiedException) {
                reason = ": its certificate is of an authority that is not trusted here, or for another name";
            }
        }
        return failure + reason;
    }

    private static boolean neverSent(Throwable failure) {
        for (Throwable cause = failure;
                cause instanceof IOException || cause instanceof UnresolvedAddressException;
                cause = cause.getCause()) {
            if (!(cause instanceof IOException)
                    || cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof SSLHandshakeException
                    || cause instanceof SSLPeerUnverifiedException) {
                return true;
            }
        }
        return false;
    }

    /** A log shows causes, too. */
    private static boolean namesCredential(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (CREDENTIAL.matcher(cause.toString()).find()) {
                return true;
            }
        }
        return false;
    }

    private static Duration seconds(String retryAfter) {
        return SECONDS.matcher(retryAfter).matches()
                ? Duration.ofSeconds(Math.min(LONGEST_ASKED, Long.parseLong(retryAfter)))
                : Duration.ZERO;
    }

    /** What the server says, of the {@code Status} that it answers with; else its text. */
    private static String excerpt(String body) {
        return shown(status(body).get("message") instanceof String message ? message : body);
    }

    /** Why, by the {@code Status} that the server answers with; empty if it is none. */
    private static String reason(String body) {
        Map<String, Object> status = status(body);
        return "Status".equals(status.get("kind")) && status.get("reason") instanceof String reason ? reason : "";
    }

    private static Map<String, Object> status(String body) {
        try {
            return LedgerJson.read(body);
        } catch (LedgerFormatException noStatus) {
            return Map.of();
        }
    }

    /** One line, not too long. */
    public static String shown(String text) {
        String line = CONTROL.matcher(text).replaceAll(" ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }
}
