package kit.orchestration.k8s.sdk;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A network on the way to the API server. It can forget its connections as a load balancer does: they stay open, and
 * nothing passes any more. And it can hold back what is sent on them, and deliver it when nobody reckons with it.
 */
public final class Relay implements AutoCloseable {

    private final URI to;
    private final ServerSocket server;
    private final List<Pipe> pipes = new CopyOnWriteArrayList<>();

    public Relay(URI to) throws IOException {
        this.to = to;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    public URI url() {
        return URI.create("https://127.0.0.1:" + server.getLocalPort());
    }

    /** Nothing passes the present connections any more; new ones are good. */
    void forget() {
        pipes.forEach(pipe -> pipe.forgotten = true);
    }

    /** Holds back what is sent on the present connections. */
    public void hold() {
        pipes.forEach(pipe -> pipe.holding = true);
    }

    /** Bytes held back. */
    public int held() {
        return pipes.stream().mapToInt(Pipe::held).sum();
    }

    /** Cuts the present connections; what was held back is lost. New ones are good. */
    public void cut() {
        pipes.forEach(Pipe::close);
    }

    /** What is sent on those connections from now on is lost, such as that they are closed. */
    void seal() {
        pipes.stream().filter(pipe -> pipe.holding).forEach(pipe -> pipe.sealed = true);
    }

    /** Delivers what was held back. */
    void deliver() throws IOException {
        for (Pipe pipe : pipes) {
            pipe.deliver();
        }
    }

    /** Whether the server has answered what was delivered. */
    boolean isAnswered() {
        return pipes.stream().anyMatch(pipe -> pipe.answered);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                Socket far = new Socket(to.getHost(), to.getPort());
                Pipe pipe = new Pipe(near, far);
                pipes.add(pipe);
                daemon(() -> pipe.pump(near, far));
                daemon(() -> pipe.pump(far, near));
            } catch (IOException e) {
                // closed, or the server is away: whoever dialled finds out
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        pipes.forEach(Pipe::close);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Pipe {
        private final Socket near;
        private final Socket far;
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();
        private volatile boolean forgotten;
        private volatile boolean holding;
        private volatile boolean sealed;
        private volatile boolean delivered;
        private volatile boolean answered;

        Pipe(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void pump(Socket from, Socket to) {
            byte[] bytes = new byte[8_192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                    boolean request = from == near;
                    if (request && holding) {
                        hold(bytes, read);
                    } else if (delivered) {
                        answered = true;
                    } else if (!forgotten) {
                        out.write(bytes, 0, read);
                    }
                }
            } catch (IOException e) {
                // closed
            }
            if (!forgotten && !holding) {
                close();
            }
        }

        private synchronized void hold(byte[] bytes, int length) {
            if (!sealed) {
                held.write(bytes, 0, length);
            }
        }

        synchronized int held() {
            return held.size();
        }

        void deliver() throws IOException {
            if (held() > 0) {
                delivered = true;
                far.getOutputStream().write(heldBytes());
            }
        }

        private synchronized byte[] heldBytes() {
            return held.toByteArray();
        }

        void close() {
            try {
                near.close();
                far.close();
            } catch (IOException e) {
                // it is no more, either way
            }
        }
    }
}
