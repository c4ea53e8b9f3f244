package kit.orchestration.ledger.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Bytes as they come, cut into lines. The JDK's own line subscriber looks at every character through a buffer of
 * buffers: with it a quarter of the CPU time of a busy pod went into finding the ends of lines. For one thread at a
 * time.
 */
public final class Lines {

    private static final int ROOM = 8_192;

    private final Consumer<String> lines;
    /** What there is of the next line. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(ROOM);

    /** Tells of whole lines; of one that the stream's end cuts off it does not tell. */
    public Lines(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Tells of the lines that end in these bytes; empty ones it leaves out. */
    public void take(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        int from = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                line.write(bytes, from, at - from);
                from = at + 1;
                String whole = line.toString(UTF_8);
                line.reset();
                if (!whole.isEmpty()) {
                    lines.accept(whole);
                }
            }
        }
        line.write(bytes, from, bytes.length - from);
    }
}
