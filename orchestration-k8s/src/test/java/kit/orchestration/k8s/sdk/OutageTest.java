package kit.orchestration.k8s.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The pod side while the control plane is killed or stands still: nothing is lost, and nothing is freed that is
 * another's.
 */
class OutageTest extends PodFixture {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static ControlPlane plane;

    private final Told told = new Told();

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

    @Test
    void what_ends_while_the_api_server_is_dead_is_freed_when_it_is_back() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 10).callTimeout(Duration.ofSeconds(1)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(lease.state(), Map.of(0, "s-0", 1, "s-1", 2, "s-2"), Map.of())
                .ok();
        await().until(() -> told.claims.size() == 3);

        plane.kill(Component.API_SERVER);
        platform.free(told.claim("s-0"));
        platform.free(told.claim("s-1"));
        assertThat(platform.find("s-2", "any")).failsWithin(Duration.ofSeconds(5));
        assertThatThrownBy(platform::drain)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("tried on");
        plane.restart(Component.API_SERVER);

        await().atMost(SOON).until(() -> !lease.isOpen() && lease.isFree(0) && lease.isFree(1));
        assertThat(lease.isFree(2)).isFalse();
        lease.revoke(2);
        await().atMost(SOON).until(() -> told.events.contains("revoked s-2"));
        assertThat(told.events).containsExactlyInAnyOrder("claimed s-0", "claimed s-1", "claimed s-2", "revoked s-2");
    }

    @Test
    void a_watch_that_was_cut_goes_on_and_tells_what_it_missed() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 10));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-0").ok();
        await().until(() -> told.claims.size() == 1);

        for (int i = 1; i <= 2; i++) {
            plane.restart(Component.API_SERVER);
            lease.claim(i, "s-" + i).ok();
            String told = "claimed s-" + i;
            await().atMost(SOON).until(() -> this.told.events.contains(told));
        }
    }

    @Test
    void frees_that_wait_in_a_storage_that_stands_still_are_applied_once() {
        TestPod pod = pod("arena-1");
        // Calls that time out at once while the storage stands still: the server goes on with them, and writes them
        // late.
        KubernetesPlatform platform = build(platform(pod, 4).callTimeout(Duration.ofMillis(400)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        int rounds = 6;
        for (int round = 0; round < rounds; round++) {
            Map<Integer, String> sessions = new HashMap<>();
            int number = round;
            IntStream.range(0, 4).forEach(slot -> sessions.put(slot, "s-" + number + "-" + slot));
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> lease.claim(lease.state(), sessions, Map.of()).status() == 200);
            await().atMost(SOON).until(() -> told.claims.size() == 4 * (number + 1));

            plane.freeze(Component.ETCD);
            sessions.values().forEach(session -> platform.free(told.claim(session)));
            // Long enough for several tries of the same free to wait in the server.
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            plane.thaw(Component.ETCD);
        }
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> IntStream.range(0, 4).allMatch(lease::isFree));

        IntStream.range(0, 4).forEach(slot -> assertThat(lease.slot(slot)).isEqualTo(new Free(rounds)));
        assertThat(told.events).hasSize(4 * rounds).allMatch(event -> event.startsWith("claimed"));
    }

    @Test
    void an_api_server_that_stands_still_disturbs_no_session() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 4).callTimeout(Duration.ofMillis(500)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(lease.state(), Map.of(0, "s-0", 1, "s-1"), Map.of()).ok();
        await().until(() -> told.claims.size() == 2);

        plane.freeze(Component.API_SERVER);
        platform.free(told.claim("s-0"));
        assertThat(platform.find("s-1", "any")).failsWithin(Duration.ofSeconds(2));
        await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
        plane.thaw(Component.API_SERVER);

        await().atMost(SOON).ignoreExceptions().until(() -> lease.isFree(0));
        assertThat(lease.isFree(1)).isFalse();
        lease.claim(2, "s-2").ok();
        await().atMost(SOON).until(() -> told.events.contains("claimed s-2"));
    }

    @Test
    void a_boot_waits_for_the_api_server() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 1).bootTimeout(SOON).callTimeout(Duration.ofSeconds(1)));
        plane.kill(Component.API_SERVER);

        CompletableFuture<Boot> boot = CompletableFuture.supplyAsync(() -> platform.boot(told));
        await().pollDelay(Duration.ofSeconds(1)).until(() -> !boot.isDone());
        plane.restart(Component.API_SERVER);

        assertThat(boot).succeedsWithin(SOON);
        assertThat(lease(pod).state()).startsWith("closed/");
    }

    @Test
    void a_close_while_the_api_server_is_dead_ends_in_time_and_the_next_boot_gives_back() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 4).callTimeout(Duration.ofSeconds(1)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-0").ok();
        await().until(() -> told.claims.size() == 1);
        plane.kill(Component.API_SERVER);
        platform.free(told.claim("s-0"));

        assertTimeoutPreemptively(Duration.ofMinutes(1), platform::close, "its time-out is a second");
        plane.restart(Component.API_SERVER);
        open(build(platform(pod, 4)), new Told());
        assertThat(lease.slot(0)).isEqualTo(new Free(1));
    }
}
