package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PortsTest {

    private static final int SEED = 7;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByAddress(LOOPBACK));
    }

    @Test
    void aTakenPortIsPassedOver() throws IOException {
        try (Ports ports = new Ports(new Random(SEED));
                ServerSocket taken = listen(ports.free());
                Ports others = new Ports(new Random(SEED))) {
            assertThat(others.free()).isNotEqualTo(taken.getLocalPort());
        }
    }

    /** Between its choice and its use, and between a kill and a restart. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void nobodyElseGetsAPortBeforeItIsGivenBack() throws IOException {
        try (Ports ours = new Ports(new Random(SEED));
                Ports theirs = new Ports(new Random(SEED))) {
            int port = ours.free();
            assertThat(theirs.free()).isNotEqualTo(port);
            listen(port).close();
            try (ServerSocket again = listen(port);
                    Socket client = new Socket(again.getInetAddress(), port)) {
                assertThat(client.isConnected()).isTrue();
            }
        }
    }
}
