package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Free ports of loopback, below those that kernels give to outgoing connections: else a client could take the API
 * server's while that is killed, and its restart would fail.
 *
 * <p>Where the system lets several sockets have one port as long as one of them alone listens (Linux does), each port
 * is held until {@link #close()}: a socket is bound to it that never listens, so nobody else who looks for a port gets
 * it, and whoever was told its number can listen there, and again after a restart. Safe for any thread.
 */
public final class Ports implements AutoCloseable {

    private static final int FIRST = 20_000;
    private static final int END = 32_000;
    private static final int TRIES = 1_000;

    private final Random random;
    /** Guarded by itself. */
    private final List<Socket> held = new ArrayList<>();

    /** Ports in an order of chance, so that several who look at once seldom try the same one. */
    public Ports(Random random) {
        this.random = random;
    }

    /**
     * One that nobody has, and where nobody listens before whoever asked for it does.
     *
     * @throws ControlPlaneException if none was found
     */
    public int free() {
        for (int i = 0; i < TRIES; i++) {
            int port = FIRST + random.nextInt(END - FIRST);
            if (take(port)) {
                return port;
            }
        }
        throw new ControlPlaneException("found no free port on 127.0.0.1 between " + FIRST + " and " + END);
    }

    /** Gives back all that were held. */
    @Override
    public void close() {
        synchronized (held) {
            held.forEach(Ports::close);
            held.clear();
        }
    }

    private boolean take(int port) {
        Socket socket = new Socket();
        try {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
            socket.setReuseAddress(false); // so that it is ours alone
            socket.bind(address);
            socket.setReuseAddress(true); // and whoever is told of it can have it beside us
            if (isFreeBeside(address)) {
                synchronized (held) {
                    held.add(socket);
                }
            } else {
                close(socket);
            }
            return true;
        } catch (IOException e) {
            close(socket);
            return false;
        }
    }

    private static boolean isFreeBeside(InetSocketAddress address) {
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new ControlPlaneException("could not give back port " + socket.getLocalPort(), e);
        }
    }
}
