package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.sdk.LeaseOnServer;
import kit.orchestration.k8s.sdk.Told;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The SDK with no more than the manifests give it: the environment of their pods, and the account's rights under the
 * policy. Claims are written with the allocator's account.
 */
class PodWorksTest {

    private static Deployed deployed;

    private final Told told = new Told();
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();

    @TempDir
    private Path folder;

    @BeforeAll
    static void deploy() {
        deployed = Deployed.to(ControlPlane.shared());
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
    }

    /** As {@code GameServer.fromEnvironment()} makes it in the container, from the files that the kubelet mounts. */
    private KubernetesPlatformBuilder platform(TestPod pod) {
        deployed.node().writeServiceAccount(pod, folder);
        return deployed.sdk(pod).tokenFile(folder.resolve("token"));
    }

    private KubernetesPlatform build(KubernetesPlatformBuilder builder) {
        KubernetesPlatform platform = builder.build();
        closing.push(platform);
        return platform;
    }

    /** A pod of each example, with what its manifest says. */
    private record Example(String pool, int capacity) {
        TestPod pod() {
            return pool.equals(Deployed.DEPLOYMENT) ? deployed.pod() : deployed.pod(capacity);
        }
    }

    static Stream<Example> examples() {
        return Stream.of(new Example(Deployed.DEPLOYMENT, 100), new Example(Deployed.STATEFUL_SET, 10));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void a_pod_finds_itself_is_claimed_frees_drains_and_closes(Example example) {
        TestPod pod = example.pod();
        KubernetesPlatform platform = build(platform(pod));

        Boot boot = platform.boot(told);
        platform.ready(true);

        LeaseOnServer lease = deployed.lease(pod);
        assertThat(boot.pool()).isEqualTo(example.pool());
        assertThat(boot.capacity()).isEqualTo(example.capacity());
        assertThat(platform.terminationGrace()).contains(Duration.ofMinutes(15));

        lease.claim(0, "s-0").ok();
        lease.claim(example.capacity() - 1, "s-1").ok();
        await().until(() -> told.claims.size() == 2);
        platform.free(told.claim("s-0"));
        await().until(() -> lease.isFree(0));
        assertThat(lease.slot(0)).isEqualTo(new Free(1));
        lease.revoke(example.capacity() - 1);
        await().until(() -> told.events.contains("revoked s-1"));

        platform.drain();
        assertThat(lease.state()).isEqualTo("closed/" + lease.bootId() + " 1 draining");
        platform.free(told.claim("s-1"));
        platform.close();
        assertThat(lease.isFree(example.capacity() - 1)).isTrue();
    }

    @Test
    void a_restarted_container_adopts_what_the_dead_one_has_left() {
        TestPod pod = deployed.pod();
        KubernetesPlatform first = build(platform(pod));
        first.boot(told);
        first.ready(true);
        LeaseOnServer lease = deployed.lease(pod);
        lease.claim(3, "s-1").ok();
        String dead = lease.state();

        build(platform(pod)).boot(new Told());

        assertThat(lease.state()).startsWith("closed/");
        assertThat(lease.bootId()).isNotEqualTo(LedgerState.parse(dead).bootId());
        assertThat(lease.slot(3)).isEqualTo(new Free(1));
    }

    @Test
    void a_stateful_pod_waits_until_its_predecessors_lease_is_swept() {
        TestPod dead = deployed.pod(0);
        build(platform(dead)).boot(told);
        LeaseOnServer lease = deployed.lease(dead);
        String old = lease.uid();
        deployed.node().kill(dead);
        TestPod successor = deployed.pod(0);

        assertThatThrownBy(() -> build(platform(successor).bootTimeout(Duration.ofSeconds(1)))
                        .boot(new Told()))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining(dead.uid());
        deployed.allocator().delete(lease.path()).ok();
        build(platform(successor)).boot(new Told());

        assertThat(lease.uid()).isNotEqualTo(old);
        assertThat(lease.metadata().get("ownerReferences").toString()).contains(successor.uid());
    }

    @Test
    void the_kubelets_probe_sees_a_server_ready_and_no_more_once_it_drains() throws Exception {
        TestPod pod = deployed.pod();
        GameServer server = GameServer.builder()
                .platform(platform(pod).build())
                .probePort(0)
                .start();
        closing.push(server);
        int port = server.probeAddress().orElseThrow().getPort();

        assertThat(probe(port, "/readyz")).isEqualTo(503);
        assertThat(probe(port, "/healthz")).isEqualTo(200);
        server.ready();
        assertThat(probe(port, "/readyz")).isEqualTo(200);

        TokenSigner signer = TokenSigner.of(SigningKey.generateEd25519());
        LeaseOnServer lease = deployed.lease(pod);
        String kid = signer.verificationKey().kid();
        lease.claim(
                        lease.state(),
                        Map.of(7, "s-1"),
                        Map.of(kid, signer.verificationKey().text()))
                .ok();
        String audience = LedgerNames.audience(pod.uid(), lease.bootId());
        Session session = server.enter(signer.sign(TokenClaims.issue(
                        Deployed.DEPLOYMENT,
                        "s-1",
                        OptionalInt.of(7),
                        audience,
                        Instant.now(),
                        Duration.ofSeconds(60))))
                .get();
        server.drain();
        assertThat(probe(port, "/readyz")).isEqualTo(503);
        assertThat(probe(port, "/healthz")).isEqualTo(200);
        assertThat(lease.isFree(7)).isFalse();
        session.close();
        await().until(() -> lease.isFree(7));
    }

    private static int probe(int port, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }
}
