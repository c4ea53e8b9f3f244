package kit.orchestration.agones.standin;

/** What a sidecar answers instead of what was asked for. */
final class SdkException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What a call would say by its proto, and with which HTTP status. */
    enum Kind {
        /**
         * A label or an annotation that Kubernetes would not take: refused with its own code, even where others are
         * not.
         */
        INVALID(3, 400),
        NOT_FOUND(5, 404),
        ALREADY_EXISTS(6, 409),
        OUT_OF_RANGE(11, 400);

        final int code;
        final int http;

        Kind(int code, int http) {
            this.code = code;
            this.http = http;
        }
    }

    private final Kind kind;

    SdkException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
