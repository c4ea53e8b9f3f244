package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pod's environment, and what is said when something lacks. */
class KubernetesPlatformBuilderTest {

    private static final PlatformListener NOBODY = new PlatformListener() {
        @Override
        public void claimed(ClaimedSlot claim) {
            throw new AssertionError("no claim can be told");
        }

        @Override
        public void revoked(String sessionId) {
            throw new AssertionError("no claim can be told");
        }

        @Override
        public void gone(String sessionId) {
            throw new AssertionError("no claim can be told");
        }

        @Override
        public void lost() {
            throw new AssertionError("nothing can be lost");
        }
    };

    @TempDir
    Path account;

    private final Map<String, String> environment = new HashMap<>(Map.of(
            "KUBERNETES_SERVICE_HOST", "10.96.0.1",
            "KUBERNETES_SERVICE_PORT", "443",
            "POD_NAME", "arena-1",
            "POD_UID", "0c1d2e3f-0000-4000-8000-0123456789ab",
            "ORCHESTRATION_POOL", "duel",
            "ORCHESTRATION_CAPACITY", "100"));

    @BeforeEach
    void mount() throws Exception {
        Files.writeString(account.resolve("token"), "secret");
        Files.writeString(account.resolve("namespace"), "games\n");
        Files.writeString(account.resolve("ca.crt"), TestAuthority.PEM);
    }

    private KubernetesPlatform build() {
        return KubernetesPlatform.builder()
                .environment(environment)
                .serviceAccount(account)
                .build();
    }

    @Test
    void a_pod_with_all_its_variables_is_complete() {
        try (KubernetesPlatform platform = build()) {
            assertThat(platform.terminationGrace()).contains(Duration.ofSeconds(30));
            assertThat(platform.key("any")).isEmpty();
            assertThat(platform.find("any", "any")).failsWithin(Duration.ofSeconds(1));
            platform.drain();
        }
    }

    @Test
    void the_grace_is_the_manifests() {
        environment.put("ORCHESTRATION_TERMINATION_GRACE_SECONDS", "3600");
        try (KubernetesPlatform platform = build()) {
            assertThat(platform.terminationGrace()).contains(Duration.ofHours(1));
        }
    }

    @Test
    void what_lacks_is_named_all_at_once_with_the_lines_of_the_manifest() {
        environment.remove("POD_UID");
        environment.put("ORCHESTRATION_POOL", "");

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lacks [POD_UID, ORCHESTRATION_POOL]")
                .hasMessageContaining("- name: POD_UID")
                .hasMessageContaining("valueFrom: {fieldRef: {fieldPath: \"metadata.uid\"}}")
                .hasMessageContaining("fieldPath: \"metadata.labels['orchestration.kit/pool']\"")
                .hasMessageContaining("[podUid, pool]");
    }

    @Test
    void what_is_set_counts_more_than_the_environment() {
        environment.put("ORCHESTRATION_CAPACITY", "none");
        try (KubernetesPlatform platform = KubernetesPlatform.builder()
                .capacity(5)
                .terminationGrace(Duration.ofMinutes(1))
                .environment(environment)
                .serviceAccount(account)
                .build()) {
            assertThat(platform.terminationGrace()).contains(Duration.ofMinutes(1));
        }
    }

