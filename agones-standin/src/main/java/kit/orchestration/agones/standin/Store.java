package kit.orchestration.agones.standin;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The API server: GameServers with their versions, and a write at a time. Safe for several threads. */
final class Store {

    private final Timing timing;
    /**
     * Guards all below. Watchers are told under it, so that news keep their order; they only note what they are told.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<String, GameServer> servers = new LinkedHashMap<>();
    private final List<Consumer<GameServer>> watchers = new CopyOnWriteArrayList<>();
    private long version = 100;
    private long busyUntil = System.nanoTime();

    Store(Timing timing) {
        this.timing = timing;
    }

    /** Tells of each write from now on; what is told must not block. */
    void watch(Consumer<GameServer> watcher) {
        watchers.add(watcher);
    }

    void unwatch(Consumer<GameServer> watcher) {
        watchers.remove(watcher);
    }

    Optional<GameServer> find(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(servers.get(name));
        } finally {
            lock.unlock();
        }
    }

    List<GameServer> all() {
        lock.lock();
        try {
            return new ArrayList<>(servers.values());
        } finally {
            lock.unlock();
        }
    }

    GameServer create(StandinGameServer spec) {
        lock.lock();
        try {
            GameServer old = servers.get(spec.name());
            if (old != null && !old.deleted()) {
                throw new IllegalArgumentException(
                        "name must be of no other GameServer, was \"%s\"".formatted(spec.name()));
            }
            return put(GameServer.made(
                    spec, UUID.randomUUID().toString(), Instant.now().getEpochSecond()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes what was computed from an earlier version. Blocks for as long as the write takes, and those before it.
     *
     * @throws ConflictException if that version is no longer the newest
     */
    GameServer update(GameServer changed, int addedValues) throws ConflictException, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(turn(addedValues));
        lock.lock();
        try {
            GameServer now = servers.get(changed.name());
            if (now == null || now.version() != changed.version()) {
                throw new ConflictException(changed.name());
            }
            return put(changed);
        } finally {
            lock.unlock();
        }
    }

    /** Writes at once, whatever the version: what a test or the controller does. Does nothing if it is gone. */
    void force(String name, UnaryOperator<GameServer> change) {
        lock.lock();
        try {
            GameServer now = servers.get(name);
            if (now != null && !now.deleted()) {
                put(change.apply(now));
            }
        } finally {
            lock.unlock();
        }
    }

    private GameServer put(GameServer server) {
        GameServer written = server.version(++version);
        servers.put(written.name(), written);
        watchers.forEach(watcher -> watcher.accept(written));
        return written;
    }

    /** How long until a write that is asked for now is done: they are done one after the other. */
    private long turn(int addedValues) {
        Duration cost = timing.write().plus(timing.writeValue().multipliedBy(addedValues));
        lock.lock();
        try {
            long now = System.nanoTime();
            busyUntil = Math.max(now, busyUntil) + cost.toNanos();
            return busyUntil - now;
        } finally {
            lock.unlock();
        }
    }
}
