package kit.orchestration.ledger.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinesTest {

    private static final String TEXT = "{\"a\":1}\nkäse €\n\n\uD83D\uDE00\uD83D\uDE00\r\nlast, without an end";
    private static final List<String> LINES = List.of("{\"a\":1}", "käse €", "\uD83D\uDE00\uD83D\uDE00\r");

    private final List<String> told = new ArrayList<>();
    private final Lines lines = new Lines(told::add);

    @Test
    void wherever_the_bytes_are_split_the_lines_are_the_same() {
        byte[] bytes = TEXT.getBytes(UTF_8);
        for (int a = 0; a <= bytes.length; a++) {
            for (int b = a; b <= bytes.length; b++) {
                List<String> each = new ArrayList<>();
                Lines split = new Lines(each::add);
                split.take(ByteBuffer.wrap(bytes, 0, a));
                split.take(ByteBuffer.wrap(bytes, a, b - a));
                split.take(ByteBuffer.wrap(bytes, b, bytes.length - b));
                assertThat(each).as("split at %d and %d", a, b).isEqualTo(LINES);
            }
        }
    }

    @Test
    void byte_by_byte_out_of_any_buffer() {
        for (byte each : TEXT.getBytes(UTF_8)) {
            ByteBuffer direct = ByteBuffer.allocateDirect(4);
            direct.position(2).put(each).position(2).limit(3);
            lines.take(direct.asReadOnlyBuffer());
        }
        assertThat(told).isEqualTo(LINES);
    }

    @Test
    void a_line_of_a_mebibyte_in_random_pieces() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = ("x€".repeat(300_000) + "\nnext\n").getBytes(UTF_8);
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, random.nextInt(20_000));
            lines.take(ByteBuffer.wrap(bytes, at, length));
            at += length;
        }
        assertThat(told).as("seed %d", seed).containsExactly("x€".repeat(300_000), "next");
    }

    @Test
    void an_empty_buffer_is_nothing() {
        lines.take(ByteBuffer.allocate(0));
        assertThat(told).isEmpty();
    }
}
