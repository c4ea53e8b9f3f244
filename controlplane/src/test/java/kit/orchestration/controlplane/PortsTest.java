package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortsTest {

    private static final int SEED = 7;

    @Test
    void aTakenPortIsPassedOver() throws IOException {
        int first = new Ports(new Random(SEED)).free();
        try (ServerSocket socket = new ServerSocket(first, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            assertThat(new Ports(new Random(SEED)).free()).isNotEqualTo(socket.getLocalPort());
        }
    }
}
