package kit.orchestration.sdk.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinesTest {

    private static final byte[] TEXT = "{\"a\":1}\n\n{\"name\":\"Zoë 東\"}\ncut of".getBytes(UTF_8);

    private final List<String> told = new ArrayList<>();
    private final Lines lines = new Lines(told::add);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1_000})
    void lines_are_the_same_however_their_bytes_come(int piece) {
        for (int from = 0; from < TEXT.length; from += piece) {
            lines.take(List.of(ByteBuffer.wrap(TEXT, from, Math.min(piece, TEXT.length - from))));
        }
        assertThat(told).containsExactly("{\"a\":1}", "{\"name\":\"Zoë 東\"}");
    }

    @Test
    void several_buffers_may_come_at_once() {
        lines.take(List.of(ByteBuffer.wrap("one\nt".getBytes(UTF_8)), ByteBuffer.wrap("wo\n".getBytes(UTF_8))));

        assertThat(told).containsExactly("one", "two");
    }
}
