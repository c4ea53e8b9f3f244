package kit.orchestration.k8s.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The network between one client and the API server. The client talks plain HTTP/1.1 to it, so it sees where a request
 * begins, and can lose the answer to one, be late with writes, cut watches, or be cut itself.
 */
final class ApiRelay implements AutoCloseable {

    private static final int BACKLOG = 500;

    private final URI to;
    private final SSLSocketFactory tls;
    private final ServerSocket server;
    private final List<Pipe> pipes = new CopyOnWriteArrayList<>();
    private volatile LongSupplier writeDelayNanos = () -> 0;
    private volatile @Nullable Runnable onLost;
    /** Watches of what is named here tell nothing, old ones and new ones: part of their path; empty for none. */
    private volatile List<String> stalled = List.of();
    /** Watches of what is named here end as soon as they begin; empty for none. */
    private volatile String ended = "";
    /** The server takes no writes: it is busy. */
    private volatile boolean busy;
    /** Nothing comes back any more, and nothing goes out but the request whose answer is lost. */
    private volatile boolean deaf;

    private ApiRelay(URI to, SSLSocketFactory tls, ServerSocket server) {
        this.to = to;
        this.tls = tls;
        this.server = server;
    }

    /** A relay to the server; {@code tls} knows the server's authority. */
    static ApiRelay open(URI to, SSLSocketFactory tls) {
        try {
            ApiRelay relay = new ApiRelay(to, tls, new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
            daemon(relay::accept);
            return relay;
        } catch (IOException e) {
            throw new IllegalStateException("no port for a relay", e);
        }
    }

    /** What the client dials. */
    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    /** How long each write is held back from now on. */
    void delayWrites(LongSupplier nanos) {
        writeDelayNanos = nanos;
    }

    /**
     * The next write reaches the server, and from then on the client hears nothing: not this answer, nor any other, nor
     * its watches. {@code then} runs when the server has answered.
     */
    void loseNextAnswer(Runnable then) {
        onLost = then;
    }

    /** The client's connections break, and new ones are good again; nothing happens if it wasn't deaf. */
    void restore() {
        if (deaf) {
            pipes.forEach(Pipe::close);
            deaf = false;
        }
    }

    /** Breaks the connections that carry a watch. */
    void cutWatches() {
        pipes.stream().filter(pipe -> pipe.watch).forEach(Pipe::close);
    }

    /** From now on no watch of these resources tells anything, though it stands; none ends that. */
    void stallWatches(String... resources) {
        stalled = List.of(resources);
        if (stalled.isEmpty()) {
            cutWatches(); // what they did not tell is lost
        }
    }

    /** From now on the server ends each watch of this resource at once. */
    void endWatches(String resource) {
        ended = resource;
        cutWatches();
    }

    /** The server takes no writes, as the 429 says with which it answers them. */
    void refuseWrites(boolean refused) {
        busy = refused;
    }

    /** How many watches pass. */
    int watches() {
        return (int) pipes.stream().filter(pipe -> pipe.watch).count();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                daemon(() -> connect(near));
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void connect(Socket near) {
        try {
            near.setTcpNoDelay(true);
            Socket far = tls.createSocket(to.getHost(), to.getPort());
            far.setTcpNoDelay(true);
            Pipe pipe = new Pipe(near, far);
            pipes.add(pipe);
            if (server.isClosed()) {
                pipe.close();
            }
            daemon(pipe::answers);
            pipe.requests();
        } catch (IOException e) {
            close(near); // the server is away: whoever dialled finds out
        }
    }

    /** Cuts the client off for ever. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            // it is closed, either way
        }
        pipes.forEach(Pipe::close);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is no more, either way
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "api-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Pipe {
        private final Socket near;
        private final Socket far;
        private volatile boolean watch;
        private volatile String path = "";
        /** What follows of a request that the relay itself has answered. */
        private boolean answered;

        private volatile @Nullable Runnable lost;

        Pipe(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void requests() {
            byte[] bytes = new byte[65_536];
            try {
                InputStream in = near.getInputStream();
                OutputStream out = far.getOutputStream();
                for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                    // A request begins with what is read, as the client sends the next one after the answer.
                    String begin = new String(bytes, 0, Math.min(read, 1_024), ISO_8859_1);
                    if (begin.startsWith("PATCH ")) {
                        writing();
                        answered = busy;
                        if (answered) {
                            answer("429 Too Many Requests", "Retry-After: 1\r\n");
                        }
                    } else if (begin.startsWith("GET ")) {
                        watch = begin.contains("watch=");
                        path = begin.substring(0, begin.indexOf('\r'));
                        answered = watch && isOf(ended);
                        if (answered) {
                            answer("200 OK", "Content-Type: application/json\r\n");
                        }
                    } else if (begin.startsWith("POST ") || begin.startsWith("DELETE ")) {
                        answered = false;
                    }
                    if (!answered && (!deaf || lost != null)) {
                        out.write(bytes, 0, read);
                        out.flush();
                    }
                }
            } catch (IOException e) {
                // closed
            }
            end();
        }

        private boolean isOf(String resource) {
            return !resource.isEmpty() && path.contains("/" + resource + "?");
        }

        private void answer(String status, String headers) throws IOException {
            OutputStream out = near.getOutputStream();
            out.write(("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
            out.flush();
        }

        private void writing() {
            long delay = writeDelayNanos.getAsLong();
            if (delay > 0) {
                LockSupport.parkNanos(delay);
            }
            Runnable then = onLost;
            if (then != null && !deaf) {
                onLost = null;
                lost = then;
                deaf = true;
            }
        }

        void answers() {
            byte[] bytes = new byte[65_536];
            try {
                InputStream in = far.getInputStream();
                OutputStream out = near.getOutputStream();
                for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                    Runnable then = lost;
                    if (then != null) {
                        lost = null;
                        then.run();
                    } else if (!deaf && !(watch && stalled.stream().anyMatch(this::isOf))) {
                        out.write(bytes, 0, read);
                        out.flush();
                    }
                }
            } catch (IOException e) {
                // closed
            }
            end();
        }

        /** A client that is deaf is not told that its connection broke, either. */
        private void end() {
            if (!deaf) {
                close();
            }
        }

        void close() {
            ApiRelay.close(near);
            ApiRelay.close(far);
            pipes.remove(this);
        }
    }
}
