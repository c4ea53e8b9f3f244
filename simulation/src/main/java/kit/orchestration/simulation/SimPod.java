package kit.orchestration.simulation;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.sdk.kubernetes.SimulatedPlatform;
import org.jspecify.annotations.Nullable;

/** A pod: its object, the kubelet that looks after it, and the processes in its container, one after another. */
final class SimPod {

    private static final Duration PROBES = Duration.ofSeconds(1);
    /** Probes that fail until the kubelet believes it. */
    private static final int FAILURES = 3;

    final String name;
    final String uid;
    final String ip;
    final String pool;
    final int capacity;
    private final World world;

    private @Nullable SimProcess process;
    private @Nullable SimThread game;
    private @Nullable SimulatedPlatform platform;
    private @Nullable GameServer server;
    private boolean wantsSessions;
    /** How often it has said another word of that. */
    private int words;

    private int starts;
    private int failures;
    private boolean ready;
    /** Whether it is told to end; nothing starts here any more. */
    private boolean ending;
    /** Whether its containers have ended for good. */
    private boolean evicted;
    /** Whether its node looks after it no more. */
    private boolean gone;

    SimPod(World world, String name, String ip, String pool, String zone, int capacity) {
        this.world = world;
        this.name = name;
        this.ip = ip;
        this.pool = pool;
        this.capacity = capacity;
        this.uid = world.server
                .create("controller", Kind.PODS, object(name, pool, zone))
                .uid();
        world.time.after(world.time.about(Duration.ofMillis(300)), this::startContainer);
        world.time.after(PROBES, this::probe);
    }

    private static Map<String, Object> object(String name, String pool, String zone) {
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", name);
        meta.put("labels", Map.of(LedgerNames.POOL_LABEL, pool, "zone", zone));
        meta.put("annotations", Map.of(LedgerNames.PORT_ANNOTATION, "7777"));
        return Map.of("metadata", meta, "spec", Map.of("containers", List.of()), "status", Map.of("phase", "Pending"));
    }

    /** The process that runs now; null if none does. */
    @Nullable
    SimProcess process() {
        return process != null && process.isAlive() ? process : null;
    }

    /** The server in it, once it has taken the pod over. */
    @Nullable
    GameServer server() {
        return process() == null ? null : server;
    }

    /** Whether a process of it lets players in that have come to it: it runs, and was not told to end. */
    boolean isOpen() {
        return server() != null && world.runs(process()) && !ending;
    }

    /** Whether it was told to end. */
    boolean isEnding() {
        return ending;
    }

    boolean isGone() {
        return gone;
    }

    /** Runs something on a thread of the game's, if there is a game. */
    void onGame(Consumer<GameServer> what) {
        SimThread thread = game;
        GameServer now = server();
        if (thread != null && now != null) {
            thread.execute(() -> what.accept(now));
        }
    }

    private void startContainer() {
        if (gone || ending || process() != null) {
            return;
        }
        String boot = "boot" + ++starts + "x" + uid.replaceAll("[^0-9]", "");
        SimProcess started = world.process(name + "#" + starts);
        process = started;
        server = null;
        ready = false;
        world.tell("%s starts, its pod is %s", started, uid);
        show();
        SimThread main = started.thread();
        SimThread loopThread = started.thread();
        SimThread timers = started.thread();
        SimThread callbacks = started.thread();
        game = started.thread();
        Loop loop = new Loop(loopThread, started::nanoTime);
        Wire wire = new Wire(started, world.server, world.weather, world.watches);
        Coroutine.start(main, here -> {
            SimulatedPlatform made = new SimulatedPlatform(
                    name, uid, pool, capacity, boot, wire, loop, here, started.clock(), timers, world.time.random);
            platform = made;
            try {
                GameServer up = GameServer.builder()
                        .platform(made)
                        .listener(new SessionListener() {
                            @Override
                            public void revoked(Session session) {
                                world.oracle.revoked(started, session.id());
                            }
                        })
                        .executor(callbacks)
                        .scheduler(timers)
                        .clock(started.clock())
                        .drainOnTermination(false)
                        .start();
                server = up;
                world.tell("%s has taken its pod over", started);
                up.ready();
                wantsSessions = true;
            } catch (PlatformException failed) {
                world.tell("%s could not take its pod over: %s", started, failed);
                exits(started);
            }
        });
    }

    /** The process has ended, whyever: the kubelet starts another. */
    private void exits(SimProcess ended) {
        ended.kill();
        wantsSessions = false;
        show();
        world.time.after(world.time.about(Duration.ofMillis(500)), this::startContainer);
    }

    void crash() {
        SimProcess now = process();
        if (now != null) {
            world.tell("%s crashes", now);
            exits(now);
        }
    }

    void freeze(Duration length) {
        SimProcess now = process();
        if (now != null) {
            world.freeze(now, length);
        }
    }

    void unready(Duration length) {
        onGame(now -> {
            if (!wantsSessions || ending) {
                return;
            }
            world.tell("%s says unready", name);
            wantsSessions = false;
            int word = ++words;
            now.unready();
            world.oracle.closes(this, () -> word == words);
            world.time.after(
                    length,
                    () -> onGame(later -> {
                        if (later.equals(now) && !ending) {
                            world.tell("%s says ready again", name);
                            wantsSessions = true;
                            words++;
                            later.ready();
                        }
                    }));
        });
    }

