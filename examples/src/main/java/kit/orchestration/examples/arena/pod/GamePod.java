package kit.orchestration.examples.arena.pod;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.GameServerBuilder;
import kit.orchestration.sdk.PlatformException;

/**
 * A pod of the arena, from its start to its end. It binds its port first, since the pool must know the address before a
 * player can come; and it says {@code ready()} last, when whoever comes is let in.
 */
public final class GamePod implements AutoCloseable {

    /** A game that takes longer hangs: the SDK ends it, so that its slot is not lost. */
    private static final Duration MAX_SESSION = Duration.ofMinutes(2);

    /** How long players are given to hear the last word. */
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final String name;
    private final String region;
    private final Consumer<Event> journal;
    private final Rooms rooms;
    private final Reception reception;
    private final GameServer server;

    private GamePod(
            String name,
            String region,
            Reception reception,
            GameServerBuilder server,
            UnaryOperator<Door> change,
            Consumer<Event> journal) {
        this.name = name;
        this.region = region;
        this.journal = journal;
        this.reception = reception;
        rooms = new Rooms(name, journal);
        this.server = server.listener(new Recorder(name, rooms, journal))
                .maxSession(MAX_SESSION)
                .start();
        reception.open(change.apply(this.server::enter), rooms);
    }

    /** Where a pod listens before it is a pod: nobody is let in yet. */
    public static Reception bind(InetSocketAddress at, int slots) throws IOException {
        return new Reception(at, slots);
    }

    /**
     * Starts a pod, and says that it is ready.
     *
     * @param name its name, for the journal
     * @param region where it is, for the journal
     * @param reception its port; closed with the pod
     * @param server the SDK's settings, with the backend's side of it
     * @param change what is done to its door: nothing, unless something is planted
     * @param journal told what the pod sees, in the order in which it happened
     */
    public static GamePod start(
            String name,
            String region,
            Reception reception,
            GameServerBuilder server,
            UnaryOperator<Door> change,
            Consumer<Event> journal) {
        GamePod pod = new GamePod(name, region, reception, server, change, journal);
        journal.accept(new Event.PodReady(name, region, pod.server.capacity()));
        pod.server.ready();
        return pod;
    }

    /** Where players dial. */
    public PodAddress address() {
        return reception.address();
    }

    /** Where its probes are served, if its settings ask for that. */
    public Optional<InetSocketAddress> probeAddress() {
        return server.probeAddress();
    }

    /**
     * Ends the pod as a roll-out does: no new sessions, those it has go on to their end, and then it is gone.
     *
     * @return whether it was idle in time; if not, what still ran was ended
     */
    public boolean retire(Duration patience) throws InterruptedException {
        server.drain();
        journal.accept(new Event.PodDraining(name));
        boolean idle = server.awaitIdle(patience);
        reception.closeGently(GOODBYE);
        server.shutdown();
        close();
        return idle;
    }

    /**
     * Holds a process up that was told to end. The SDK drains it at the same time, and knows when its sessions have
     * ended; this waits until their players have heard the last word, too. For a shutdown hook.
     */
    public void seeOut(Duration patience) throws InterruptedException {
        journal.accept(new Event.PodDraining(name));
        try {
            server.drain();
            server.awaitIdle(patience);
        } catch (IllegalStateException | PlatformException e) {
            // The server was closed already, or the backend is away: the SDK tells of that.
        }
        reception.closeGently(GOODBYE);
        journal.accept(new Event.PodGone(name));
    }

    /** Ends the pod at once. */
    @Override
    public void close() {
        server.close();
        reception.close();
        rooms.close();
        journal.accept(new Event.PodGone(name));
    }

    @Override
    public String toString() {
        return "GamePod[%s in %s at %s]".formatted(name, region, address());
    }
}
