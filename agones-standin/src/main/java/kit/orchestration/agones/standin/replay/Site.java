package kit.orchestration.agones.standin.replay;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.ledger.AgonesNames;

/**
 * An allocator and the sidecars of two GameServers or more, which nobody else uses meanwhile: the stand-in's or real
 * ones. Each server gets a label, so that a call can name the one that it is about.
 */
final class Site implements AutoCloseable {

    /** The label, as a pod sets it. */
    private static final String LABEL = "replay";

    /** What all values begin with, by which those of an earlier replay are known. */
    private static final String VALUE_PREFIX = "replay-";

    private static final int DEADLINE_SECONDS = 10;
    private static final int LEAST_CAPACITY = 4;
    /** A server may be hidden by a batch, or lost to the allocator until its next write. */
    private static final int TRIES = 8;

    private final ManagedChannel channel;
    private final String namespace;
    private final String fleet;
    private final String list;
    private final List<Pod> pods;
    private final String run = Long.toHexString(System.nanoTime());
    private int counter;

    /** Nothing is asked before {@link #prepare}. */
    Site(ManagedChannel channel, List<Integer> sidecars, String namespace, String fleet, String list) {
        this.channel = channel;
        this.namespace = namespace;
        this.fleet = fleet;
        this.list = list;
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(DEADLINE_SECONDS))
                .build();
        this.pods = sidecars.stream().map(port -> new Pod(http, port, list)).toList();
    }

    /**
     * Makes each server Ready, gives it its label, and allocates it. Blocks until the sidecars know.
     *
     * @throws IllegalStateException if the servers are none that a replay may use, or the allocator does not find them
     */
    void prepare() throws IOException, InterruptedException {
        for (int i = 0; i < pods.size(); i++) {
            check(pod(i).values());
            pod(i).post("/ready", "{}");
            pod(i).put("/metadata/label", Map.of("key", LABEL, "value", name(i)));
        }
        for (int i = 0; i < pods.size(); i++) {
            String name = name(i);
            pod(i).await(
                            "Ready and its label",
                            server -> server.state().equals("Ready")
                                    && name.equals(server.labels().get(AgonesNames.SDK_PREFIX + LABEL)));
            try {
                fresh(i, List.of());
            } catch (StatusRuntimeException e) {
                throw new IllegalStateException(
                        ("the allocator at %s must find the servers of these sidecars, in Fleet %s of namespace %s;"
                                        + " was %s")
                                .formatted(channel.authority(), fleet, namespace, e.getMessage()),
                        e);
            }
        }
    }

    private void check(Pod.Values values) {
        if (values.capacity() < LEAST_CAPACITY) {
            throw new IllegalStateException("the list %s of each server must hold %s values or more, was %s"
                    .formatted(list, LEAST_CAPACITY, values.capacity()));
        }
        if (!values.values().stream().allMatch(value -> value.startsWith(VALUE_PREFIX))) {
            throw new IllegalStateException("the list %s must be empty, had %s values: name servers that nobody uses"
                    .formatted(list, values.values().size()));
        }
    }

    /** Leaves the servers Ready and their lists empty. Their labels stay: a sidecar can't remove one. */
    void leave() throws IOException, InterruptedException {
        for (int i = 0; i < pods.size(); i++) {
            fresh(i, List.of()).post("/ready", "{}");
        }
    }

    Pod pod(int server) {
        return pods.get(server);
    }

    /** The name of its list. */
    String list() {
        return list;
    }

    /** Which of the servers an answer is about. */
    int serverOf(AllocationResponse answer) {
        String label = answer.getMetadata().getLabelsMap().get(AgonesNames.SDK_PREFIX + LABEL);
        for (int i = 0; i < pods.size(); i++) {
            if (name(i).equals(label)) {
                return i;
            }
        }
        throw new IllegalStateException("the answer must be about a server of the replay, was " + answer);
    }

    /** So many values that were never used. */
    List<String> newValues(int count) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(VALUE_PREFIX + run + "-" + counter++);
        }
        return values;
    }

    /** Selects any server of the Fleet that is allocated. */
    GameServerSelector.Builder ofFleet() {
        return GameServerSelector.newBuilder()
                .putMatchLabels(AgonesNames.FLEET_LABEL, fleet)
                .setGameServerState(GameServerState.ALLOCATED);
    }

    /** Selects one that is allocated, as {@link #fresh} leaves it. */
    GameServerSelector.Builder at(int server) {
        return ofFleet().putMatchLabels(AgonesNames.SDK_PREFIX + LABEL, name(server));
    }

    AllocationRequest.Builder request(GameServerSelector.Builder... selectors) {
        // By no order of nodes: where the servers run is not what is compared.
        AllocationRequest.Builder request =
                AllocationRequest.newBuilder().setNamespace(namespace).setScheduling(SchedulingStrategy.Distributed);
        for (GameServerSelector.Builder selector : selectors) {
            request.addGameServerSelectors(selector);
        }
        return request;
    }

    AllocationRequest.Builder adding(int server, List<String> values) {
        return request(at(server))
                .putLists(list, ListAction.newBuilder().addAllAddValues(values).build());
    }

    AllocationResponse allocate(AllocationRequest.Builder request) {
        return AllocationServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .allocate(request.build());
    }

    /** OK, or the code of the refusal, and whether it says that the request is invalid. */
    String outcome(AllocationRequest.Builder request) {
        try {
            allocate(request);
            return "OK";
        } catch (StatusRuntimeException e) {
            String detail = String.valueOf(e.getStatus().getDescription());
            return e.getStatus().getCode() + (detail.contains("is invalid") ? ", is invalid" : "");
        }
    }

    /** A server that is allocated, has these values alone, and whose sidecar knows it so. */
    Pod fresh(int server, List<String> values) throws IOException, InterruptedException {
        Pod pod = pod(server);
        List<String> old = pod.gameServer().values().values();
        do {
            // The sidecar may be late; the allocator's answer is not.
            old = surely(server, ListAction.newBuilder().addAllDeleteValues(old));
        } while (!old.isEmpty());
        if (!values.isEmpty()) {
            surely(server, ListAction.newBuilder().addAllAddValues(values));
        }
        pod.await(
                "what was allocated",
                now -> now.state().equals("Allocated") && now.values().values().equals(values));
        return pod;
    }

    /** A fresh server with room for so many values. */
    Pod withRoom(int server, int room) throws IOException, InterruptedException {
        return fresh(server, newValues(pod(server).values().capacity() - room));
    }

    /** The values after it. */
    private List<String> surely(int server, ListAction.Builder action) throws IOException, InterruptedException {
        AllocationRequest.Builder request = request(at(server), at(server).setGameServerState(GameServerState.READY))
                .putLists(list, action.build());
        for (int tries = 1; ; tries++) {
            try {
                return allocate(request).getListsOrThrow(list).getValuesList();
            } catch (StatusRuntimeException e) {
                if (tries == TRIES || Status.fromThrowable(e).getCode() == Code.UNAVAILABLE) {
                    throw e;
                }
            }
            // Any write brings a lost server back.
            String turn = newValues(1).get(0);
            pod(server).put("/metadata/annotation", Map.of("key", LABEL, "value", turn));
            pod(server)
                    .await("an annotation", now -> turn.equals(now.annotations().get(AgonesNames.SDK_PREFIX + LABEL)));
        }
    }

    private String name(int server) {
        return run + "-" + server;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
