package kit.orchestration.agones.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.agones.wire.Priority;

/** A stand-in, and somebody who calls its allocator and its sidecars over the wire. */
final class Rig implements AutoCloseable {

    static final Set<Vice> NONE = EnumSet.noneOf(Vice.class);

    final AgonesStandin agones;
    private final ManagedChannel channel;
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final HttpClient http = HttpClient.newHttpClient();

    /** With writes that cost nothing: it is not their time that these tests are about. */
    Rig(AgonesStandinBuilder builder) throws IOException {
        agones = builder.writeCost(Duration.ZERO, Duration.ZERO).start();
        channel = OkHttpChannelBuilder.forAddress("127.0.0.1", agones.allocatorPort())
                .usePlaintext()
                .build();
    }

    static Set<Vice> only(Vice vice) {
        return EnumSet.of(vice);
    }

    /** A server that is ready, and that the allocator and the sidecar know of. */
    void ready(StandinGameServer spec) throws IOException {
        agones.addGameServer(spec);
        agones.setState(spec.name(), "Ready");
        await().until(() -> agones.isKnown(spec.name()));
    }

    AllocationRequest request(String fleet, GameServerState state, ListSelector list) {
        return AllocationRequest.newBuilder()
                .setNamespace("default")
                .addGameServerSelectors(GameServerSelector.newBuilder()
                        .putMatchLabels("agones.dev/fleet", fleet)
                        .setGameServerState(state)
                        .putLists("sessions", list))
                .build();
    }

    /** Adds values to a server of the Fleet duel that has room, a ready one first. */
    AllocationRequest adding(String... values) {
        ListSelector room = ListSelector.newBuilder().setMinAvailable(1).build();
        return request("duel", GameServerState.READY, room).toBuilder()
                .addAllGameServerSelectors(
                        request("duel", GameServerState.ALLOCATED, room).getGameServerSelectorsList())
                .putLists(
                        "sessions",
                        ListAction.newBuilder().addAllAddValues(List.of(values)).build())
                .build();
    }

    /** Adds a value to the first in this order of room. */
    AllocationRequest preferring(Priority.Order order, String value) {
        return adding(value).toBuilder()
                .setScheduling(SchedulingStrategy.Distributed)
                .addPriorities(Priority.newBuilder()
                        .setType(Priority.Type.List)
                        .setKey("sessions")
                        .setOrder(order))
                .build();
    }

    AllocationResponse allocate(AllocationRequest request) {
        return AllocationServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .allocate(request);
    }

    /** Calls from a thread of its own. */
    CompletableFuture<AllocationResponse> start(AllocationRequest request) {
        return CompletableFuture.supplyAsync(() -> allocate(request), callers);
    }

    Code refusal(AllocationRequest request) {
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, () -> allocate(request));
        assertThat(error).as("the refusal of %s", request).isNotNull();
        return Status.fromThrowable(error).getCode();
    }

    HttpResponse<String> get(String server, String path) throws IOException, InterruptedException {
        return http.send(request(server, path).GET().build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String server, String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(server, path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> put(String server, String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(server, path).PUT(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    InputStream watch(String server) throws IOException, InterruptedException {
        return http.send(request(server, "/watch/gameserver").GET().build(), BodyHandlers.ofInputStream())
                .body();
    }

    private HttpRequest.Builder request(String server, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agones.sidecarPort(server) + path));
    }

    @Override
    public void close() {
        callers.shutdownNow();
        channel.shutdownNow();
        agones.close();
    }
}
