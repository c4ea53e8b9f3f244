package kit.orchestration.examples.arena.pod;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.net.LineConnection;

/**
 * A pod's port. A thread per connection, and no more connections than a bound: who comes when it is full is hung up on,
 * and costs nothing more.
 */
public final class Reception implements AutoCloseable {

    /** Two players for each slot, and as many strangers. */
    private static final int PER_SLOT = 4;

    private final int bound;
    private final ServerSocket socket;
    private final Semaphore free;
    private final Set<LineConnection> open = ConcurrentHashMap.newKeySet();

    Reception(InetSocketAddress at, int slots) throws IOException {
        bound = slots * PER_SLOT;
        free = new Semaphore(bound);
        socket = new ServerSocket(at.getPort(), bound, at.getAddress());
    }

    /** Where players dial. */
    public PodAddress address() {
        return new PodAddress(socket.getInetAddress().getHostAddress(), socket.getLocalPort());
    }

    /** Lets players in from now on; those who dialled earlier wait in the socket's backlog. */
    void open(Door door, Rooms rooms) {
        DaemonThreads.start("arena-accept", () -> {
            while (!socket.isClosed()) {
                try {
                    receive(socket.accept(), door, rooms);
                } catch (IOException e) {
                    // The port was closed, which ends the loop, or one player is gone already, which is no matter.
                }
            }
        });
    }

    private void receive(Socket player, Door door, Rooms rooms) throws IOException {
        if (!free.tryAcquire()) {
            player.close();
            return;
        }
        DaemonThreads.start("arena-visit", () -> {
            try (LineConnection connection = new LineConnection(player)) {
                open.add(connection);
                try {
                    new Visit(connection, door, rooms).run();
                } finally {
                    open.remove(connection);
                }
            } catch (IOException e) {
                // The player is gone: there is nobody left to tell.
            } finally {
                free.release();
            }
        });
    }

    /** Takes nobody any more, and waits a little for those who are inside: they may be hearing who has won. */
    void closeGently(Duration patience) throws InterruptedException {
        stopListening();
        if (free.tryAcquire(bound, patience.toMillis(), TimeUnit.MILLISECONDS)) {
            free.release(bound);
        }
        close();
    }

    /** Hangs up on everybody. */
    @Override
    public void close() {
        stopListening();
        open.forEach(LineConnection::close);
    }

    private void stopListening() {
        try {
            socket.close();
        } catch (IOException e) {
            // It takes nobody any more, which is all that was wanted.
        }
    }
}
