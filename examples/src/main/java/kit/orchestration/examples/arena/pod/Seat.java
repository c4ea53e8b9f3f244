package kit.orchestration.examples.arena.pod;

import java.io.IOException;
import kit.orchestration.examples.arena.net.LineConnection;

/** A player in a room. */
final class Seat {

    private final String name;
    private final LineConnection connection;

    Seat(String name, LineConnection connection) {
        this.name = name;
        this.connection = connection;
    }

    String name() {
        return name;
    }

    /** Tells the player something, if it is still there: if not, its visit ends, and the room hears of that. */
    void tell(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        try {
            connection.send(line.toString());
        } catch (IOException e) {
            connection.close();
        }
    }

    /** Says goodbye: the player has heard the last word, and hangs up. */
    void dismiss() {
        connection.finish();
    }
}
