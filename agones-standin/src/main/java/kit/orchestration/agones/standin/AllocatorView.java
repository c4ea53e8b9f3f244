package kit.orchestration.agones.standin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The allocator's cache of servers that can be allocated: fed by news that come late, and by the allocator itself,
 * which takes out what it has chosen and puts back what it has written. Safe for several threads.
 */
final class AllocatorView {

    private final Store store;
    private final Fate fate;
    private final ScheduledExecutorService scheduler;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private final Map<String, GameServer> servers = new HashMap<>();
    /** When the last news arrive, so that later ones don't overtake them; guarded by {@link #lock}. */
    private long lastNews = System.nanoTime();

    AllocatorView(Store store, Fate fate, ScheduledExecutorService scheduler) {
        this.store = store;
        this.fate = fate;
        this.scheduler = scheduler;
        store.watch(this::note);
    }

    List<GameServer> list() {
        lock.lock();
        try {
            return new ArrayList<>(servers.values());
        } finally {
            lock.unlock();
        }
    }

    boolean has(String name, long version) {
        lock.lock();
        try {
            GameServer known = servers.get(name);
            return known != null && known.version() >= version;
        } finally {
            lock.unlock();
        }
    }

    /** It was chosen. */
    void take(GameServer server) {
        lock.lock();
        try {
            servers.remove(server.name());
        } finally {
            lock.unlock();
        }
    }

    /** It was written, or is as it was. */
    void putBack(GameServer server) {
        put(server, !fate.has(Vice.LOST_SERVERS));
    }

    /** Its write met a conflict: only news bring it back, and they may have come already. */
    void conflicted(GameServer server) {
        if (!fate.has(Vice.LOST_SERVERS)) {
            store.find(server.name()).ifPresent(now -> put(now, true));
        }
    }

    private void note(GameServer written) {
        long delay = fate.allocatorDelay().toNanos();
        long now = System.nanoTime();
        lock.lock();
        try {
            lastNews = Math.max(lastNews, now + delay);
            scheduler.schedule(() -> put(written, true), lastNews - now, TimeUnit.NANOSECONDS);
        } finally {
            lock.unlock();
        }
    }

    private void put(GameServer server, boolean onlyIfNewer) {
        lock.lock();
        try {
            GameServer known = servers.get(server.name());
            if (onlyIfNewer && known != null && known.version() > server.version()) {
                return;
            }
            if (server.deleted()
                    || !(server.state().equals(GameServer.READY)
                            || server.state().equals(GameServer.ALLOCATED))) {
                servers.remove(server.name());
            } else {
                servers.put(server.name(), server);
            }
        } finally {
            lock.unlock();
        }
    }
}
