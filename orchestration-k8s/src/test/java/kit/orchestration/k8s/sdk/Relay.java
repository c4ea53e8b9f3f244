package kit.orchestration.k8s.sdk;

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
 * A network on the way to the API server, which can forget its connections as a load balancer does: they stay open, and
 * nothing passes any more.
 */
final class Relay implements AutoCloseable {

    private final URI to;
    private final ServerSocket server;
    private final List<Pipe> pipes = new CopyOnWriteArrayList<>();

    Relay(URI to) throws IOException {
        this.to = to;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    URI url() {
        return URI.create("https://127.0.0.1:" + server.getLocalPort());
    }

    /** Nothing passes the present connections any more; new ones are good. */
    void forget() {
        pipes.forEach(pipe -> pipe.forgotten = true);
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
        private volatile boolean forgotten;

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
                    if (!forgotten) {
                        out.write(bytes, 0, read);
                    }
                }
            } catch (IOException e) {
                // closed
            }
            if (!forgotten) {
                close();
            }
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
