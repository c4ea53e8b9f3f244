package kit.orchestration.sdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a kubelet's probes over HTTP. One daemon thread does all of it and never waits for any one connection.
 *
 * <p>Why not {@code com.sun.net.httpserver.HttpServer}: as it comes, it reads requests on its only thread, blocking, so
 * a single client that sends half a request keeps every probe waiting, and the kubelet then restarts a healthy game.
 * With more threads each half request holds one, for ever (measured: 1,000 half-open connections, 432 threads, all open
 * after 30 s). Its limits of time and number help, but they are system properties of the whole JVM, read once: the
 * game's own servers would get them, too, or have set them before.
 *
 * <p>What a hostile neighbour can hold is bounded: {@link #MAX_CONNECTIONS}, {@link #PATIENCE_NANOS} each, counted from
 * the start and not from the last byte. When full, the oldest goes, so that a probe always gets in.
 */
final class ProbeServer implements AutoCloseable {

    /** Connections open at once. */
    static final int MAX_CONNECTIONS = 2_000;
    /** How long a connection may take, all in all. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Connections waiting to be accepted; the system may allow fewer. */
    private static final int BACKLOG = 1_024;
    /** Connections accepted before those that are open have their turn again. */
    private static final int ACCEPTED_AT_ONCE = 64;

    /** How long a failed accept waits, while everybody waits: well under a probe's time. */
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(ProbeServer.class);

    private final Function<String, ProbeAnswer> probes;
    private final long patienceNanos;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final Thread thread;
    private volatile boolean closed;

    /** The open connections, the oldest first. Of the thread alone. */
    private final Set<SelectionKey> open = new LinkedHashSet<>();

    /** Binds the port, 0 for a free one, and answers from now on: what gives the answer for a path never blocks. */
    ProbeServer(int port, Function<String, ProbeAnswer> probes) {
        this(port, probes, PATIENCE_NANOS);
    }

    @SuppressWarnings("AddressSelection") // the wildcard address: the kubelet dials the pod's, whichever that is
    ProbeServer(int port, Function<String, ProbeAnswer> probes, long patienceNanos) {
        this.probes = probes;
        this.patienceNanos = patienceNanos;
        try {
            selector = Selector.open();
            server = ServerSocketChannel.open();
            try {
                server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                server.bind(new InetSocketAddress(port), BACKLOG);
                server.configureBlocking(false);
                server.register(selector, SelectionKey.OP_ACCEPT);
                address = (InetSocketAddress) server.getLocalAddress();
            } catch (IOException e) {
                server.close();
                selector.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "probe port %s can't be bound (%s): free it, or choose another with probePort(...)"
                            .formatted(port, e.getMessage()),
                    e);
        }
        thread = new Thread(this::run, "orchestration-probes");
        thread.setDaemon(true);
        thread.start();
    }

    /** Where it answers. */
    InetSocketAddress address() {
        return address;
    }

    /** Cuts what is open and gives the port back; it is free when this returns. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (selector;
                server) {
            while (!closed) {
                selector.select(untilOldestExpires());
                turn();
                cutExpired();
            }
        } catch (IOException e) {
            log.error("the probe endpoint at {} has stopped", address, e);
        } finally {
            open.forEach(key -> connection(key).close());
        }
    }

    /** Connections first, new ones last: nobody is cut for a newcomer while what he has sent waits to be read. */
    private void turn() {
        boolean accept = false;
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() == null) {
                accept = true;
            } else {
                proceed(key);
            }
        }
        selector.selectedKeys().clear();
        if (accept) {
            accept();
        }
    }

    private void proceed(SelectionKey key) {
        boolean more = false;
        try {
            more = key.isValid() && connection(key).proceed(key);
        } catch (IOException e) {
            log.trace("a probe's connection broke", e);
        } catch (RuntimeException e) {
            log.error("a probe failed", e);
        }
        if (!more) {
            cut(key);
        }
    }

    private void accept() {
        try {
            for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
                SocketChannel channel = server.accept();
                if (channel == null) {
                    return;
                }
                if (open.size() >= MAX_CONNECTIONS) {
                    cut(open.iterator().next());
                }
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                open.add(channel.register(selector, SelectionKey.OP_READ, new ProbeConnection(channel, probes)));
            }
        } catch (IOException e) { // most often no file descriptor is left
            log.debug("a probe's connection could not be accepted", e);
            if (!open.isEmpty()) {
                cut(open.iterator().next());
            }
            LockSupport.parkNanos(ACCEPT_PAUSE_NANOS); // or this thread would spin until one is
        }
    }

    private void cutExpired() {
        long now = System.nanoTime();
        for (Iterator<SelectionKey> oldest = open.iterator(); oldest.hasNext(); ) {
            ProbeConnection connection = connection(oldest.next());
            if (now - connection.acceptedAt() < patienceNanos) {
                return;
            }
            connection.close();
            oldest.remove();
        }
    }

    /** In milliseconds; 0: nothing is open, so there is no limit. */
    private long untilOldestExpires() {
        if (open.isEmpty()) {
            return 0;
        }
        long left = connection(open.iterator().next()).acceptedAt() + patienceNanos - System.nanoTime();
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }

    private void cut(SelectionKey key) {
        open.remove(key);
        connection(key).close();
    }

    private static ProbeConnection connection(SelectionKey key) {
        return (ProbeConnection) key.attachment();
    }
}
