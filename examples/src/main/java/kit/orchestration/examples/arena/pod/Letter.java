package kit.orchestration.examples.arena.pod;

/** What a room is told, by its players' connections and by the SDK. */
sealed interface Letter {

    /** A player with a good token is here. */
    record Came(Seat seat) implements Letter {}

    /** A player has sent a line. */
    record Said(Seat seat, String line) implements Letter {}

    /** A player has gone. */
    record Left(Seat seat) implements Letter {}

    /** The session was revoked, or has ended without the room: the game is broken off. */
    record BrokenOff() implements Letter {}

    /** Nobody has written in time. */
    record TooLate() implements Letter {}
}
