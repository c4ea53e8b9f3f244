package kit.orchestration.examples.arena.pod;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.sdk.Session;
import org.jspecify.annotations.Nullable;

/** The rooms of a pod, one for each session that runs. */
final class Rooms implements AutoCloseable {

    private final String pod;
    private final Consumer<Event> journal;
    private final Map<String, Room> rooms = new ConcurrentHashMap<>();

    Rooms(String pod, Consumer<Event> journal) {
        this.pod = pod;
        this.journal = journal;
    }

    /**
     * The session's room; it opens with the first player.
     *
     * @return null if the session has ended while the player was on the way from the door
     */
    @Nullable
    Room of(Session session) {
        // A room is removed only when ended() is complete, so a late player never opens a second one for its session.
        return rooms.computeIfAbsent(
                session.id(), id -> session.ended().toCompletableFuture().isDone() ? null : open(session));
    }

    /** The session is over for the SDK: its room, if it has one, comes to an end. */
    void breakOff(String session) {
        Room room = rooms.get(session);
        if (room != null) {
            room.post(new Letter.BrokenOff());
        }
    }

    @Override
    public void close() {
        rooms.values().forEach(room -> room.post(new Letter.BrokenOff()));
    }

    private Room open(Session session) {
        journal.accept(new Event.Started(pod, session.slot(), session.id()));
        Room room = new Room(session);
        session.ended().thenRun(() -> {
            room.post(new Letter.BrokenOff());
            rooms.remove(session.id());
        });
        DaemonThreads.start("arena-room", room);
        return room;
    }
}