    @Test
    void a_number_that_is_none_is_named() {
        environment.put("ORCHESTRATION_CAPACITY", "many");

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "ORCHESTRATION_CAPACITY (metadata.annotations['orchestration.kit/capacity']): capacity must be"
                                + " a whole number, was \"many\"");
    }

    @ParameterizedTest
    @CsvSource({
        "ORCHESTRATION_CAPACITY, 0, ORCHESTRATION_CAPACITY (metadata.annotations['orchestration.kit/capacity']):"
                + " capacity must be 1 to 1000",
        "ORCHESTRATION_POOL, Duel, ORCHESTRATION_POOL (metadata.labels['orchestration.kit/pool']): pool must be",
        "POD_NAME, Arena, POD_NAME (metadata.name): podName must match",
        "POD_UID, é, POD_UID (metadata.uid): podUid must match",
        "ORCHESTRATION_TERMINATION_GRACE_SECONDS, -1, ORCHESTRATION_TERMINATION_GRACE_SECONDS must be PT0S to",
    })
    void a_value_that_is_no_good_is_told_with_its_variable(String variable, String value, String message) {
        environment.put(variable, value);

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void and_one_that_the_code_has_set_without() {
        assertThatThrownBy(() -> KubernetesPlatform.builder()
                        .environment(environment)
                        .capacity(0)
                        .serviceAccount(account)
                        .build())
                .hasMessage("capacity must be 1 to 1000, was 0");
    }

    @Test
    void a_value_that_would_leave_the_path_of_a_url_is_refused() {
        environment.put("POD_NAME", "../secrets/x");

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("podName must match");
    }

    @Test
    void a_service_account_that_is_not_mounted_is_named() throws Exception {
        for (String file : new String[] {"token", "ca.crt", "namespace"}) {
            String text = Files.readString(account.resolve(file));
            Files.delete(account.resolve(file));

            assertThatThrownBy(this::build)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(account.resolve(file).toString())
                    .hasMessageContaining("automountServiceAccountToken");
            Files.writeString(account.resolve(file), text);
        }
    }

    @Test
    void outside_of_kubernetes_the_error_says_so() {
        environment.remove("KUBERNETES_SERVICE_HOST");

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("KUBERNETES_SERVICE_HOST is not set");
    }

    @Test
    void authorities_that_cannot_be_read_are_refused() throws Exception {
        for (String text : new String[] {"", "nonsense"}) {
            Files.writeString(account.resolve("ca.crt"), text);

            assertThatThrownBy(this::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("ca must hold");
        }
    }

    @Test
    void an_api_server_in_ipv6_is_one_too() {
        environment.put("KUBERNETES_SERVICE_HOST", "fd00::1");
        try (KubernetesPlatform platform = build()) {
            assertThat(platform).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api:443",
                "10.96.0.1",
                "/api",
                "ftp://api:443",
                "https:443",
                "https://api_server:443",
                "https://api:99999"
            })
    void an_api_server_that_is_no_address_is_refused_at_once(String address) {
        assertThatThrownBy(() -> KubernetesPlatform.builder().apiServer(URI.create(address)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("apiServer must be")
                .hasMessageContaining(address);
    }

    @Test
    void an_api_server_of_the_environment_that_is_no_address_is_refused_at_once() {
        environment.put("KUBERNETES_SERVICE_HOST", "api_server");

        assertThatThrownBy(this::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("apiServer must be");
    }

    @Test
    void a_token_that_is_none_is_refused_at_once() {
        KubernetesPlatformBuilder builder = KubernetesPlatform.builder()
                .environment(environment)
                .serviceAccount(account)
                .token(() -> "");

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token must be");
    }

    /** The JVM's own digits are others there. */
    @Test
    void the_api_server_is_dialled_at_its_port_in_any_language() {
        environment.put("KUBERNETES_SERVICE_HOST", "127.0.0.1");
        environment.put("KUBERNETES_SERVICE_PORT", "1"); // where nobody listens
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try (KubernetesPlatform platform = KubernetesPlatform.builder()
                .environment(environment)
                .serviceAccount(account)
                .bootTimeout(Duration.ofMillis(10))
                .build()) {
            assertThatThrownBy(() -> platform.boot(NOBODY))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("https://127.0.0.1:1");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void bounds_are_told() {
        KubernetesPlatformBuilder builder = KubernetesPlatform.builder().apiServer(URI.create("https://api"));

        assertThatThrownBy(() -> builder.callTimeout(Duration.ZERO)).hasMessageContaining("callTimeout");
        assertThatThrownBy(() -> builder.bootTimeout(Duration.ofDays(1))).hasMessageContaining("bootTimeout");
        assertThatThrownBy(() -> builder.terminationGrace(Duration.ofSeconds(-1)))
                .hasMessageContaining("terminationGrace");
    }
}
