package kit.orchestration.agones.standin;

import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Agones for tests: an allocator on a loopback port, and a sidecar on a loopback port for each GameServer. What it has
 * that one would not wish for is a {@link Vice}; what it lacks: counters, players, several clusters, a kubelet, so that
 * nothing ever counts the pings or restarts a container, and a Fleet's replacing of servers. Safe for several threads.
 */
public final class AgonesStandin implements AutoCloseable {

    private final Timing timing;
    private final Fate fate;
    private final String namespace;
    private final Store store;
    private final AllocatorView view;
    private final ScheduledExecutorService scheduler;
    private final ThreadPoolExecutor workers;
    /** Handles HTTP and gRPC, and writes for the sidecars. */
    private final ExecutorService threads;

    private final Thread loop;
    private final Server allocator;
    private final Map<String, Running> sidecars = new ConcurrentHashMap<>();

    /** A sidecar and its gateway. */
    private record Running(Sidecar sidecar, Gateway gateway) {

        void close() {
            gateway.close();
            sidecar.close();
        }
    }

    AgonesStandin(AgonesStandinBuilder builder) throws IOException {
        // Else each answer of the JDK's HTTP server waits 40 ms for a delayed acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        timing = builder.timing;
        fate = new Fate(builder.vices, timing, builder.seed);
        namespace = builder.namespace;
        store = new Store(timing);
        scheduler = scheduler("standin-allocator");
        workers = new ThreadPoolExecutor(
                timing.workers(),
                timing.workers(),
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                daemons("standin-worker"),
                new ThreadPoolExecutor.DiscardPolicy());
        threads = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                1,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                daemons("standin"),
                new ThreadPoolExecutor.DiscardPolicy());
        new Controller(store, scheduler);
        view = new AllocatorView(store, fate, scheduler);
        Updates updates = new Updates(store, view, timing, fate, workers, scheduler);
        BatchLoop batches = new BatchLoop(view, updates, timing, fate, builder.seed);
        loop = daemons("standin-batches").newThread(batches);
        loop.start();
        allocator = OkHttpServerBuilder.forPort(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port), builder.credentials)
                .executor(threads)
                .permitKeepAliveTime(1, TimeUnit.MINUTES)
                .addService(new AllocationService(namespace, batches, fate.has(Vice.WRONG_CODES)))
                .build()
                .start();
    }

    /** Settings of a stand-in, and its start. */
    public static AgonesStandinBuilder builder() {
        return new AgonesStandinBuilder();
    }

    /** Where the allocator listens, on loopback. */
    public int allocatorPort() {
        return allocator.getPort();
    }

    /** Where the sidecar of this GameServer listens, on loopback: its pod's {@code AGONES_SDK_HTTP_PORT}. */
    public int sidecarPort(String name) {
        return running(name).gateway().port();
    }

    /**
     * A GameServer and its sidecar, in state Scheduled, as before its process says Ready. Its name may be that of one
     * that was deleted.
     *
     * @return its name
     * @throws IllegalArgumentException if there is one of that name
     */
    public String addGameServer(StandinGameServer spec) throws IOException {
        GameServer made = store.create(spec);
        Sidecar sidecar = new Sidecar(made, store, timing, fate, scheduler("standin-" + spec.name()), threads);
        sidecar.open();
        Gateway gateway = new Gateway(0, sidecar, namespace, fate.has(Vice.WRONG_CODES), threads);
        Running old = sidecars.put(spec.name(), new Running(sidecar, gateway));
        if (old != null) {
            old.close();
        }
        return spec.name();
    }

    /** The GameServer as the store has it. */
    public Seen see(String name) {
        GameServer server = store.find(name).orElseThrow(() -> unknown(name));
        return new Seen(
                server.state(),
                server.labels(),
                server.annotations(),
                server.list(server.spec().list()).values(),
                server.list(server.spec().list()).capacity(),
                server.deleted());
    }

    /** Whether the allocator's cache and the sidecar have it as it is in the store: what a test waits for. */
    public boolean isKnown(String name) {
        return isKnown(name, version(name));
    }

    /** Whether the allocator's cache and the sidecar have this version of it, or a later one. */
    public boolean isKnown(String name, long version) {
        return view.has(name, version) && running(name).sidecar().gameServer().version() >= version;
    }

    /** The version that the store has: each write makes a higher one. */
    public long version(String name) {
        return store.find(name).orElseThrow(() -> unknown(name)).version();
    }

    /**
     * The pod's network is another from now on, as when its process is gone: connections to the sidecar are cut, and it
     * listens on another port.
     *
     * @return that port
     */
    public int newGateway(String name) throws IOException {
        Running old = running(name);
        Gateway gateway = new Gateway(0, old.sidecar(), namespace, fate.has(Vice.WRONG_CODES), threads);
        sidecars.put(name, new Running(old.sidecar(), gateway));
        old.gateway().close();
        return gateway.port();
    }

    /**
     * Writes it as it is, at once, as a controller may: its news come to all who watch it once more, and so it comes
     * back into an allocator's cache that has lost it or has put an old version back.
     */
    public void touch(String name) {
        store.force(name, server -> server);
    }

    /** Sets a state, at once, as a controller may. */
    public void setState(String name, String state) {
        store.force(name, server -> server.state(state));
    }

    /** Deletes it, at once: the allocator will not choose it any more; its sidecar goes on until the pod is gone. */
    public void deleteGameServer(String name) {
        store.force(name, GameServer::leaving);
    }

    /** The end of a deleted server's pod: its sidecar is gone too. */
    public void stopSidecar(String name) {
        running(name).close();
    }

    /** Cuts the watches of this server's sidecar. */
    public void cutWatches(String name) {
        running(name).gateway().cutWatches();
    }

    /** Ends everything, at once. */
    @Override
    public void close() {
        allocator.shutdownNow();
        loop.interrupt();
        sidecars.values().forEach(Running::close);
        scheduler.shutdownNow();
        workers.shutdownNow();
        threads.shutdownNow();
    }

    private Running running(String name) {
        Running running = sidecars.get(name);
        if (running == null) {
            throw unknown(name);
        }
        return running;
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("name must be of a GameServer that was added, was \"%s\"".formatted(name));
    }

    /** One thread; what comes after its end is dropped, as news to nobody are. */
    private static ScheduledExecutorService scheduler(String name) {
        return new ScheduledThreadPoolExecutor(1, daemons(name), new ThreadPoolExecutor.DiscardPolicy());
    }

    private static ThreadFactory daemons(String name) {
        ThreadFactory plain = Executors.defaultThreadFactory();
        return task -> {
            Thread thread = plain.newThread(task);
            thread.setName(name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
