package kit.orchestration.examples.arena.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.time.Duration;
import kit.orchestration.PodAddress;
import org.jspecify.annotations.Nullable;

/**
 * Lines of UTF-8 over TCP. The peer may be anybody, so a line is bounded in length and in time: one who sends a byte
 * now and then holds a thread no longer than one who sends nothing. One thread may read while another one writes.
 */
public final class LineConnection implements AutoCloseable {

    /** Bytes in a line at most: a token is the longest thing that is ever sent. */
    public static final int MAX_LINE = 2_048;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[512];
    private int position;
    private int limit;
    /** What has come of the next line. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** A connection over a socket that is connected, and that is closed with it. */
    public LineConnection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Dials a pod. */
    public static LineConnection dial(PodAddress address, Duration within) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address.host(), address.port()), Math.toIntExact(within.toMillis()));
            return new LineConnection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * The next line, without its end.
     *
     * @return null if the peer has hung up
     * @throws SocketTimeoutException if the whole line was not there in time; the next call waits on
     * @throws IOException if the line is too long or no UTF-8, or the connection is broken
     */
    public @Nullable String read(Duration within) throws IOException {
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            if (position == limit) {
                int count = fill(deadline);
                if (count < 0) {
                    return null;
                }
                position = 0;
                limit = count;
            }
            byte next = buffer[position++];
            if (next == '\n') {
                byte[] whole = line.toByteArray();
                line.reset();
                return UTF_8.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(whole))
                        .toString();
            }
            if (line.size() == MAX_LINE) {
                throw new IOException("a line must have at most %s bytes".formatted(MAX_LINE));
            }
            line.write(next);
        }
    }

    /** Sends a line. Blocks if the peer does not read, which is no matter with so few short lines. */
    public void send(String line) throws IOException {
        out.write((line + "\n").getBytes(UTF_8));
    }

    /** Says that no more will be sent; what was sent still arrives, and the peer may hang up now. */
    public void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            close();
        }
    }

    /** Hangs up; whoever reads is woken with an error. Closing again does nothing. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // There is nothing left to lose.
        }
    }

    private int fill(long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("no whole line came in time");
        }
        socket.setSoTimeout(Math.toIntExact(Math.min(millis, Integer.MAX_VALUE)));
        return in.read(buffer);
    }
}
