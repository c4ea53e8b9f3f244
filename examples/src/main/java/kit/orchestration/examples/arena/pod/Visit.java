package kit.orchestration.examples.arena.pod;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import org.jspecify.annotations.Nullable;

/** One player's connection: the token at the door, and then every line into the session's room. */
final class Visit {

    /** Who has dialled has a token, and sends it at once. */
    private static final Duration HELLO_TIME = Duration.ofSeconds(3);
    /** Longer than a room gives anybody to move: the room's time-out comes first. */
    private static final Duration LINE_TIME = Duration.ofSeconds(30);

    private final LineConnection connection;
    private final Door door;
    private final Rooms rooms;

    Visit(LineConnection connection, Door door, Rooms rooms) {
        this.connection = connection;
        this.door = door;
        this.rooms = rooms;
    }

    /** Lasts until the player has gone, or was hung up on. */
    void run() throws IOException {
        String line = connection.read(HELLO_TIME);
        String[] hello = line == null ? new String[0] : line.split(" ", -1);
        Session session = hello.length == 3 && hello[0].equals(Words.HELLO) ? enter(hello[1]) : null;
        Room room = session == null ? null : rooms.of(session);
        if (room == null) {
            connection.send(Words.REFUSED); // and not why: that would help who forges tokens
            return;
        }
        Seat seat = new Seat(hello[2], connection);
        if (!room.post(new Letter.Came(seat))) {
            connection.send(Words.REFUSED);
            return;
        }
        try {
            for (String said = connection.read(LINE_TIME); said != null; said = connection.read(LINE_TIME)) {
                room.post(new Letter.Said(seat, said));
            }
        } finally {
            room.post(new Letter.Left(seat));
        }
    }

    private @Nullable Session enter(String token) {
        try {
            return door.enter(token).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TokenRefusedException) {
                return null; // the listener was told, see Recorder
            }
            throw e;
        }
    }
}