    /** Deleted with grace: SIGTERM, drain, close, and the object goes. */
    void delete(Duration grace) {
        if (ending || gone) {
            return;
        }
        ending = true;
        world.tell("%s is deleted, with %s of grace", name, grace);
        change(object -> Stored.child(object, "metadata").put("deletionTimestamp", "2030-01-01T00:00:00Z"));
        world.time.after(
                world.time.between(Duration.ZERO, Duration.ofMillis(300)),
                () -> onGame(now -> {
                    now.drain();
                    world.oracle.closes(this, () -> !gone);
                }));
        awaitIdle(world.time.now() + grace.toNanos());
    }

    private void awaitIdle(long deadline) {
        world.time.after(Duration.ofMillis(500), () -> {
            GameServer now = server();
            SimProcess running = process();
            if (running != null && running.isFrozen() && world.time.now() < deadline) {
                awaitIdle(deadline);
            } else if (now != null && running != null && world.time.now() < deadline) {
                boolean idle = idle(now);
                if (!idle) {
                    awaitIdle(deadline);
                    return;
                }
                Objects.requireNonNull(platform).closed().thenRun(this::goes);
                onGame(GameServer::close);
                world.time.after(Duration.ofSeconds(10), this::goes);
            } else {
                goes();
            }
        });
    }

    private static boolean idle(GameServer server) {
        try {
            return server.awaitIdle(Duration.ZERO);
        } catch (InterruptedException never) {
            throw new IllegalStateException(never);
        }
    }

    private void goes() {
        if (gone) {
            return;
        }
        gone = true;
        SimProcess now = process();
        if (now != null) {
            now.kill();
        }
        world.tell("%s is gone", name);
        Stored object = world.server.get(Kind.PODS, name);
        if (object != null && object.uid().equals(uid)) {
            world.server.delete("kubelet", Kind.PODS, name);
        }
        world.gone(this);
    }

    /** Deleted by force: the object goes at once; the process, on a node that is cut off, some time later. */
    void deleteByForce(Duration later) {
        if (gone || ending) {
            return;
        }
        ending = true;
        gone = true;
        world.tell("%s is deleted by force, and runs for %s", name, later);
        world.server.delete("somebody", Kind.PODS, name);
        SimProcess now = process();
        if (now != null) {
            if (world.time.perhaps(0.5)) { // else the API server takes its token for a while yet
                world.weather.add(Weather.Trouble.REFUSES, now.name, world.time.now(), Long.MAX_VALUE, 1);
                world.weather.add(Weather.Trouble.STALLS, now.name, world.time.now(), Long.MAX_VALUE, 1);
            }
            world.time.after(later, now::kill);
        }
        world.gone(this);
    }

    /** Evicted: the containers end for good, and the object stays a while. */
    void evict() {
        if (gone || ending) {
            return;
        }
        ending = true;
        world.tell("%s is evicted", name);
        SimProcess now = process();
        if (now != null) {
            now.kill();
        }
        evicted = true;
        show();
        world.time.after(Duration.ofSeconds(8), this::goes);
    }

    /** Somebody changes a text of its Lease by hand; puts it back, perhaps, a while later. */
    void edit(String annotation, String text, Duration length) {
        if (gone) {
            return;
        }
        String lease = LedgerNames.lease(name);
        world.oracle.disturbed(uid);
        world.tell("somebody edits %s: %s is '%s' for %s", lease, annotation, text, length);
        set(lease, annotation, text);
        if (annotation.equals(LedgerNames.DRAIN)) {
            world.time.after(length, () -> set(lease, annotation, null));
        }
    }

    private void set(String lease, String annotation, @Nullable String text) {
        world.server.change("somebody", Kind.LEASES, lease, object -> {
            Map<String, Object> annotations = Stored.child(Stored.child(object, "metadata"), "annotations");
            if (text == null) {
                annotations.remove(annotation);
            } else {
                annotations.put(annotation, text);
            }
            return object;
        });
    }

    /** Somebody gives its object another pool, for a while. */
    void relabel(Duration length) {
        if (ending || gone) {
            return;
        }
        world.oracle.disturbed(uid);
        world.tell("somebody labels %s for another pool, for %s", name, length);
        label("elsewhere");
        world.time.after(length, () -> label(pool));
    }

    private void label(String to) {
        change(object ->
                Stored.child(Stored.child(object, "metadata"), "labels").put(LedgerNames.POOL_LABEL, to));
    }

    private void probe() {
        if (gone) {
            return;
        }
        world.time.after(PROBES, this::probe);
        SimProcess now = process();
        SimulatedPlatform asked = platform;
        boolean is = now != null
                && !now.isFrozen()
                && server != null
                && asked != null
                && wantsSessions
                && !ending
                && asked.problem().isEmpty();
        failures = is ? 0 : failures + 1;
        boolean before = ready;
        ready = is || (ready && failures < FAILURES);
        if (ready != before) {
            show();
        }
        if (now != null && !now.isFrozen() && asked != null && asked.lost().isPresent() && !ending) {
            world.tell("%s is not healthy: %s", now, asked.lost().get());
            world.oracle.lost(this, now);
            exits(now);
        }
    }

    private void show() {
        boolean is = ready && process() != null;
        ready = is;
        change(object -> {
            Map<String, Object> status = new LinkedHashMap<>();
            status.put("phase", evicted ? "Failed" : "Running");
            status.put("podIP", ip);
            status.put("conditions", List.of(Map.of("type", "Ready", "status", is ? "True" : "False")));
            object.put("status", status);
        });
    }

    private void change(Consumer<Map<String, Object>> change) {
        Optional.ofNullable(world.server.get(Kind.PODS, name))
                .filter(object -> object.uid().equals(uid))
                .ifPresent(object -> world.server.change("kubelet", Kind.PODS, name, copy -> {
                    change.accept(copy);
                    return copy;
                }));
    }
}
