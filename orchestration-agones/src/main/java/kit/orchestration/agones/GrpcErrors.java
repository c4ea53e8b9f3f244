package kit.orchestration.agones;

import io.grpc.Status;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kit.orchestration.agones.Failure.Kind;
import org.jspecify.annotations.Nullable;

/**
 * From gRPC's status to what happened and what to do. The code alone does not tell: whatever is wrong with certificates
 * is UNAVAILABLE (measured), RESOURCE_EXHAUSTED is 'no server' and 'too many pings' too, and a bad request is a number
 * that gRPC has no name for, 422, which arrives as UNKNOWN. So the texts are read.
 */
final class GrpcErrors {

    /** What Agones' allocator says, whatever code its chart's {@code unallocatedStatusCode} gives to that. */
    private static final String NO_SERVER = "there is no available gameserver to allocate";

    /** What that means. */
    static final String NO_ROOM = "Agones found no GameServer with room";

    /** Causes of causes that are looked at. */
    private static final int DEPTH = 10;

    /**
     * What servers say, by the alerts of TLS (RFC 8446, section 6.2), when a client has no certificate or the wrong
     * one.
     */
    private static final List<String> CLIENT_REFUSED =
            List.of("certificate_required", "no certificate", "unknown_ca", "bad_certificate", "certificate_unknown");

    /** A server that refuses a client may be gone before its alert was read: of that no more than this is left. */
    private static final String BREAKS =
            "the connection to Agones' allocator breaks; look at its pods and at the port. If it"
                    + " speaks TLS, name the certificates; if not, plaintext(). If it accepts no other client than"
                    + " one with a certificate that it trusts, name one by clientCertificate(...), and put its"
                    + " authority's into Agones' Secret allocator-client-ca";

    /** What Agones says, by an error without a code of its own, where {@code multiCluster(...)} matches no policy. */
    private static final String NO_POLICY = "no multi-cluster allocation policy";

    /** What Agones says of a GameServer that it has chosen, and that another has written to since. */
    private static final String NOT_UPDATED = "could not update the selected gameserver";

    private GrpcErrors() {}

    /**
     * The failure that an error of gRPC means.
     *
     * @param error what the call failed with
     * @param endpoint where it went, for the message
     */
    static Failure of(Throwable error, String endpoint) {
        Status status = Status.fromThrowable(error);
        LinkageError broken = linkageError(error);
        if (broken != null) {
            return new Failure(Kind.MISCONFIGURED, Libraries.advice(broken), error);
        }
        String text = text(status);
        if (text.contains(NO_SERVER)) {
            return failure(Kind.REFUSED, NO_ROOM, status, endpoint, error);
        }
        if (text.contains(NO_POLICY)) {
            return rejected(status, endpoint, error);
        }
        if (text.contains(NOT_UPDATED)) {
            return failure(Kind.NOT_UPDATED, "Agones' allocator failed", status, endpoint, error);
        }
        return switch (status.getCode()) {
            case RESOURCE_EXHAUSTED -> exhausted(status, text, endpoint, error);
            case ABORTED ->
                failure(Kind.CONTENTION, "Agones' allocator lost a race for a GameServer", status, endpoint, error);
            case DEADLINE_EXCEEDED ->
                failure(
                        Kind.TOO_SLOW,
                        "Agones' allocator gave no answer in time; look at its health and its load, or raise"
                                + " callTimeout",
                        status,
                        endpoint,
                        error);
            case UNAVAILABLE -> unavailable(status, text, endpoint, error);
            case UNIMPLEMENTED -> noAgones(status, endpoint, error);
            case PERMISSION_DENIED, UNAUTHENTICATED ->
                failure(
                        Kind.MISCONFIGURED,
                        "Agones' allocator, or a proxy before it, does not let this client in; look at the client"
                                + " certificate and at who may call",
                        status,
                        endpoint,
                        error);
            case INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION, NOT_FOUND -> rejected(status, endpoint, error);
            case UNKNOWN ->
                text.contains("invalid") || text.contains("422") || text.contains("unsupported value")
                        ? rejected(status, endpoint, error)
                        : failure(Kind.UNCERTAIN, "Agones' allocator failed", status, endpoint, error);
            default ->
                text.contains("http status code") || text.contains("frame_size_error")
                        ? noAgones(status, endpoint, error)
                        : failure(Kind.UNCERTAIN, "Agones' allocator failed", status, endpoint, error);
        };
    }

