package kit.orchestration.examples.arena.backend.agones;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.agones.AgonesAllocatorBuilder;
import kit.orchestration.examples.arena.backend.Lineup;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.ledger.AgonesNames;
import org.jspecify.annotations.Nullable;

/**
 * An Agones that is there already, and of which nothing is changed: a process for each of its sidecars. In the middle
 * one is drained and ends, and the next one takes the same GameServer over.
 */
public final class GivenAgones implements Agones {

    private final AgonesTarget target;
    private final String fleet;
    private final String namespace;
    private final List<GivenServer> servers;
    private final Lineup lineup;
    private final Map<PodPlan, Integer> sidecars = new HashMap<>();

    private GivenAgones(AgonesTarget target, List<GivenServer> servers) throws IOException {
        this.target = target;
        this.servers = List.copyOf(servers);
        fleet = same(
                "--fleet",
                target.fleet(),
                servers.stream()
                        .map(each -> each.server().labels().getOrDefault(AgonesNames.FLEET_LABEL, ""))
                        .toList());
        namespace = same(
                "--namespace",
                target.namespace(),
                servers.stream().map(each -> each.server().namespace()).toList());
        List<PodPlan> pods = new ArrayList<>();
        for (GivenServer each : servers) {
            PodPlan pod = new PodPlan("gs-" + (pods.size() + 1), region(each, pods.size()), each.capacity());
            pods.add(pod);
            sidecars.put(pod, each.sidecar());
        }
        lineup = lineup(pods);
        sidecars.put(lineup.coming(), Objects.requireNonNull(sidecars.get(lineup.leaving())));
    }

    /**
     * Asks its sidecars what their GameServers are like.
     *
     * @throws IOException if they won't do; the message names the option
     */
    public static GivenAgones at(AgonesTarget target) throws IOException {
        List<GivenServer> servers = new ArrayList<>();
        for (int sidecar : target.sidecars()) {
            servers.add(GivenServer.ask(sidecar, target.list()));
        }
        return new GivenAgones(target, servers);
    }

    /** What was found, for people, a line for each GameServer. */
    public List<String> describe() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            GivenServer each = servers.get(i);
            PodPlan pod = lineup.pods().get(i);
            lines.add("%s is GameServer %s at %s, state %s, region %s, %s sessions, sidecar at %s"
                    .formatted(
                            pod.name(),
                            each.server().name(),
                            each.server().address(),
                            each.server().state(),
                            pod.region(),
                            pod.slots(),
                            each.sidecar()));
        }
        return lines;
    }

    @Override
    public String name() {
        return "Agones at %s, fleet %s".formatted(target.allocator(), fleet);
    }

    @Override
    public String fleet() {
        return fleet;
    }

    @Override
    public String list() {
        return target.list();
    }

    @Override
    public Lineup lineup() {
        return lineup;
    }

    @Override
    public boolean hasRegions() {
        return servers.stream().allMatch(each -> each.server().labels().containsKey(PodPlan.REGION));
    }

    @Override
    public AgonesAllocator connect() throws IOException {
        try {
            AgonesAllocatorBuilder builder = AgonesAllocator.builder()
                    .endpoints(target.allocator())
                    .namespace(namespace)
                    .listKey(target.list())
                    .pools(fleet);
            if (target.plaintext()) {
                builder.plaintext();
            }
            if (target.ca() != null) {
                builder.serverCa(target.ca());
            }
            if (target.certificate() != null && target.key() != null) {
                builder.clientCertificate(target.certificate(), target.key());
            }
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IOException("the allocator can't be called: " + e.getMessage(), e);
        }
    }

    @Override
    public String options() {
        return "--allocator, --ca, --cert, --key, --plaintext and --namespace";
    }

    @Override
    public int sidecar(PodPlan pod) {
        return Objects.requireNonNull(sidecars.get(pod), () -> pod + " has no sidecar");
    }

    @Override
    public void leaving(PodPlan pod) {
        // Its GameServer stays, for the pod that comes.
    }

    @Override
    public void left(PodPlan pod) {
        // The same.
    }

    @Override
    public boolean disturb() {
        return false;
    }

    @Override
    public void close() {
        // It goes on.
    }

    /** The one value that all GameServers have, and that the option names if it is set. */
    private static String same(String option, @Nullable String wanted, List<String> found) throws IOException {
        String value = wanted != null ? wanted : found.get(0);
        if (value.isEmpty() || !found.stream().allMatch(value::equals)) {
            throw new IOException("%s must be that of the sidecars' GameServers, one for all, %s; they have %s"
                    .formatted(option, wanted == null ? "and was not set" : "was " + wanted, found));
        }
        return value;
    }

    /** As its label says; if it has none, a third of the servers is in one region, and the rest in another. */
    private String region(GivenServer server, int index) {
        int others = servers.size() < 2 ? 0 : Math.max(1, servers.size() / 3);
        return server.server().labels().getOrDefault(PodPlan.REGION, index < servers.size() - others ? "eu" : "us");
    }

    /** The last pod of the largest region is drained, so that others of it are left if there are any. */
    private static Lineup lineup(List<PodPlan> pods) {
        Lineup all = new Lineup(pods, pods.get(0), pods.get(0), List.of());
        String largest = all.regions().get(0);
        PodPlan leaving = pods.stream()
                .filter(pod -> pod.region().equals(largest))
                .reduce((first, second) -> second)
                .orElseThrow();
        PodPlan coming = new PodPlan(leaving.name() + "b", leaving.region(), leaving.slots());
        List<PodPlan> staying =
                pods.stream().filter(pod -> !pod.equals(leaving)).toList();
        return new Lineup(pods, leaving, coming, staying.isEmpty() ? List.of(leaving) : staying);
    }
}
