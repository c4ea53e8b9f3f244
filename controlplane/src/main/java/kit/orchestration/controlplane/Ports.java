package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;

/**
 * Free ports of loopback, below those that kernels give to outgoing connections: else a client could take the API
 * server's while that is killed, and its restart would fail.
 */
public final class Ports {

    private static final int FIRST = 20_000;
    private static final int END = 32_000;
    private static final int TRIES = 1_000;

    private final Random random;

    /** Ports in an order of chance, so that several who look at once seldom try the same one. */
    public Ports(Random random) {
        this.random = random;
    }

    /**
     * Free just now; another process may be faster.
     *
     * @throws ControlPlaneException if none was found
     */
    public int free() {
        for (int i = 0; i < TRIES; i++) {
            int port = FIRST + random.nextInt(END - FIRST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new ControlPlaneException("found no free port on 127.0.0.1 between " + FIRST + " and " + END);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
