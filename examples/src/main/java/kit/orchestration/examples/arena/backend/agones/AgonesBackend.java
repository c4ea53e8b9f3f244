package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.examples.arena.backend.ArenaBackend;
import kit.orchestration.examples.arena.backend.Lineup;
import kit.orchestration.examples.arena.backend.Patience;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.backend.process.PodProcess;
import kit.orchestration.examples.arena.record.Journal;
import kit.orchestration.ledger.AgonesNames;

/** GameServers of Agones, each with a process of its own. The allocator is in this process, and calls Agones' own. */
public final class AgonesBackend implements ArenaBackend {

    /**
     * How long Agones may take to know of a server. It is seconds, unless its allocator has lost sight of the server,
     * as it does when a claim meets a session's end: the server shows itself after a minute.
     */
    private static final Duration SEEN = Duration.ofSeconds(75);
    /**
     * A claim waits for a batch, half a second, and for more when Agones refuses it falsely; a slot is free again half
     * a second or a second after its session has ended.
     */
    private static final Patience PATIENCE =
            new Patience(Duration.ofSeconds(90), SEEN, Duration.ofSeconds(10), Duration.ofMinutes(10));

    /** From SIGTERM to the end, as the kubelet grants it. */
    private static final Duration GRACE = Duration.ofSeconds(30);
    /** They are idle by then, or Ctrl-C has been told to them, too. */
    private static final Duration END = Duration.ofSeconds(10);
    /** How long each try for it waits: an allocator that can't be reached is told of soon. */
    private static final Duration FIRST_TRY = Duration.ofSeconds(5);

    private record Pod(PodProcess process, PodAddress address) {}

    private final Agones agones;
    private final String plant;
    private final Journal journal;
    private final AgonesAllocator allocator;
    /** Those that are up, and not about to end. */
    private final Map<PodPlan, Pod> pods = new ConcurrentHashMap<>();
    /** All that there ever were. */
    private final Queue<PodProcess> processes = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread hook = new Thread(this::end, "arena-clean");

    private AgonesBackend(Agones agones, AgonesAllocator allocator, String plant, Journal journal) {
        this.agones = agones;
        this.allocator = allocator;
        this.plant = plant;
        this.journal = journal;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * A backend without pods.
     *
     * @param agones where it is; closed with this, or if this fails
     * @param plant the fault that is built into a pod; empty for none
     * @param journal where the pods' events go
     * @throws IOException if no allocator can be made
     */
    public static AgonesBackend open(Agones agones, String plant, Journal journal) throws IOException {
        try {
            return new AgonesBackend(agones, agones.connect(), plant, journal);
        } catch (IOException e) {
            agones.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return agones.name();
    }

    @Override
    public String pool() {
        return agones.fleet();
    }

    @Override
    public Lineup lineup() {
        return agones.lineup();
    }

    @Override
    public Patience patience() {
        return PATIENCE;
    }

    /** Labels that the process gives its GameServer by the sidecar, unless that has it from its Fleet. */
    @Override
    public String selector(String label) {
        return label.equals(PodPlan.REGION) && agones.hasRegions() ? label : AgonesNames.SDK_PREFIX + label;
    }

    @Override
    public Allocator allocator() {
        return allocator;
    }

    @Override
    public void start(PodPlan plan) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>();
        environment.put("AGONES_SDK_HTTP_PORT", Integer.toString(agones.sidecar(plan)));
        environment.put("ORCHESTRATION_TERMINATION_GRACE_SECONDS", Long.toString(GRACE.toSeconds()));
        environment.put(AgonesPodMain.LIST, agones.list());
        environment.put(PodHost.REGION, plan.region());
        environment.put(PodHost.PLANT, lineup().planted().contains(plan) ? plant : "");
        PodProcess process = PodProcess.start(plan.name(), AgonesPodMain.class, environment, journal::add);
        processes.add(process);
        Pod pod = new Pod(process, PodAddress.parse(process.awaitUp()));
        awaitSession(plan);
        pods.put(plan, pod);
    }

    /** Claims a session there, and gives it back: Agones may know of a server a while later than the server itself. */
    private void awaitSession(PodPlan plan) throws IOException, InterruptedException {
        AllocateReq request = AllocateReq.builder(pool())
                .selectors(Map.of(selector(PodPlan.NAME), plan.name()))
                .maxWait(FIRST_TRY)
                .build();
        long end = System.nanoTime() + SEEN.toNanos();
        try {
            while (true) {
                try {
                    allocator.release(allocator.allocate(request));
                    return;
                } catch (NoCapacityException e) {
                    if (System.nanoTime() - end > 0) {
                        throw e;
                    }
                }
            }
        } catch (AllocationException e) {
            String options = agones.options();
            throw new IOException(
                    "%s is up, and Agones gives no session there: %s%s"
                            .formatted(
                                    plan.name(),
                                    e.getMessage(),
                                    options.isEmpty() ? "" : "; the options that may be wrong are " + options),
                    e);
        }
    }

    @Override
    public void retire(PodPlan plan) throws InterruptedException {
        Pod pod = Objects.requireNonNull(pods.remove(plan), () -> plan + " is not there");
        agones.leaving(plan);
        pod.process().terminate(GRACE);
        agones.left(plan);
    }

    @Override
    public List<PodAddress> addresses() {
        return pods.values().stream().map(Pod::address).toList();
    }

    @Override
    public void disturb() {
        agones.disturb();
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends: it has begun to run the hook.
        }
    }

    private void end() {
        if (closed.getAndSet(true)) {
            return;
        }
        try (agones;
                allocator) {
            // Told to all before any is waited for.
            processes.forEach(PodProcess::tellToEnd);
            long deadline = System.nanoTime() + END.toNanos();
            for (PodProcess process : processes) {
                process.terminate(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
