package kit.orchestration.sdk.agones;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.Limits;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.PlatformException;

/**
 * Agones' own calls, for a game that needs them beside its sessions. Each may be called from any thread, before the
 * boot, too, and blocks for one call's time at most. Agones' OK means queued: the change is written half a second
 * later.
 *
 * <p>Each throws {@link PlatformException} if the sidecar refuses or can't be asked, and {@link IllegalStateException}
 * once the platform is closed.
 */
public final class AgonesCalls {

    private final SidecarClient sidecar;
    private final Loop loop;
    private final Duration timeout;
    private final Queue<SidecarWatch> watches = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /** A watch of the GameServer, which goes on until it is closed. */
    public interface Watch extends AutoCloseable {
        /** Ends it. Never throws; closing again does nothing. */
        @Override
        void close();
    }

    AgonesCalls(SidecarClient sidecar, Loop loop, Duration timeout) {
        this.sidecar = sidecar;
        this.loop = loop;
        this.timeout = timeout;
    }

    /** Asks for state Allocated, so that no scale-down takes this server, as a game without claims may need. */
    public void allocate() {
        await(sidecar::allocate);
    }

    /**
     * Asks for state Reserved: nobody is allocated here, and no scale-down takes this server. After the time Agones
     * makes it Ready again.
     *
     * @param time in whole seconds, rounded up; zero for until the state is changed
     * @throws IllegalArgumentException if it is not zero to 365 days
     */
    public void reserve(Duration time) {
        Limits.checkRange("time", time, Duration.ZERO, Duration.ofDays(365));
        await(() -> sidecar.reserve(time.plusNanos(999_999_999).toSeconds()));
    }

    /** Sets a label of the GameServer. Agones puts {@code agones.dev/sdk-} before the name, and takes none away. */
    public void setLabel(String name, String value) {
        await(() -> sidecar.setLabel(name, value));
    }

    /** Sets an annotation of the GameServer. Agones puts {@code agones.dev/sdk-} before it, and takes none away. */
    public void setAnnotation(String name, String value) {
        await(() -> sidecar.setAnnotation(name, value));
    }

    /**
     * A list of the GameServer, as it will be once what is queued is written. The list of sessions is {@link
     * AgonesPlatform}'s: read it, and leave its values alone.
     *
     * @throws IllegalArgumentException if it is no list's name
     */
    public AgonesList list(String list) {
        AgonesPlatformBuilder.checkList(list);
        return await(() -> sidecar.list(list));
    }

    /** Adds a value to a list. Agones refuses what the list has already, and what it has no room for. */
    public void addValue(String list, String value) {
        AgonesPlatformBuilder.checkList(list);
        Objects.requireNonNull(value, "value must not be null");
        await(() -> sidecar.addValue(list, value));
    }

    /** Takes a value out of a list. Agones refuses what the list does not have. */
    public void removeValue(String list, String value) {
        AgonesPlatformBuilder.checkList(list);
        Objects.requireNonNull(value, "value must not be null");
        await(() -> sidecar.removeValue(list, value));
    }

    /**
     * Gives a list these values in place of those that it has: takes out those that are too many, and then adds those
     * that lack, each by a call. Agones has a call for all of it ({@code UpdateList}), which its sidecars of 1.55 to
     * 1.60 get wrong for most lists.
     */
    public void setValues(String list, List<String> values) {
        Set<String> wanted = new LinkedHashSet<>(values);
        List<String> there = list(list).values();
        there.stream().filter(value -> !wanted.contains(value)).forEach(value -> removeValue(list, value));
        wanted.stream().filter(value -> !there.contains(value)).forEach(value -> addValue(list, value));
    }

    /**
     * Watches the GameServer: the consumer is told of it as it is, and whenever it has changed, until the watch is
     * closed or the platform is. It is called on the platform's own thread: it is quick, and never blocks.
     *
     * @return ends the watch
     */
    public Watch watch(Consumer<AgonesGameServer> consumer) {
        Objects.requireNonNull(consumer, "consumer must not be null");
        SidecarWatch watch = new SidecarWatch(sidecar, loop, sighting -> consumer.accept(sighting.server()));
        watches.add(watch); // first: the close ends what it finds here
        if (closed || !loop.offer(watch::start)) {
            watches.remove(watch);
            throw new IllegalStateException("the platform is closed");
        }
        return () -> {
            watches.remove(watch);
            loop.offer(watch::close);
        };
    }

    /** Takes no more calls, and ends the watches. */
    void close() {
        closed = true;
        watches.forEach(watch -> loop.offer(watch::close));
    }

    /** Makes a call, and waits for its answer. */
    <T> T await(Supplier<CompletableFuture<T>> call) {
        if (closed) {
            throw new IllegalStateException("the platform is closed");
        }
        try {
            return call.get().get(timeout.toNanos(), NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            SidecarException error = SidecarException.failed("the call to the sidecar", e);
            throw new PlatformException(error.problem(), error);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("the thread was interrupted while the sidecar was called", e);
        }
    }
}