    private static Failure exhausted(Status status, String text, String endpoint, Throwable error) {
        if (text.contains("too_many_pings") || text.contains("enhance_your_calm") || text.contains("goaway")) {
            return failure(
                    Kind.BROKEN,
                    "the server closed the connection since it was pinged too often; a proxy on the way may allow less"
                            + " than Agones",
                    status,
                    endpoint,
                    error);
        }
        if (text.contains("larger than max") || text.contains("exceeds maximum size")) {
            return failure(
                    Kind.MISCONFIGURED,
                    "a message is larger than allowed; give requests fewer annotations, or lists a lower capacity",
                    status,
                    endpoint,
                    error);
        }
        return failure(Kind.REFUSED, NO_ROOM, status, endpoint, error);
    }

    private static Failure unavailable(Status status, String text, String endpoint, Throwable error) {
        String mend = mendTls(status.getCause(), text);
        if (mend != null) {
            return failure(Kind.MISCONFIGURED, mend, status, endpoint, error);
        }
        if (text.contains("http status code 404")) {
            return noAgones(status, endpoint, error);
        }
        boolean connected = chain(status.getCause()).stream()
                .noneMatch(each -> each instanceof ConnectException
                        || each instanceof UnknownHostException
                        || each instanceof NoRouteToHostException);
        return failure(
                connected ? Kind.BROKEN : Kind.UNREACHABLE,
                connected ? BREAKS : "Agones' allocator can't be reached; look at the address and at its pods",
                status,
                endpoint,
                error);
    }

    /** What to do about certificates; null if it is none of them that is at fault. */
    private static @Nullable String mendTls(@Nullable Throwable cause, String text) {
        for (Throwable each : chain(cause)) {
            if (each instanceof BadCertificateFileException) {
                return String.valueOf(each.getMessage());
            }
            if (each instanceof CertificateExpiredException) {
                return "the server's certificate has expired; renew it (Secret allocator-tls)";
            }
            if (each instanceof CertificateNotYetValidException) {
                return "the server's certificate is not valid yet; compare the clocks";
            }
        }
        if (text.contains("certificate_expired")) {
            return "the server says that this client's certificate has expired; renew it, its files are read anew";
        }
        if (text.contains("pkix") || text.contains("unable to find valid certification path")) {
            return "the server's certificate is from another authority than serverCa(...) says; name the one that"
                    + " Agones' Secret allocator-tls-ca holds";
        }
        if (text.contains("cannot verify hostname") || text.contains("no subject alternative")) {
            return "the server's certificate is for another name than the address that was called; name it by"
                    + " serverName(...)";
        }
        if (CLIENT_REFUSED.stream().anyMatch(text::contains)) {
            return "the server accepts clients with a certificate that it trusts, and no other: name one by"
                    + " clientCertificate(...), and put its authority's into Agones' Secret allocator-client-ca";
        }
        if (text.contains("unrecognized ssl message") || text.contains("not an ssl/tls record")) {
            return "the server does not speak TLS; say plaintext(), or look at the port";
        }
        return null;
    }

    private static Failure noAgones(Status status, String endpoint, Throwable error) {
        return failure(
                Kind.MISCONFIGURED,
                "what answers there is no Agones allocator; name its gRPC port (Service agones-allocator)",
                status,
                endpoint,
                error);
    }

    private static Failure rejected(Status status, String endpoint, Throwable error) {
        return failure(
                Kind.MISCONFIGURED,
                "Agones rejected the request; look at matchLabels, selectors, namespace and the policy labels, and"
                        + " whether its feature CountsAndLists is on",
                status,
                endpoint,
                error);
    }

    private static Failure failure(Kind kind, String what, Status status, String endpoint, Throwable error) {
        return new Failure(kind, "%s (%s at %s)".formatted(what, shown(status), endpoint), error);
    }

    private static String shown(Status status) {
        Throwable cause = status.getCause();
        String description = status.getDescription();
        String text = description == null ? "" : ": " + description;
        if (cause != null && cause.getMessage() != null && !text.contains(cause.getMessage())) {
            text += ": " + cause.getMessage();
        }
        return status.getCode() + text.replaceAll("\\s+", " ");
    }

    /** All that is said, in lower case. */
    private static String text(Status status) {
        StringBuilder text = new StringBuilder(String.valueOf(status.getDescription()));
        for (Throwable each : chain(status.getCause())) {
            text.append('\n').append(each);
        }
        return text.toString().toLowerCase(Locale.ROOT);
    }

    private static List<Throwable> chain(@Nullable Throwable first) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable each = first; each != null && chain.size() < DEPTH; each = each.getCause()) {
            chain.add(each);
        }
        return chain;
    }

    /** The error of a library of another version that is behind it; null if none is. */
    private static @Nullable LinkageError linkageError(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEPTH; depth++) {
            if (cause instanceof LinkageError broken) {
                return broken;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
