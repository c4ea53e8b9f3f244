package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9112, as far as a probe goes. */
class ProbeRequestTest {

    private static final int SIZE = ProbeConnection.MAX_HEAD;

    private static ProbeRequest parse(String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        return ProbeRequest.parse(Arrays.copyOf(bytes, SIZE), bytes.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /healthz HTTP/1.0\r\n\r\n",
                "GET /healthz HTTP/1.1\n\n",
                "GET /healthz?verbose=1 HTTP/1.1\r\n\r\nGET / HTTP/1.1"
            })
    void a_get_is_read(String text) {
        assertThat(parse(text)).isEqualTo(new ProbeRequest(0, "/healthz", false));
    }

    @Test
    void a_head_is_read() {
        assertThat(parse("HEAD /readyz HTTP/1.1\r\n\r\n")).isEqualTo(new ProbeRequest(0, "/readyz", true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "get", "X"})
    void other_methods_are_405(String method) {
        assertThat(parse(method + " /healthz HTTP/1.1\r\n\r\n").error()).isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "\n",
                "GET\n",
                "GET /healthz\n",
                "GET healthz HTTP/1.1\n",
                "GET  /healthz HTTP/1.1\n",
                "GET /healthz HTTP/2.0\n",
                "GET /healthz HTTP/1.1 \n",
                "GET /h\u00e9 HTTP/1.1\n",
                "\u0016\u0003\u0001\n"
            })
    void what_is_no_request_is_400_at_once(String text) {
        assertThat(parse(text).error()).isEqualTo(400);
    }

    @Test
    void every_part_of_a_request_is_incomplete_and_the_whole_is_not() {
        String whole = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
        for (int length = 0; length < whole.length(); length++) {
            assertThat(parse(whole.substring(0, length))).as("%d bytes", length).isNull();
        }
        assertThat(parse(whole)).isNotNull();
    }

    @Test
    void a_head_may_fill_the_buffer_but_not_one_byte_more() {
        String start = "GET / HTTP/1.1\r\nA: ";
        String fits = start + "a".repeat(SIZE - start.length() - 4) + "\r\n\r\n";
        assertThat(parse(fits).error()).isZero();
        assertThat(parse(fits.substring(0, SIZE - 1))).isNull();
        assertThat(parse(start + "a".repeat(SIZE - start.length())).error()).isEqualTo(431);
        assertThat(parse("a".repeat(SIZE)).error()).isEqualTo(431);
    }

    @Test
    void random_bytes_are_never_a_probe_and_never_throw() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[SIZE];
            random.nextBytes(bytes);
            ProbeRequest request = ProbeRequest.parse(bytes, random.nextInt(SIZE + 1));
            if (request != null) {
                assertThat(request.error()).as("seed %d", seed).isIn(400, 431);
            }
        }
    }
}
