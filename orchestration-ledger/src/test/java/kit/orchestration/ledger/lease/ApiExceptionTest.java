package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiExceptionTest {

    /** It does so by what code it likes; what that means otherwise it means here, too. */
    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 409, 413, 429, 500, 503})
    void a_webhook_s_denial_is_known_by_its_words(int code) {
        ApiException error = answered(
                code,
                "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"admission webhook \\\"a.example\\\""
                        + " denied the request: not this one\"}");

        assertThat(error.isDenial()).isTrue();
        assertThat(error.isLackOfRight()).isFalse();
        assertThat(answered(code, "").isDenial()).isFalse();
    }

    /** As the API server puts what its authorizers say, and what admission says, whatever that is. */
    @Test
    void a_lack_of_right_is_what_its_authorizers_say() {
        String right = "is forbidden: User \\\"me\\\" cannot patch resource \\\"leases\\\"";
        assertThat(forbidden("leases.coordination.k8s.io \\\"a\\\" " + right).isLackOfRight())
                .isTrue();
        assertThat(forbidden("admission webhook \\\"a\\\" denied the request: it " + right)
                        .isLackOfRight())
                .isFalse();
        assertThat(forbidden("leases \\\"a\\\" is forbidden: ValidatingAdmissionPolicy 'b' with binding 'c' denied"
                                + " request: it " + right)
                        .isLackOfRight())
                .isFalse();
        assertThat(forbidden("User \\\"me\\\" cannot do this").isLackOfRight()).isFalse();
    }

    private static ApiException forbidden(String message) {
        return answered(403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"" + message + "\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "400,INVALID",
        "413,INVALID",
        "415,INVALID",
        "422,INVALID",
        "401,FORBIDDEN",
        "403,FORBIDDEN",
        "410,EXPIRED",
        "429,NOT_APPLIED",
        "301,UNKNOWN",
        "302,UNKNOWN",
        "405,UNKNOWN",
        "408,UNKNOWN",
        "418,UNKNOWN",
        "500,UNKNOWN",
        "502,UNKNOWN",
        "503,UNKNOWN",
        "504,UNKNOWN",
        "100,UNKNOWN",
    })
    void each_code_has_its_meaning(int code, Kind kind) {
        ApiException error = answered(code, "");

        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.isOutage()).isEqualTo(kind == Kind.NOT_APPLIED || kind == Kind.UNKNOWN);
        assertThat(error.problem()).isEqualTo("reading lease a at https://10.0.0.1 was answered " + code);
        assertThat(error.retryAfter()).isZero();
    }

    /** A proxy answers so too, or another server at the address, and it is no proof of anything. */
    @ParameterizedTest
    @CsvSource({
        "404,NotFound,NOT_FOUND",
        "404,AlreadyExists,UNKNOWN",
        "409,AlreadyExists,CONFLICT",
        "409,Conflict,CONFLICT",
        "409,NotFound,UNKNOWN",
    })
    void that_something_is_not_there_or_there_already_is_the_API_server_s_to_say(int code, String reason, Kind kind) {
        String status = "{\"kind\":\"Status\",\"message\":\"so it is\",\"reason\":\"" + reason + "\"}";
        assertThat(answered(code, status).kind()).isEqualTo(kind);

        for (String page : List.of("", "<html>404</html>", "{}", status.replace("Status", "Error"), status + "}")) {
            ApiException error = answered(code, page);
            assertThat(error.kind()).as(page).isEqualTo(Kind.UNKNOWN);
            assertThat(error.code()).isEqualTo(code);
            assertThat(error.problem())
                    .contains("was answered " + code + ", and not as the API of Kubernetes does")
                    .contains("is that the API server's address?");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "status-401-unknown.json|401|Unauthorized",
                "status-403-anonymous.json|403|leases.coordination.k8s.io is forbidden: User "
                        + "\"system:anonymous\" cannot list",
                "status-404-missing.json|404|leases.coordination.k8s.io \"nosuch\" not found",
                "status-409-exists.json|409|leases.coordination.k8s.io \"orchestration-duel-7f6c9-x2\" already exists",
                "status-422-lost.json|422|the server rejected our request due to an error in our request",
                "status-422-too-big.json|422|may not be more than 262144 bytes",
            })
    void what_the_server_says_is_in_the_message(String file, int code, String said) {
        assertThat(answered(code, Golden.text(file)).problem())
                .startsWith("reading lease a at https://10.0.0.1 was answered " + code + ": ")
                .contains(said)
                .doesNotContain("\n");
    }

    @Test
    void a_message_that_quotes_a_whole_object_is_cut() {
        assertThat(answered(422, Golden.text("status-422-renew.json")).problem())
                .hasSizeLessThan(500)
                .endsWith("…");
    }

    @Test
    void a_page_of_a_proxy_is_one_line() {
        String page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\n\u0000\u001b[31m</html>\n".repeat(30);
        assertThat(answered(502, page).problem())
                .contains("502 Bad Gateway")
                .hasSizeLessThan(500)
                .doesNotContainPattern("\\p{Cntrl}");
        assertThat(ApiException.answeredOtherwise(
                                "listing leases at https://x", new Answer(200, page, ""), new IOException("no JSON"))
                        .problem())
                .contains("was answered 200, and not as the API of Kubernetes does")
                .contains("502 Bad Gateway");
    }

    @ParameterizedTest
    @CsvSource({
        "1,PT1S",
        "0,PT0S",
        "60,PT1M",
        "100000,PT1M",
        "-1,PT0S",
        "1.5,PT0S",
        "'',PT0S",
        "9999999999,PT0S",
        "٣,PT0S",
        "'Wed, 21 Oct 2026 07:28:00 GMT',PT0S",
    })
    void what_the_server_asks_for_is_seconds(String header, Duration retryAfter) {
        assertThat(ApiException.answered("x", new Answer(429, "", header)).retryAfter())
                .isEqualTo(retryAfter);
    }

    static Stream<Throwable> neverSent() {
        return Stream.of(
                new ConnectException("refused"),
                new UnresolvedAddressException(),
                new UnknownHostException("nosuch.example"),
                new NoRouteToHostException("no route"),
                new SSLHandshakeException("unknown CA"),
                new SSLPeerUnverifiedException("other host"),
                new IOException("failed", new ConnectException("refused")),
                new IOException(new IOException(new UnresolvedAddressException())),
                new CompletionException(new ExecutionException(new ConnectException("refused"))));
    }

    @ParameterizedTest
    @MethodSource("neverSent")
    void what_was_never_sent_was_not_applied(Throwable failure) {
        ApiException error = ApiException.failed("the patch of lease a at https://10.0.0.1", failure);

        assertThat(error.kind()).isEqualTo(Kind.NOT_APPLIED);
        assertThat(error.code()).isZero();
        assertThat(error.problem()).startsWith("the patch of lease a at https://10.0.0.1 failed: ");
    }

    /** As the JDK's client throws it. */
    @Test
    void a_name_that_is_in_no_DNS_is_told_from_a_server_that_does_not_listen() {
        ConnectException unresolved = new ConnectException();
        unresolved.initCause(new ConnectException().initCause(new UnresolvedAddressException()));
        assertThat(ApiException.failed("a call", unresolved).problem())
                .isEqualTo("a call failed: java.net.UnknownHostException:"
                        + " the server's name is in no DNS that is asked here");
        ConnectException refused = new ConnectException();
        refused.initCause(new ConnectException());
        assertThat(ApiException.failed("a call", refused).problem())
                .isEqualTo("a call failed: java.net.ConnectException: nobody listens there, or a firewall is between");
    }

    @Test
    void a_certificate_that_is_not_trusted_is_told_from_a_server_that_does_not_listen() {
        for (Exception untrusted : List.of(
                new SSLHandshakeException("PKIX path building failed"), new SSLPeerUnverifiedException("other host"))) {
            assertThat(ApiException.failed("a call", new IOException("failed", untrusted))
                            .problem())
                    .isEqualTo("a call failed: java.io.IOException: failed: its certificate is of an authority that is"
                            + " not trusted here, or for another name");
        }
    }

    static Stream<Throwable> perhapsSent() {
        return Stream.of(
                new IOException("connection reset"),
                new EOFException(),
                new SocketException("broken pipe"),
                new SSLException("closed"),
                new TimeoutException(),
                new IllegalStateException("closed"),
                new IllegalStateException(new ConnectException("of something else")),
                new IOException("no answer", new TimeoutException()));
    }

    @ParameterizedTest
    @MethodSource("perhapsSent")
    void what_may_have_been_sent_may_have_been_applied(Throwable failure) {
        ApiException error = ApiException.failed("the patch", failure);

        assertThat(error.kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(error.isOutage()).isTrue();
        assertThat(error).hasCause(failure);
    }

    @Test
    void one_that_is_one_already_stays_itself() {
        ApiException error = answered(410, "");
        assertThat(ApiException.of(new CompletionException(new ExecutionException(error))))
                .isSameAs(error);
        assertThat(ApiException.of(new IOException("x")).problem())
                .isEqualTo("a call to the API server failed: java.io.IOException: x");
        CompletionException bare = new CompletionException("without a cause", null);
        assertThat(ApiException.of(bare)).hasCause(bare);
    }

    /** The JDK's client quotes a header that is not well formed; others the whole address. */
    @ParameterizedTest
    @CsvSource({
        "'invalid header value: \"Bearer eyJhbGciOi.secret.x\ny\"'",
        "bearer  secret",
        "'Authorization: Basic c2VjcmV0OnNlY3JldA=='",
        "failed to connect to https://admin:secret@10.0.0.1:6443/apis",
    })
    void a_credential_is_never_shown(String said) {
        for (Throwable failure : Stream.of(
                        new IllegalArgumentException(said), new IOException("outer", new IOException(said)))
                .toList()) {
            ApiException error = ApiException.failed("the patch", failure);
            assertThat(error).hasNoCause();
            assertThat(error.problem()).doesNotContain("secret").doesNotContain("c2Vj");
        }
        assertThat(answered(400, said).problem()).doesNotContain("secret").doesNotContain("c2Vj");
        assertThat(answered(400, said).problem()).contains("[redacted]");
    }

    @Test
    void nor_that_of_a_servers_address() {
        ApiException error = ApiException.answered("reading a at https://me:secret@10.0.0.1", new Answer(410, "", ""));
        assertThat(error.problem()).isEqualTo("reading a at https://[redacted]10.0.0.1 was answered 410");
    }

    @Test
    void an_address_without_a_password_is_shown() {
        assertThat(ApiException.failed("x", new IOException("https://[fd00::1]:6443/a@b?c"))
                        .problem())
                .contains("https://[fd00::1]:6443/a@b?c");
    }

    private static ApiException answered(int code, String body) {
        return ApiException.answered("reading lease a at https://10.0.0.1", new Answer(code, body, ""));
    }
}
