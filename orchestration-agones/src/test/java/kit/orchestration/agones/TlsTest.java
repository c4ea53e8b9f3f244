package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.agones.TestCertificates.Pair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutual TLS, and what is said when it fails. */
class TlsTest {

    @TempDir
    static Path folder;

    private static TestCertificates ours;
    private static Pair server;
    private static Pair client;

    private ScriptedAgones agones;

    @BeforeAll
    static void make() throws Exception {
        ours = new TestCertificates(folder, "ours");
        server = ours.sign("server");
        client = ours.sign("client");
    }

    @BeforeEach
    void serve() throws Exception {
        agones = new ScriptedAgones(credentials(server)).pod("duel", "one", 8);
    }

    @AfterEach
    void close() {
        agones.close();
    }

    @Test
    void a_client_with_its_certificate_allocates() throws Exception {
        try (AgonesAllocator allocator = builder(client).build()) {
            assertThat(allocator.allocate(AllocateReq.of("duel")).sessionId()).startsWith("boot-one.");
        }
    }

    @Test
    void a_key_as_agones_chart_makes_it_is_read() throws Exception {
        try (AgonesAllocator allocator = builder(ours.pkcs1("of-the-chart")).build()) {
            assertThat(allocator.allocate(AllocateReq.of("duel")).sessionId()).startsWith("boot-one.");
        }
    }

    @Test
    void a_client_without_a_certificate_is_told_to_name_one() {
        refused(builder(null), "name one by clientCertificate(...)");
    }

    @Test
    void a_client_of_another_authority_is_told_where_its_own_belongs() throws Exception {
        Pair foreign = new TestCertificates(folder, "foreign").sign("stranger");

        refused(builder(foreign), "allocator-client-ca");
    }

    @Test
    void an_expired_client_certificate_is_named() throws Exception {
        Pair late = ours.expired("late-client");

        refused(builder(late), "this client's certificate " + late.certificate() + " expired at", "renew it");
    }

    @Test
    void an_expired_server_certificate_is_named() throws Exception {
        agones.close();
        agones = new ScriptedAgones(credentials(ours.expired("late-server")));

        refused(builder(client), "the server's certificate has expired", "allocator-tls");
    }

    @Test
    void a_server_of_another_authority_is_not_trusted() throws Exception {
        TestCertificates another = new TestCertificates(folder, "another");

        refused(builder(client).serverCa(another.ca()), "allocator-tls-ca");
    }

    @Test
    void a_server_that_goes_by_another_name_is_not_trusted() {
        refused(builder(client).serverName("agones.example"), "serverName(...)");
    }

    @Test
    void tls_towards_a_plaintext_server_is_told_apart() {
        agones.close();
        agones = new ScriptedAgones();

        refused(builder(client), "plaintext()");
    }

    @Test
    void plaintext_towards_a_tls_server_is_told_apart() {
        refused(Builders.quick(agones), "name the certificates");
    }

    @Test
    void files_that_were_renewed_are_read_for_the_next_connection() throws Exception {
        Pair expired = ours.expired("renewed");
        try (AgonesAllocator allocator = builder(expired).build()) {
            assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel"))).isInstanceOf(BackendException.class);

            Files.copy(client.key(), expired.key(), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(client.certificate(), expired.certificate(), StandardCopyOption.REPLACE_EXISTING);

            assertThat(allocator.allocate(AllocateReq.of("duel")).sessionId()).startsWith("boot-one.");
        }
    }

    @Test
    void files_that_are_no_certificates_are_told_at_the_start() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "no certificate");
        Path none = folder.resolve("none");
        Path old = Files.writeString(
                folder.resolve("old.key"), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");

        bad(builder(client).serverCa(text), text + " must hold a CERTIFICATE");
        bad(builder(client).serverCa(none), none + " can't be read");
        bad(builder(client).clientCertificate(client.certificate(), text), text + " must hold a PRIVATE KEY");
        bad(builder(client).clientCertificate(client.certificate(), old), "openssl pkcs8");
        bad(builder(client).clientCertificate(client.certificate(), server.key()), "must belong together");
        bad(builder(client).plaintext(), "exclude each other");
        bad(AgonesAllocator.builder().endpoints(agones.endpoint()), "clientCertificate(...) and serverCa(...)");
        bad(AgonesAllocator.builder().plaintext(), "endpoints must name");
    }

    private AgonesAllocatorBuilder builder(Pair client) {
        AgonesAllocatorBuilder builder = AgonesAllocator.builder()
                .endpoints(agones.endpoint())
                .serverCa(ours.ca())
                .batchWait(Builders.BATCH_WAIT);
        return client == null ? builder : builder.clientCertificate(client.certificate(), client.key());
    }

    private static ServerCredentials credentials(Pair of) throws IOException {
        return TlsServerCredentials.newBuilder()
                .keyManager(of.certificate().toFile(), of.key().toFile())
                .trustManager(ours.ca().toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build();
    }

    private static void refused(AgonesAllocatorBuilder builder, String... told) {
        try (AgonesAllocator allocator = builder.build()) {
            assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContainingAll(told);
        }
    }

    private static void bad(AgonesAllocatorBuilder builder, String told) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(told)
                .hasMessageNotContaining("BEGIN");
    }
}
