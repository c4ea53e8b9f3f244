package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.PlatformFinder.Sign;
import kit.orchestration.sdk.agones.AgonesPlatform;
import org.junit.jupiter.api.Test;

/** Settings are checked where they are made, and an error names the way out. */
class GameServerBuilderTest extends Fixture {

    @Test
    void settings_out_of_range_are_named() {
        GameServerBuilder builder = GameServer.builder();
        assertThatThrownBy(() -> builder.probePort(-1)).hasMessage("probePort must be 0 to 65535, was -1");
        assertThatThrownBy(() -> builder.probePort(65_536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> builder.maxSession(Duration.ZERO)).hasMessageContaining("maxSession");
        assertThatThrownBy(() -> builder.healthDeadline(Duration.ofMillis(99))).hasMessageContaining("healthDeadline");
        assertThatThrownBy(() -> builder.askTimeout(Duration.ofDays(366))).hasMessageContaining("askTimeout");
        assertThatThrownBy(() -> builder.clockLeeway(Duration.ofSeconds(-1))).hasMessageContaining("clockLeeway");
        assertThatThrownBy(() -> builder.platform(null)).hasMessageContaining("platform");
    }

    @Test
    void claims_and_boots_out_of_range_are_named() {
        assertThatThrownBy(() -> new ClaimedSlot("", 0, TTL, Map.of())).hasMessageContaining("sessionId");
        assertThatThrownBy(() -> new ClaimedSlot("s", -1, TTL, Map.of())).hasMessageContaining("slot");
        assertThatThrownBy(() -> new ClaimedSlot("s", 0, Duration.ofNanos(-1), Map.of()))
                .hasMessageContaining("ttl");
        assertThatThrownBy(() -> new Boot("Not A Pool", "a", 1)).hasMessageContaining("pool");
        assertThatThrownBy(() -> new Boot("duel", "", 1)).hasMessageContaining("audience");
        assertThatThrownBy(() -> new Boot("duel", "a", 0)).hasMessageContaining("capacity");
    }

    @Test
    void without_a_platform_the_error_says_what_was_looked_for_and_the_way_out() {
        assertThatThrownBy(() -> PlatformFinder.find(Map.of(), PlatformFinder.SIGNS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("AGONES_SDK_GRPC_PORT (Agones), KUBERNETES_SERVICE_HOST (Kubernetes) is set")
                .hasMessageContaining("builder().platform(...)");
    }

    @Test
    void a_pod_of_agones_is_found_before_one_of_kubernetes() {
        Map<String, String> environment = Map.of("AGONES_SDK_GRPC_PORT", "9357", "KUBERNETES_SERVICE_HOST", "10.0.0.1");

        try (Platform platform = PlatformFinder.find(environment, PlatformFinder.SIGNS)) {
            assertThat(platform).isInstanceOf(AgonesPlatform.class);
        }
    }

    @Test
    void in_a_pod_that_lacks_variables_the_error_gives_the_manifests_lines() {
        assertThatThrownBy(
                        () -> PlatformFinder.find(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), PlatformFinder.SIGNS))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[POD_NAME, POD_UID, ORCHESTRATION_POOL, ORCHESTRATION_CAPACITY]")
                .hasMessageContaining("fieldRef");
    }

    @Test
    void the_first_platform_whose_sign_is_set_is_taken() {
        List<Sign> signs = List.of(
                new Sign("A", "not set", environment -> new ForwardingPlatform(platform)),
                new Sign("B", "first", environment -> platform),
                new Sign("C", "second", environment -> new ForwardingPlatform(platform)));

        assertThat(PlatformFinder.find(Map.of("B", "1", "C", "1"), signs)).isSameAs(platform);
    }

    @Test
    void a_boot_that_fails_closes_the_platform_and_frees_the_port() {
        platform.failure = new PlatformException("the API server says no", null);
        GameServerBuilder builder = builder().probePort(0);

        assertThatThrownBy(builder::start).isSameAs(platform.failure);
        assertThat(platform.calls).containsExactly("boot", "close");
    }

    @Test
    void a_port_that_is_taken_is_named_and_the_pod_is_not_taken_over() {
        start(builder().probePort(0));
        int taken = server().probeAddress().orElseThrow().getPort();
        MemoryPlatform second = new MemoryPlatform();

        assertThatThrownBy(() -> builder().platform(second).probePort(taken).start())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("probe port " + taken);
        assertThat(second.calls).isEmpty();
    }

    @Test
    void the_probe_port_is_found_in_the_environment_as_the_manifest_sets_it() {
        try (GameServer found = builder().start(Map.of("ORCHESTRATION_PROBE_PORT", "0"))) {
            assertThat(found.probeAddress()).isPresent();
        }
        int chosen;
        try (GameServer free = builder().probePort(0).start()) {
            chosen = free.probeAddress().orElseThrow().getPort();
        }
        try (GameServer set = builder()
                .platform(new MemoryPlatform())
                .probePort(chosen)
                .start(Map.of("ORCHESTRATION_PROBE_PORT", "1"))) {
            assertThat(set.probeAddress().orElseThrow().getPort())
                    .as("what is set counts more")
                    .isEqualTo(chosen);
        }
    }

    @Test
    void a_probe_port_of_the_environment_that_is_none_is_named() {
        for (String wrong : List.of("probes", "70000", "-1")) {
            assertThatThrownBy(() -> builder().start(Map.of("ORCHESTRATION_PROBE_PORT", wrong)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("ORCHESTRATION_PROBE_PORT")
                    .hasMessageContaining(wrong);
        }
        assertThat(platform.calls).isEmpty();
    }

    @Test
    void without_a_probe_port_nothing_is_served() {
        assertThat(server().probeAddress()).isEmpty();
    }

    @Test
    void a_builder_that_is_used_again_changes_nothing_that_it_built() {
        GameServerBuilder builder = builder();
        start(builder);
        builder.listener(new SessionListener() {
                    @Override
                    public void claimed(ClaimedSlot claim) {
                        throw new AssertionError("the first server's listener was replaced");
                    }
                })
                .executor(task -> {
                    throw new AssertionError("the first server's executor was replaced");
                })
                .platform(new MemoryPlatform());
        claim("s1", 0);

        assertThat(heard.events).containsExactly("claimed s1");
    }

    @Test
    void a_server_goes_by_its_platforms_time_unless_it_is_given_another() {
        ManualTime platforms = new ManualTime();
        ForwardingPlatform timed = new ForwardingPlatform(platform) {
            @Override
            public Optional<Time> time() {
                return Optional.of(new Time(platforms, platforms));
            }
        };
        start(GameServer.builder().platform(timed).executor(Runnable::run).listener(heard));
        claim("s1", 0);
        platforms.advance(TTL);
        assertThat(heard.events).containsExactly("claimed s1", "expired s1");
        server().close();
        heard.events.clear();

        start(builder().platform(timed));
        claim("s2", 0);
        platforms.advance(TTL);
        assertThat(heard.events).containsExactly("claimed s2");
        time.advance(TTL);
        assertThat(heard.events).containsExactly("claimed s2", "expired s2");
    }

    /** What the platform hears, in order. */
    private List<String> heardOf(GameServerBuilder builder, Map<String, String> environment) {
        List<String> heard = new ArrayList<>();
        try (GameServer server = builder.platform(new ForwardingPlatform(platform) {
                    @Override
                    public void address(PodAddress address) {
                        heard.add(address.format());
                    }

                    @Override
                    public Boot boot(PlatformListener listener) {
                        heard.add("boot");
                        return super.boot(listener);
                    }
                })
                .start(environment)) {
            server.address("203.0.113.9:1");
        }
        return heard;
    }

    @Test
    void the_platform_is_told_where_players_dial_once_it_has_booted_and_whenever_that_changes() {
        assertThat(heardOf(GameServer.builder().address("203.0.113.7:31007 query=31008"), Map.of()))
                .containsExactly("boot", "203.0.113.7:31007 query=31008", "203.0.113.9:1");
    }

    @Test
    void it_is_the_environment_s_unless_the_builder_says_another() {
        Map<String, String> environment = Map.of("ORCHESTRATION_HOST", "203.0.113.8", "ORCHESTRATION_PORT", "31008");
        assertThat(heardOf(GameServer.builder(), environment)).startsWith("boot", "203.0.113.8:31008");
    }

    @Test
    void nor_is_the_environment_s_looked_at_where_the_builder_says_one() {
        Map<String, String> environment = Map.of("ORCHESTRATION_ADDRESS", "nowhere");
        assertThat(heardOf(GameServer.builder().address("203.0.113.7:31007"), environment))
                .startsWith("boot", "203.0.113.7:31007");
    }

    /** As on Agones. */
    @Test
    void where_the_backend_itself_says_where_players_dial_the_error_names_what_to_take_away() {
        Map<String, String> environment = Map.of("ORCHESTRATION_ADDRESS", "203.0.113.7:31007");
        AtomicBoolean closed = new AtomicBoolean();
        Platform saying = new ForwardingPlatform(platform) {
            @Override
            public void close() {
                closed.set(true);
                super.close();
            }
        };
        assertThatThrownBy(() -> GameServer.builder().platform(saying).start(environment))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("ORCHESTRATION_ADDRESS");
        assertThat(closed).isTrue();
    }

    /** It goes on, at its own address. */
    @Test
    void a_platform_that_another_server_uses_is_not_told_of_an_address() {
        List<String> heard = new ArrayList<>();
        AtomicBoolean booted = new AtomicBoolean();
        Platform one = new ForwardingPlatform(platform) {
            @Override
            public Boot boot(PlatformListener listener) {
                if (booted.getAndSet(true)) {
                    throw new IllegalStateException("a platform is booted once");
                }
                return super.boot(listener);
            }

            @Override
            public void address(PodAddress address) {
                heard.add(address.format());
            }
        };
        try (GameServer first = GameServer.builder().platform(one).start(Map.of())) {
            assertThatThrownBy(() -> GameServer.builder()
                            .platform(one)
                            .address("203.0.113.7:31007")
                            .start(Map.of()))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(heard).isEmpty();
            first.ready();
        }
    }

    @Test
    void an_address_that_is_tried_on_does_not_fail_the_start() {
        Platform slow = new ForwardingPlatform(platform) {
            @Override
            public void address(PodAddress address) {
                throw new PlatformException("not shown yet", null, true);
            }
        };
        try (GameServer server =
                GameServer.builder().platform(slow).address("203.0.113.7:31007").start(Map.of())) {
            server.ready();
        }
    }
}
