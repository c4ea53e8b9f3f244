package kit.orchestration.sdk.agones;

import java.util.regex.Pattern;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.platform.Calls;
import org.jspecify.annotations.Nullable;

/** A call to the sidecar that did not succeed: the one place where its answers are told apart. */
final class SidecarException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What to do about it. */
    enum Kind {
        /** The list does not have that value, or not any more, or not yet. */
        NO_VALUE,
        /** The sidecar does not take what it was given. */
        REFUSED,
        /** What listens there is no sidecar, or an old one. */
        NO_SIDECAR,
        /** The sidecar can't be reached, or what it asks can't, or it did not answer. */
        AWAY
    }

    /** Makes them of what the HTTP client says. */
    static final Calls.Failures<SidecarException> FAILURES = new Calls.Failures<>() {
        @Override
        public SidecarException answered(String call, int code, String body) {
            return SidecarException.answered(call, code, body);
        }

        @Override
        public SidecarException failed(String call, Throwable failure) {
            return SidecarException.failed(call, failure);
        }
    };

    private static final int SHOWN = 400;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private final Kind kind;

    SidecarException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * An answer other than 2xx. Errors of the lists have no code of their own: they are 500, and told apart by their text
     * alone (Agones 1.57, pkg/sdkserver/sdkserver.go).
     */
    static SidecarException answered(String call, int code, String body) {
        String said = said(body);
        String message = "%s was answered %d (%s)".formatted(call, code, line(said == null ? body : said));
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
        Kind kind = said.startsWith("not found") ? Kind.NO_VALUE : code / 100 == 4 ? Kind.REFUSED : Kind.AWAY;
        return new SidecarException(kind, message, null);
    }

    /** No answer. */
    static SidecarException failed(String call, Throwable failure) {
        Throwable cause = Calls.unwrap(failure);
        return cause instanceof SidecarException known
                ? known
                : new SidecarException(Kind.AWAY, "%s failed: %s".formatted(call, cause), cause);
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

    private static String line(String message) {
        String line = CONTROL.matcher(message).replaceAll(" ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
