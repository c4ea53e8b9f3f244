package kit.orchestration.examples.node;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import kit.orchestration.Allocation;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.net.LineConnection;
import org.jspecify.annotations.Nullable;

/** Who plays in a session of a {@link kit.orchestration.examples.node.game.PatientGame}. */
final class Player implements AutoCloseable {

    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final String ENDED = "ended CLOSED";

    private final LineConnection connection;

    private Player(LineConnection connection) {
        this.connection = connection;
    }

    /**
     * Dials the pod and shows the token: again and again where the pod says that it can't tell now, as it does on a
     * machine that is slow enough.
     *
     * @throws IOException if the player is not let in
     */
    static Player enter(Allocation allocation) throws IOException, InterruptedException {
        return enter(allocation.podAddress(), allocation.token().encoded());
    }

    /** As {@link #enter(Allocation)}, for who was told address and token. */
    static Player enter(PodAddress address, String token) throws IOException, InterruptedException {
        long end = System.nanoTime() + ANSWER.toNanos();
        while (true) {
            LineConnection connection = LineConnection.dial(address, ANSWER);
            String said;
            try {
                connection.send(token);
                said = connection.read(ANSWER);
            } catch (IOException e) {
                connection.close();
                throw e;
            }
            if (said != null && said.startsWith("in ")) {
                return new Player(connection);
            }
            connection.close();
            if (said == null || !said.startsWith("refused UNAVAILABLE") || System.nanoTime() - end > 0) {
                throw new IOException("heard " + said);
            }
            Thread.sleep(AGAIN.toMillis());
        }
    }

    /** Stays for so long, and says goodbye. Null if that is how it was, else what happened instead. */
    @Nullable
    String play(Duration length) {
        try {
            String said = hears(length);
            if (said == null) {
                connection.send("bye");
                said = connection.read(ANSWER);
            }
            return ENDED.equals(said) ? null : "heard " + said;
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** What is said within that time; null if nothing is, as it should be while a session lasts. */
    @Nullable
    String hears(Duration within) throws IOException {
        try {
            return String.valueOf(connection.read(within));
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
