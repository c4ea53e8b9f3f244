package kit.orchestration.sdk.agones;

import java.util.List;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.jspecify.annotations.Nullable;

/** A call to the sidecar that did not succeed: the one place where its answers are told apart. */
final class SidecarException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What to do about it. */
    enum Kind {
        /** The list is not so that the value could go, or be added: not any more, or not yet. */
        NOT_NOW,
        /** The sidecar does not take what it was given. */
        REFUSED,
        /** What listens there is no sidecar, or an old one. */
        NO_SIDECAR,
        /** The sidecar can't be reached, or what it asks can't, or it did not answer. */
        AWAY
    }

    /** What is said of a value that is not there, or is, or has no room. */
    private static final List<String> NOT_NOW = List.of("not found", "already exists", "out of range");

    private final Kind kind;

    SidecarException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * An answer other than 2xx. Errors of the lists have no code of their own: they are 500, and told apart by their
     * text alone (Agones 1.57, pkg/sdkserver/sdkserver.go).
     */
    static SidecarException answered(String call, Answer answer) {
        int code = answer.status();
        String said = said(answer.body());
        String message =
                call + " was answered " + code + " (" + ApiException.shown(said == null ? answer.body() : said) + ")";
        if (said == null) {
            return new SidecarException(
                    Kind.NO_SIDECAR,
                    message + ": is it Agones' sidecar that listens there, and no other server?",
                    null);
        }
        if (code == 404) {
            return new SidecarException(
                    Kind.NO_SIDECAR, message + ": is the sidecar of Agones 1.50 or newer, with CountsAndLists?", null);
        }
        boolean notNow = NOT_NOW.stream().anyMatch(said::startsWith);
        Kind kind = notNow ? Kind.NOT_NOW : code / 100 == 4 ? Kind.REFUSED : Kind.AWAY;
        return new SidecarException(kind, message, null);
    }

    /** No answer. */
    static SidecarException failed(String call, Throwable failure) {
        Throwable cause = ApiException.cause(failure);
        return cause instanceof SidecarException known
                ? known
                : new SidecarException(Kind.AWAY, call + " failed: " + cause, cause);
    }

    Kind kind() {
        return kind;
    }

    /** The message, never null. */
    String problem() {
        return String.valueOf(getMessage());
    }

    /** What the gateway's error says; null if it is none. */
    private static @Nullable String said(String body) {
        try {
            return LedgerJson.read(body).get("message") instanceof String text ? text : null;
        } catch (LedgerFormatException e) {
            return null;
        }
    }
}
