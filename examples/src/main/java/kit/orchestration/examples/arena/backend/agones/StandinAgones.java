package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.agones.standin.Vice;
import kit.orchestration.controlplane.Ports;
import kit.orchestration.examples.arena.backend.Lineup;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.ledger.AgonesNames;

/**
 * A stand-in for this run alone, with all its vices. The arena plays the Fleet: it deletes a GameServer, and makes
 * another.
 */
public final class StandinAgones implements Agones {

    private static final String FLEET = "arena";
    /** Agones' own default. */
    private static final Duration BATCH_WAIT = Duration.ofMillis(500);

    private final AgonesStandin agones;
    private final long seed;
    private final Ports ports = new Ports(new SecureRandom());
    /** The GameServers that are there, in the order in which they came; guarded by itself. */
    private final List<String> servers = new ArrayList<>();

    private int disturbances;

    private StandinAgones(AgonesStandin agones, long seed) {
        this.agones = agones;
        this.seed = seed;
    }

    /**
     * Starts it.
     *
     * @param seed of the vices that strike by chance
     */
    public static StandinAgones start(long seed) throws IOException {
        return new StandinAgones(
                AgonesStandin.builder()
                        .batchWait(BATCH_WAIT)
                        .vices(EnumSet.allOf(Vice.class))
                        .seed(seed)
                        .start(),
                seed);
    }

    /** What it does, for people. */
    public String describe() {
        return ("Agones' allocator at 127.0.0.1:%s and its sidecars are agones-standin's: batches of %s ms, seed %s,"
                        + " with %s")
                .formatted(
                        agones.allocatorPort(),
                        BATCH_WAIT.toMillis(),
                        seed,
                        EnumSet.allOf(Vice.class).stream()
                                .map(vice ->
                                        vice.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                                .collect(Collectors.joining(", ")));
    }

    @Override
    public String name() {
        return "Agones' stand-in";
    }

    @Override
    public String fleet() {
        return FLEET;
    }

    @Override
    public String list() {
        return AgonesNames.LIST;
    }

    @Override
    public Lineup lineup() {
        return Lineup.USUAL;
    }

    @Override
    public boolean hasRegions() {
        return true;
    }

    @Override
    public AgonesAllocator connect() {
        return AgonesAllocator.builder()
                .endpoints("127.0.0.1:" + agones.allocatorPort())
                .plaintext()
                .batchWait(BATCH_WAIT)
                .pools(FLEET)
                .build();
    }

    @Override
    public String options() {
        return "";
    }

    @Override
    public int sidecar(PodPlan pod) throws IOException {
        String name = agones.addGameServer(StandinGameServer.of(server(pod), FLEET)
                .capacity(pod.slots())
                .label(PodPlan.REGION, pod.region())
                .port(ports.free()));
        synchronized (servers) {
            servers.add(name);
        }
        return agones.sidecarPort(name);
    }

    @Override
    public void leaving(PodPlan pod) {
        synchronized (servers) {
            servers.remove(server(pod));
        }
        agones.deleteGameServer(server(pod));
    }

    @Override
    public void left(PodPlan pod) {
        agones.stopSidecar(server(pod));
    }

    /** Cuts a sidecar's watches: those of one server after the other. */
    @Override
    public boolean disturb() {
        synchronized (servers) {
            agones.cutWatches(servers.get(disturbances++ % servers.size()));
        }
        return true;
    }

    @Override
    public void close() {
        agones.close();
        ports.close();
    }

    private static String server(PodPlan pod) {
        return FLEET + "-" + pod.name();
    }
}
