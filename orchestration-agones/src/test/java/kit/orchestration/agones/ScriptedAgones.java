package kit.orchestration.agones;

import com.google.protobuf.Int64Value;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationResponse.GameServerMetadata;
import kit.orchestration.agones.wire.AllocationServiceGrpc.AllocationServiceImplBase;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.ledger.AgonesNames;
import org.jspecify.annotations.Nullable;

/**
 * An allocator on the wire that does what a test says: it keeps a small fleet, cuts what does not fit without a word,
 * as Agones does, and fails a call where the test has put a status. It has no batches: refusals come at once.
 */
final class ScriptedAgones implements AutoCloseable {

    static final String LIST = AgonesNames.LIST;

    private final Server server;
    private final List<AllocationRequest> requests = new ArrayList<>();
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private final Queue<Status> failures = new ArrayDeque<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;
    private @Nullable Status failure;

    private static final class Pod {
        final Map<String, String> labels = new HashMap<>();
        final Map<String, String> annotations = new HashMap<>();
        final Set<String> values = new LinkedHashSet<>();
        int capacity;
        boolean withPort = true;
    }

    ScriptedAgones() {
        this(InsecureServerCredentials.create());
    }

    ScriptedAgones(ServerCredentials credentials) {
        try {
            server = OkHttpServerBuilder.forPort(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), credentials)
                    .addService(new Service())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "localhost:" + server.getPort();
    }

    /** A game server of a Fleet, that takes sessions. */
    synchronized ScriptedAgones pod(String fleet, String name, int capacity) {
        Pod pod = new Pod();
        pod.capacity = capacity;
        pod.labels.put(AgonesNames.FLEET_LABEL, fleet);
        pod.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.BOOT, "boot-" + name);
        pod.labels.put(AgonesNames.SDK_PREFIX + AgonesNames.OPEN, AgonesNames.OPEN_TRUE);
        pods.put(name, pod);
        return this;
    }

    synchronized void label(String name, String label, String value) {
        pod(name).labels.put(label, value);
    }

    synchronized void unlabel(String name, String label) {
        pod(name).labels.remove(label);
    }

    synchronized void withoutPort(String name) {
        pod(name).withPort = false;
    }

    synchronized void remove(String name) {
        pods.remove(name);
    }

    synchronized List<String> values(String name) {
        return List.copyOf(pod(name).values);
    }

    /** The keys of claims that a game server was told are released. */
    synchronized List<String> released(String name) {
        return pod(name).annotations.entrySet().stream()
                .filter(each -> AgonesNames.isReleasedAnnotation(each.getKey()))
                .flatMap(each -> Arrays.stream(each.getValue().split(" ", -1)))
                .distinct()
                .toList();
    }

    synchronized void free(String name, String value) {
        pod(name).values.remove(value);
    }

    /** The next calls fail so, one each, before anything is written. */
    synchronized void failNext(Status... statuses) {
        failures.addAll(List.of(statuses));
    }

    /** All calls fail so, until null is given. */
    synchronized void failAll(@Nullable Status status) {
        failure = status;
    }

    /** Whether answers are kept back: what they tell is written all the same. */
    void hold(boolean hold) {
        List<Runnable> due;
        synchronized (this) {
            holds = hold;
            due = hold ? List.of() : List.copyOf(held);
            held.removeAll(due);
        }
        due.forEach(Runnable::run);
    }

    synchronized List<AllocationRequest> requests() {
        return List.copyOf(requests);
    }

    /** Those that add to a list. */
    List<AllocationRequest> claims() {
        return requests().stream()
                .filter(request -> request.getListsCount() > 0)
                .toList();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private Pod pod(String name) {
        Pod pod = pods.get(name);
        if (pod == null) {
            throw new IllegalArgumentException("no game server " + name);
        }
        return pod;
    }

    private synchronized AllocationResponse allocate(AllocationRequest request) {
        requests.add(request);
        Status status = failures.isEmpty() ? failure : failures.remove();
        if (status != null && status.isOk()) { // as Agones is told to say that there is no server
            return AllocationResponse.getDefaultInstance();
        }
        if (status != null) {
            throw status.asRuntimeException();
        }
        for (GameServerSelector selector : request.getGameServerSelectorsList()) {
            for (Map.Entry<String, Pod> each : pods.entrySet()) {
                if (matches(selector, each.getValue())) {
                    return take(each.getKey(), each.getValue(), request);
                }
            }
        }
        throw Status.RESOURCE_EXHAUSTED
                .withDescription("there is no available GameServer to allocate")
                .asRuntimeException();
    }

    private static boolean matches(GameServerSelector selector, Pod pod) {
        if (!pod.labels.entrySet().containsAll(selector.getMatchLabelsMap().entrySet())) {
            return false;
        }
        ListSelector list = selector.getListsMap().get(LIST);
        return list == null
                || (pod.capacity - pod.values.size() >= list.getMinAvailable()
                        && (list.getContainsValue().isEmpty() || pod.values.contains(list.getContainsValue())));
    }

    private static AllocationResponse take(String name, Pod pod, AllocationRequest request) {
        pod.annotations.putAll(request.getMetadata().getAnnotationsMap());
        if (request.containsLists(LIST)) {
            for (String value : request.getListsOrThrow(LIST).getAddValuesList()) {
                if (pod.values.size() < pod.capacity) {
                    pod.values.add(value);
                }
            }
        }
        AllocationResponse.Builder response = AllocationResponse.newBuilder()
                .setGameServerName(name)
                .setAddress("10.0.0.1")
                .setMetadata(
                        GameServerMetadata.newBuilder().putAllLabels(pod.labels).putAllAnnotations(pod.annotations));
        if (pod.withPort) {
            response.addPorts(AllocationResponse.GameServerStatusPort.newBuilder()
                    .setName("game")
                    .setPort(7001));
        }
        if (pod.capacity >= 0) {
            response.putLists(
                    LIST,
                    AllocationResponse.ListStatus.newBuilder()
                            .addAllValues(pod.values)
                            .setCapacity(Int64Value.of(pod.capacity))
                            .build());
        }
        return response.build();
    }

    private final class Service extends AllocationServiceImplBase {
        @Override
        public void allocate(AllocationRequest request, StreamObserver<AllocationResponse> answer) {
            Runnable say;
            try {
                AllocationResponse response = ScriptedAgones.this.allocate(request);
                say = () -> {
                    answer.onNext(response);
                    answer.onCompleted();
                };
            } catch (io.grpc.StatusRuntimeException e) {
                say = () -> answer.onError(e);
            }
            synchronized (ScriptedAgones.this) {
                if (holds) {
                    held.add(say);
                    return;
                }
            }
            say.run();
        }
    }
}
