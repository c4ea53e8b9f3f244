package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.LineStream;
import kit.orchestration.sdk.platform.Loop;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The watch, where a version is too old to go on from: against a real API server. */
class LeaseWatchTest {

    private final ControlPlane plane = ControlPlane.start();
    private final Loop loop = new Loop("test");
    private final List<String> told = new CopyOnWriteArrayList<>();
    private PodIdentity pod;
    private LeaseApi api;
    private Lease lease;

    @BeforeEach
    void makeLease() {
        pod = new PodIdentity(plane.newNamespace("watch"), "arena-1", "uid-1", "duel", 2);
        plane.newServiceAccount(pod.namespace(), "admin");
        plane.kubectl(
                "create",
                "rolebinding",
                "admin",
                "-n",
                pod.namespace(),
                "--clusterrole=cluster-admin",
                "--serviceaccount=" + pod.namespace() + ":admin");
        String token = plane.token(pod.namespace(), "admin", Duration.ofMinutes(10));
        api = new LeaseApi(
                plane.url(),
                ClusterTrust.of(plane.caPem()),
                pod,
                BearerToken.of(() -> token),
                Duration.ofSeconds(5),
                loop);
        String free = Free.NEW.format();
        lease = api.create(Lease.create(pod, "open/boot-1", List.of(free, free), Map.of()))
                .join();
    }

    @AfterEach
    void close() {
        loop.close();
        plane.close();
    }

    @Test
    void a_watch_from_a_version_that_is_too_old_reads_and_goes_on() throws Exception {
        claim(0, "s-0");
        // A server knows no version from before its start.
        plane.restart(Component.API_SERVER);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        api.watch(lease.version(), Duration.ofSeconds(60), new LineStream.Listener<ApiException>() {
            @Override
            public void line(String line) {
                heard.add(line);
            }

            @Override
            public void ended(@Nullable ApiException failure) {
                heard.add(failure == null ? "end" : failure.kind().toString());
            }
        });
        assertThat(heard.poll(10, TimeUnit.SECONDS)).containsPattern("\"code\":410|EXPIRED");

        Ledger ledger = new Ledger(api, pod, "boot-1", lease, telling(), loop);
        LeaseWatch watch = new LeaseWatch(api, ledger, loop, Duration.ofSeconds(90));
        loop.execute(() -> {
            ledger.start(() -> {});
            watch.start();
        });

        await().until(() -> told.contains("claimed s-0"));
        claim(1, "s-1");
        await().until(() -> told.contains("claimed s-1"));
        assertThat(told).containsExactly("claimed s-0", "claimed s-1");
        loop.execute(watch::close);
    }

    private void claim(int slot, String sessionId) {
        String held =
                Free.NEW.hold(sessionId, Duration.ofSeconds(1), null, Map.of()).format();
        api.patch(LeasePatch.of(lease).slot(slot, Free.NEW.format(), held)).join();
    }

    private PlatformListener telling() {
        return new PlatformListener() {
            @Override
            public void claimed(Claim claim) {
                told.add("claimed " + claim.sessionId());
            }

            @Override
            public void revoked(String sessionId) {
                told.add("revoked " + sessionId);
            }

            @Override
            public void gone(String sessionId) {
                told.add("gone " + sessionId);
            }
        };
    }
}
