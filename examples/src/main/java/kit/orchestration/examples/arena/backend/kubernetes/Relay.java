package kit.orchestration.examples.arena.backend.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The network between a client and the API server, which fails on request: an HTTP proxy (CONNECT, RFC 9110, 9.3.6), so
 * that the client speaks TLS with the server itself, whatever the server is called. A failure breaks the connections
 * that are open then; later ones are good.
 */
final class Relay implements AutoCloseable {

    /** What becomes of the connections that are open. */
    enum Failure {
        /** The next thing that the client says does not arrive. */
        REQUEST_LOST,
        /** The next thing that the server says does not arrive: whatever it did, it has done. */
        ANSWER_LOST,
        /** They break at once. */
        CUT
    }

    private static final int LONGEST_HEAD = 4_096;

    private final ServerSocket server;
    private final Set<Tunnel> tunnels = ConcurrentHashMap.newKeySet();

    Relay() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    /** For the client's settings. */
    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** Breaks every connection that is open, in its time. */
    void fail(Failure failure) {
        for (Tunnel tunnel : tunnels) {
            tunnel.failure = failure;
            if (failure == Failure.CUT) {
                tunnel.close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        fail(Failure.CUT);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                daemon(() -> open(near));
            } catch (IOException e) {
                // It was closed, which ends the loop, or who dialled is gone again.
            }
        }
    }

    private void open(Socket near) {
        try {
            String[] address = head(near.getInputStream()).split("[ :]", 4);
            Tunnel tunnel = new Tunnel(near, new Socket(address[1], Integer.parseInt(address[2])));
            tunnels.add(tunnel);
            near.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
            daemon(() -> tunnel.pump(tunnel.far, near, Failure.ANSWER_LOST));
            tunnel.pump(near, tunnel.far, Failure.REQUEST_LOST);
        } catch (IOException e) {
            shut(near); // the server is away: the client finds out
        }
    }

    /** {@code CONNECT host:port HTTP/1.1}, and the rest of the request up to its empty line. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = in.read();
            if (read < 0 || head.length() == LONGEST_HEAD) {
                throw new IOException("no request");
            }
            head.append((char) read);
        }
        return head.toString();
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is no more, either way
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "arena-relay");
        thread.setDaemon(true);
        thread.start();
    }

    /** A connection from both ends. */
    private final class Tunnel {

        private final Socket near;
        private final Socket far;
        private volatile @Nullable Failure failure;

        Tunnel(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        /** Passes on what comes, up to the end or the failure. */
        void pump(Socket from, Socket to, Failure mine) {
            byte[] bytes = new byte[8_192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(bytes); read >= 0 && failure != mine; read = in.read(bytes)) {
                    out.write(bytes, 0, read);
                }
            } catch (IOException e) {
                // broken: so is the other end
            }
            close();
        }

        void close() {
            tunnels.remove(this);
            shut(near);
            shut(far);
        }
    }
}
