package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody has to mend: the error says what. */
class MisconfiguredTest {

    private final ScriptedAgones agones = new ScriptedAgones();

    @AfterEach
    void close() {
        agones.close();
    }

    @Test
    void a_list_that_no_server_has() {
        agones.pod("duel", "one", 8);

        told(Builders.quick(agones).listKey("rooms"), "has no list \"rooms\"", "spec.lists.rooms", "listKey(...)");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 10})
    void a_list_of_notes_that_is_not_there_or_small(int capacity) {
        agones.pod("duel", "one", 8);
        agones.noteCapacity("one", capacity);
        if (capacity > 0) {
            agones.fillNotes("one");
        }

        told(
                Builders.quick(agones),
                (capacity < 0 ? "no" : "no large") + " list \"orchestration\" with a capacity of 1000",
                "spec.lists.orchestration with capacity 1000");
    }

    @Test
    void a_capacity_of_zero() {
        agones.pod("duel", "one", 0);

        told(Builders.quick(agones), "GameServer one must have a capacity of 1 to 1000, has 0", "Fleet's template");
    }

    @Test
    void more_slots_than_agones_keeps() {
        agones.pod("duel", "one", 1_001);

        told(Builders.quick(agones), "must have a capacity of 1 to 1000, has 1001");
    }

    @Test
    void a_request_that_agones_rejects() {
        // A number that gRPC has no name for, 422, arrives as UNKNOWN.
        agones.failAll(Status.UNKNOWN.withDescription("GameServerAllocation is invalid: selectors: bad label"));

        told(Builders.quick(agones), "Agones rejected the request", "selectors");
    }

    /** In the words of Agones' {@code allocator.go}; gRPC makes UNKNOWN of an error without a code. */
    @Test
    void a_policy_of_several_clusters_that_is_not_there() {
        agones.failAll(Status.UNKNOWN.withDescription("no multi-cluster allocation policy is specified"));

        told(
                Builders.quick(agones).multiCluster(Map.of("tier", "gold")),
                "policy labels",
                "no multi-cluster allocation");
    }

    @Test
    void a_client_that_may_not_call() {
        agones.failAll(Status.PERMISSION_DENIED);

        told(Builders.quick(agones), "does not let this client in");
    }

    @Test
    void a_grpc_server_of_something_else() throws IOException {
        Server another = OkHttpServerBuilder.forPort(loopback(), InsecureServerCredentials.create())
                .build()
                .start();
        try {
            told(plaintext(another.getPort()), "no Agones allocator", "Service agones-allocator");
        } finally {
            another.shutdownNow();
        }
    }

    @Test
    void a_web_server() throws IOException {
        HttpServer web = HttpServer.create(loopback(), 0);
        web.start();
        try {
            told(plaintext(web.getAddress().getPort()), "no Agones allocator");
        } finally {
            web.stop(0);
        }
    }

    @Test
    void nobody_listens() throws IOException {
        try (Socket nobody = nobody()) {
            ManualClock clock = new ManualClock();
            AtomicInteger failures = new AtomicInteger();
            AgonesAllocator allocator = Builders.standing(plaintext(nobody.getLocalPort()), clock)
                    .listener(new AllocatorListener() {
                        @Override
                        public void backendCall(
                                String pool, String operation, int sessions, Duration took, Throwable error) {
                            failures.incrementAndGet();
                        }
                    })
                    .build();
            CompletableFuture<Allocation> call = allocator.allocateAsync(AllocateReq.of("duel"));
            Builders.pass(clock, () -> failures.get() >= 2); // so the first one is known
            clock.advance(Builders.CALL_TIMEOUT);

            assertThatThrownBy(call::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            BackendException.class,
                            error -> assertThat(error.retryable()).isTrue())
                    .hasMessageContainingAll("can't be reached", "localhost:" + nobody.getLocalPort());
            allocator.close();
        }
    }

    @Test
    void the_next_endpoint_is_used_when_one_is_down() throws Exception {
        agones.pod("duel", "one", 8);
        try (Socket nobody = nobody();
                AgonesAllocator allocator = AgonesAllocator.builder()
                        .endpoints("localhost:" + nobody.getLocalPort(), agones.endpoint())
                        .plaintext()
                        .batchWait(Builders.BATCH_WAIT)
                        .build()) {
            Allocation allocation = allocator.allocate(AllocateReq.of("duel"));

            assertThat(allocation.sessionId()).startsWith("boot-one.");
        }
    }

    @Test
    void settings_out_of_range_name_their_field() {
        AgonesAllocatorBuilder builder = AgonesAllocator.builder();

        assertThatThrownBy(() -> builder.batchWait(Duration.ofSeconds(11))).hasMessageContaining("batchWait");
        assertThatThrownBy(() -> builder.batchWait(Duration.ofMillis(-1))).hasMessageContaining("batchWait");
        assertThatThrownBy(() -> builder.callTimeout(Duration.ZERO)).hasMessageContaining("callTimeout");
        assertThatThrownBy(() -> builder.waitingLimit(0)).hasMessageContaining("waitingLimit");
        assertThatThrownBy(() -> builder.namespace("Games!")).hasMessageContaining("namespace");
        assertThatThrownBy(() -> builder.endpoints("nowhere")).hasMessageContaining("nowhere");
        assertThatThrownBy(() -> builder.pools("")).hasMessageContaining("pool");
    }

    /** Has a port of loopback, so that nobody else gets it, and does not listen there. */
    private static Socket nobody() throws IOException {
        Socket socket = new Socket();
        socket.bind(loopback());
        return socket;
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static AgonesAllocatorBuilder plaintext(int port) {
        return AgonesAllocator.builder()
                .endpoints("localhost:" + port)
                .plaintext()
                .batchWait(Builders.BATCH_WAIT);
    }

    private static void allocate(AgonesAllocatorBuilder builder) throws InterruptedException {
        try (AgonesAllocator allocator = builder.build()) {
            allocator.allocate(AllocateReq.of("duel"));
        }
    }

    private static void told(AgonesAllocatorBuilder builder, String... told) {
        assertThatThrownBy(() -> allocate(builder))
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.retryable()).isFalse())
                .hasMessageContainingAll(told);
    }
}
