package kit.orchestration.k8s.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Watcher;
import kit.orchestration.sdk.platform.JdkTransport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Lease client against a real API server, where only a real one shows what is right: Leases that nobody writes. */
class QuietLeaseTest extends PodFixture {

    private static ControlPlane plane;

    private final Loop loop = new Loop("quiet-lease-test");
    private final List<String> told = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        plane = ControlPlane.start();
    }

    @AfterAll
    static void stop() {
        plane.close();
    }

    @Override
    ControlPlane plane() {
        return plane;
    }

    /**
     * From its own version a Lease can't be watched then: each try would be answered 410, and asked for again at once.
     */
    @Test
    void a_lease_that_was_written_before_the_servers_start_is_watched_without_hurry() throws Exception {
        CountingTransport transport = transport();
        LeaseApi api = api(transport);
        Lease lease = api.create(json("quiet-0")).join();
        for (int i = 0; i < 5; i++) { // the storage goes on
            plane.newNamespace("other");
        }
        plane.restart(Component.API_SERVER);
        transport.paths.clear();

        Watcher<Lease> watcher = new Watcher<>(api.only(lease.name()), loop, new SecureRandom(), new Told());
        closing.push(watcher);
        watcher.start();
        await().until(() -> watcher.doubt().isEmpty());
        Duration settled = watcher.age();
        await().until(() -> watcher.age().compareTo(settled.plusSeconds(2)) > 0);

        assertThat(transport.paths).hasSizeBetween(2, 6);
        assertThat(told).containsExactly("listed 1");
        api.patch(lease.name(), LeasePatch.of(lease).set(LedgerNames.slot(0), new Free(1).format()))
                .join();
        await().until(() -> told.contains("seen [1]"));
        assertThat(watcher.doubt()).isEmpty();
    }

    @Test
    void a_lease_that_is_not_there_is_told_when_it_is() throws Exception {
        LeaseApi api = api(transport());
        Watcher<Lease> watcher =
                new Watcher<>(api.only(LedgerNames.lease("quiet-1")), loop, new SecureRandom(), new Told());
        closing.push(watcher);
        watcher.start();
        await().until(() -> watcher.doubt().isEmpty());
        assertThat(told).containsExactly("listed 0");

        api.create(json("quiet-1")).join();
        await().until(() -> told.contains("seen [0]"));
    }

    /** Somebody has removed them all, and with them the map that a patch adds to. */
    @Test
    void a_lease_without_annotations_can_be_patched() throws Exception {
        LeaseApi api = api(transport());
        Lease lease = api.create(json("quiet-2")).join();
        plane.api()
                .mergePatch(
                        "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/" + lease.name(),
                        "{\"metadata\":{\"annotations\":null}}")
                .ok();
        Lease bare = api.get(lease.name()).join().orElseThrow();
        assertThat(bare.annotationBytes()).isZero();

        assertThat(api.patchAndRead(lease.name(), LeasePatch.of(bare).set("0", "7"))
                        .join()
                        .slots())
                .containsExactly("7");
    }

    /** By statuses of its own, whatever form of an answer was asked for: only these are believed. */
    @Test
    void what_is_not_there_and_what_is_there_already_are_told_apart_from_a_proxys_pages() throws Exception {
        LeaseApi api = api(transport());
        Lease lease = api.create(json("quiet-3")).join();
        LeasePatch patch = LeasePatch.of(lease).set("0", "7");

        assertThat(kind(api.create(json("quiet-3")))).isEqualTo(ApiException.Kind.CONFLICT);
        assertThat(kind(api.patch("nosuch", patch))).isEqualTo(ApiException.Kind.NOT_FOUND);
        assertThat(kind(api.patchAndRead("nosuch", patch))).isEqualTo(ApiException.Kind.NOT_FOUND);
        assertThat(api.get("nosuch").join()).isEmpty();
        bind("sweeper", List.of("delete"));
        plane.newServiceAccount(namespace, "sweeper");
        LeaseApi sweeper = api(transport("sweeper"));
        assertThat(kind(sweeper.delete(lease.name(), "another-uid"))).isEqualTo(ApiException.Kind.CONFLICT);
        sweeper.delete(lease.name(), lease.uid()).join();
        assertThat(kind(sweeper.delete(lease.name(), lease.uid()))).isEqualTo(ApiException.Kind.NOT_FOUND);
    }

    private static ApiException.Kind kind(CompletableFuture<?> failed) {
        return failed.handle((done, failure) -> ApiException.of(failure).kind()).join();
    }

    private String json(String pod) {
        return Lease.json("duel", pod, "uid-" + pod, "closed/b 1", null, List.of(Free.NEW.format()), Map.of());
    }

    private LeaseApi api(Transport transport) {
        closing.push(loop);
        return new LeaseApi(transport, namespace, Duration.ofSeconds(5), LeaseApi.Observer.NONE, System::nanoTime);
    }

    private CountingTransport transport() throws Exception {
        return transport(ACCOUNT);
    }

    private CountingTransport transport(String account) throws Exception {
        KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
        authorities.load(null);
        authorities.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(plane.caPem().getBytes(UTF_8))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        String token = plane.token(namespace, account, Duration.ofMinutes(10));
        return new CountingTransport(
                new JdkTransport(plane.url(), Duration.ofSeconds(5), tls, () -> "Bearer " + token));
    }

    /** Remembers what was asked for. */
    private static final class CountingTransport implements Transport {
        private final Transport transport;
        private final List<String> paths = new CopyOnWriteArrayList<>();

        CountingTransport(Transport transport) {
            this.transport = transport;
        }

        @Override
        public URI server() {
            return transport.server();
        }

        @Override
        public CompletableFuture<Answer> send(Ask ask) {
            paths.add(ask.path());
            return transport.send(ask);
        }

        @Override
        public Stream lines(Ask ask, Listener listener) {
            paths.add(ask.path());
            return transport.lines(ask, listener);
        }
    }

    private final class Told implements Watcher.Sink<Lease> {
        @Override
        public void listed(List<Lease> objects) {
            told.add("listed " + objects.size());
        }

        @Override
        public void seen(Lease lease) {
            told.add("seen " + lease.slots());
        }

        @Override
        public void gone(Lease lease) {
            told.add("gone");
        }

        @Override
        public void doubtChanged() {
            // asked for
        }
    }
}
