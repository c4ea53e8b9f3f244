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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationResponse.GameServerMetadata;
import kit.orchestration.agones.wire.AllocationServiceGrpc.AllocationServiceImplBase;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
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
    /** Those that were given to some call, which makes them Allocated. */
    private final Set<String> taken = new HashSet<>();

    private final AtomicInteger underWay = new AtomicInteger();
    private boolean holds;
    private @Nullable Status failure;

    private static final class Pod {
        final Map<String, String> labels = new HashMap<>();
        final Set<String> values = new LinkedHashSet<>();
        final Set<String> notes = new LinkedHashSet<>();
        int capacity;
        /** Negative if it has no such list. */
        int noteCapacity = AgonesNames.MAX_CAPACITY;

        boolean withPort = true;
        boolean hidesFromFinds;
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

    /** As another allocator does. */
    synchronized void add(String name, String value) {
        pod(name).values.add(value);
    }

    /** The keys of claims that a game server was told are released. */
    synchronized List<String> released(String name) {
        return pod(name).notes.stream()
                .map(value -> AgonesNote.parse(value).orElseThrow())
                .filter(note -> note.kind() == AgonesNote.Kind.RELEASED)
                .map(AgonesNote::text)
                .toList();
    }

    /** Its list of notes has that capacity; negative for none. */
    synchronized void noteCapacity(String name, int capacity) {
        pod(name).noteCapacity = capacity;
    }

    /** Whether all calls are answered; not to be asked where answers are held. */
    boolean isIdle() {
        return underWay.get() == 0;
    }

    /** Whether it was given to some call. */
    synchronized boolean isTaken(String name) {
        return taken.contains(name);
    }

    /** It is not seen by calls that look for a value. */
    synchronized void hideFinds(String name) {
        pod(name).hidesFromFinds = true;
    }

    /** Its list of notes has no room any more. */
    synchronized void fillNotes(String name) {
        Pod pod = pod(name);
        for (int i = 0; pod.notes.size() < pod.noteCapacity; i++) {
            pod.notes.add("released other-" + i);
        }
    }

    /** Its SDK has taken those notes out again. */
    synchronized void clearNotes(String name) {
        pod(name).notes.removeIf(note -> note.startsWith("released other-"));
    }

    /** Its SDK has taken the notes of requests out, and not yet their values. */
    synchronized void clearRequests(String name) {
        pod(name).notes.removeIf(note -> note.startsWith("request "));
    }

    synchronized void note(String name, AgonesNote note) {
        pod(name).notes.add(note.format());
    }

    synchronized List<String> notes(String name) {
        return List.copyOf(pod(name).notes);
    }

    /** A session has ended, and the SDK has taken it out with its note. */
    synchronized void free(String name, String value) {
        Pod pod = pod(name);
        pod.values.remove(value);
        pod.notes.removeIf(note -> note.startsWith("request ") && value.contains(note.substring("request ".length())));
    }

    /** The next calls fail so, one each, before anything is written. */
    synchronized void failNext(Status... statuses) {
        failures.addAll(List.of(statuses));
    }

    /** All calls fail so, until null is given. */
    synchronized void failAll(@Nullable Status status) {
        failure = status;
    }

    /** Gives the answers that were kept back until now; those that follow are, too. */
    void answerHeld() {
        List<Runnable> due;
        synchronized (this) {
            due = List.copyOf(held);
            held.clear();
        }
        due.forEach(Runnable::run);
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

    /** Those that add to the list of sessions. */
    List<AllocationRequest> claims() {
        return requests().stream()
                .filter(request -> request.containsLists(LIST))
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
                    taken.add(each.getKey());
                    return take(each.getKey(), each.getValue(), request);
                }
            }
        }
        throw Status.RESOURCE_EXHAUSTED
                .withDescription("there is no available GameServer to allocate")
                .asRuntimeException();
    }

    private static boolean matches(GameServerSelector selector, Pod pod) {
        boolean finds = selector.getListsMap().values().stream()
                .anyMatch(list -> !list.getContainsValue().isEmpty());
        return !(finds && pod.hidesFromFinds)
                && pod.labels
                        .entrySet()
                        .containsAll(selector.getMatchLabelsMap().entrySet())
                && matches(selector.getListsMap().get(LIST), pod.values, pod.capacity)
                && matches(selector.getListsMap().get(AgonesNames.NOTES), pod.notes, pod.noteCapacity);
    }

    private static boolean matches(@Nullable ListSelector list, Set<String> values, int capacity) {
        return list == null
                || (capacity - values.size() >= list.getMinAvailable()
                        && (list.getContainsValue().isEmpty() || values.contains(list.getContainsValue())));
    }

    /** What does not fit is cut, and a list that is not there is passed over. */
    private static void add(AllocationRequest request, String list, Set<String> values, int capacity) {
        if (request.containsLists(list)) {
            for (String value : request.getListsOrThrow(list).getAddValuesList()) {
                if (values.size() < capacity) {
                    values.add(value);
                }
            }
            request.getListsOrThrow(list).getDeleteValuesList().forEach(values::remove);
        }
    }

    private static void show(AllocationResponse.Builder response, String list, Set<String> values, int capacity) {
        if (capacity >= 0) {
            response.putLists(
                    list,
                    AllocationResponse.ListStatus.newBuilder()
                            .addAllValues(values)
                            .setCapacity(Int64Value.of(capacity))
                            .build());
        }
    }

    private static AllocationResponse take(String name, Pod pod, AllocationRequest request) {
        add(request, LIST, pod.values, pod.capacity);
        add(request, AgonesNames.NOTES, pod.notes, pod.noteCapacity);
        AllocationResponse.Builder response = AllocationResponse.newBuilder()
                .setGameServerName(name)
                .setAddress("10.0.0.1")
                .setMetadata(GameServerMetadata.newBuilder().putAllLabels(pod.labels));
        if (pod.withPort) {
            response.addPorts(AllocationResponse.GameServerStatusPort.newBuilder()
                    .setName("game")
                    .setPort(7001));
        }
        show(response, LIST, pod.values, pod.capacity);
        show(response, AgonesNames.NOTES, pod.notes, pod.noteCapacity);
        return response.build();
    }

    private final class Service extends AllocationServiceImplBase {
        @Override
        public void allocate(AllocationRequest request, StreamObserver<AllocationResponse> answer) {
            underWay.incrementAndGet();
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
            underWay.decrementAndGet();
        }
    }
}
