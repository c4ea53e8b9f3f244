package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import kit.orchestration.sdk.kubernetes.ApiException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiExceptionTest {

    @ParameterizedTest
    @CsvSource({
        "400, INVALID",
        "401, REFUSED",
        "403, REFUSED",
        "404, MISSING",
        "409, EXISTS",
        "410, EXPIRED",
        "413, INVALID",
        "422, INVALID",
        "429, AWAY",
        "500, AWAY",
        "503, AWAY",
        "504, AWAY",
        "302, AWAY"
    })
    void a_code_says_what_to_do(int code, Kind kind) {
        assertThat(ApiException.answered("get of lease x", code, "").kind()).isEqualTo(kind);
    }

    @Test
    void what_the_server_said_is_told_and_what_to_mend() {
        assertThat(ApiException.answered("get of lease x", 403, "{\"message\":\"leases is\\nforbidden\"}"))
                .hasMessageContaining("get of lease x was answered 403 (leases is forbidden)")
                .hasMessageContaining("create, get, watch and patch");
        assertThat(ApiException.answered("get of lease x", 502, "<html>" + "x".repeat(1_000))
                        .problem())
                .hasSizeLessThan(500);
    }

    @Test
    void a_failure_is_told_by_its_root() {
        IOException cause = new IOException("connection reset");

        ApiException failed = ApiException.failed("get of lease x", new CompletionException(cause));

        assertThat(failed.kind()).isEqualTo(Kind.AWAY);
        assertThat(failed).hasCause(cause).hasMessageContaining("connection reset");
        assertThat(ApiException.failed("again", new CompletionException(failed)))
                .isSameAs(failed);
    }
}
