package kit.orchestration.sdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.Function;

/** A connection to the {@link ProbeServer}: reads a request, writes an answer, waits for the other side to close. */
final class ProbeConnection {

    /** Bytes in a request's line and headers; a kubelet's has some 120. */
    static final int MAX_HEAD = 2_048;
    /** Bytes after the request that are read and thrown away, so that closing doesn't reset an answer under way. */
    static final int MAX_REST = 65_536;

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final Function<String, ProbeAnswer> probes;
    private final long acceptedAt = System.nanoTime();

    /** Allocated with the first byte: a connection that sends nothing costs little. */
    private ByteBuffer in = NONE;

    private ByteBuffer out = NONE;
    private boolean answered;
    private int rest;

    ProbeConnection(SocketChannel channel, Function<String, ProbeAnswer> probes) {
        this.channel = channel;
        this.probes = probes;
    }

    /** By {@link System#nanoTime()}. */
    long acceptedAt() {
        return acceptedAt;
    }

    /** Does what can be done now without blocking. False when nothing is left to do: it is to be closed. */
    boolean proceed(SelectionKey key) throws IOException {
        if (!answered) {
            return read(key);
        }
        return out.hasRemaining() ? write(key) : discard();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to be done about it, and nothing was lost.
        }
    }

    private boolean read(SelectionKey key) throws IOException {
        if (in.capacity() == 0) {
            in = ByteBuffer.allocate(MAX_HEAD);
        }
        if (channel.read(in) < 0) {
            return false;
        }
        ProbeRequest request = ProbeRequest.parse(in.array(), in.position());
        if (request == null) {
            return true;
        }
        ProbeAnswer answer = request.error() == 0 ? probes.apply(request.path()) : ProbeAnswer.refusal(request.error());
        out = answer.encode(request.head());
        answered = true;
        return write(key);
    }

    private boolean write(SelectionKey key) throws IOException {
        channel.write(out);
        if (out.hasRemaining()) {
            key.interestOps(SelectionKey.OP_WRITE);
        } else {
            channel.shutdownOutput();
            key.interestOps(SelectionKey.OP_READ);
        }
        return true;
    }

    /** Reads on until the other side has closed: unread bytes would make our close a reset, and the answer be lost. */
    private boolean discard() throws IOException {
        int count = channel.read(in.clear());
        rest += Math.max(count, 0);
        return count >= 0 && rest <= MAX_REST;
    }
}
