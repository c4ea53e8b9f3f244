package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import java.util.stream.IntStream;
import kit.orchestration.PodAddress;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a manifest says, and what of it can't be right: told with key, value and what it must be, as the docs have it.
 */
class ManifestTest {

    private static final String CAPACITY = "orchestration.kit/capacity";
    private static final String PORT = "orchestration.kit/port";
    private static final String ADDRESS = "orchestration.kit/address";
    private static final String SDK = "orchestration.kit/sdk";

    private static PodFacts pod(String name, String pool, Map<String, String> annotations, ContainerPort... ports) {
        return PodFacts.of(new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withUid("uid")
                .withResourceVersion("1")
                .withLabels(Map.of("orchestration.kit/pool", pool))
                .withAnnotations(annotations)
                .endMetadata()
                .withNewStatus()
                .withPodIP("192.0.2.1")
                .endStatus()
                .withNewSpec()
                .addNewContainer()
                .withPorts(ports)
                .endContainer()
                .endSpec()
                .build());
    }

    /** As the ReplicaSet's controller reads it. */
    @ParameterizedTest
    @CsvSource({"-1000, -1000", "7, 7", "many, 0", ", 0"})
    void what_the_deletion_of_a_pod_costs_is_a_number_or_nothing(@Nullable String text, int cost) {
        Map<String, String> annotations =
                text == null ? Map.of() : Map.of("controller.kubernetes.io/pod-deletion-cost", text);

        assertThat(pod(annotations).deletionCost()).isEqualTo(cost);
    }

    private static ContainerPort port(String name, int number, Integer hostPort) {
        return new ContainerPortBuilder()
                .withName(name)
                .withContainerPort(number)
                .withHostPort(hostPort)
                .build();
    }

    private static PodFacts pod(Map<String, String> annotations, int... ports) {
        return pod(
                "duel-1",
                "duel",
                annotations,
                IntStream.of(ports)
                        .mapToObj(port -> port(port < 9_000 ? null : port == 9_000 ? "game" : "query", port, null))
                        .toArray(ContainerPort[]::new));
    }

    private static void assertMistake(PodFacts pod, String... words) {
        assertThat(pod.mistake() == null ? pod.addressMistake() : pod.mistake())
                .contains(words)
                .satisfies(DocumentedErrors::assertDocumented);
    }

    @Test
    void what_is_right_is_read() {
        PodFacts named = pod(Map.of(CAPACITY, "8", PORT, "7777"), 7777, 8086);
        assertThat(named.mistake()).isNull();
        assertThat(named.addressMistake()).isNull();
        assertThat(named.capacity()).isEqualTo(8);
        assertThat(named.address()).isEqualTo(new PodAddress("192.0.2.1", 7777));
        assertThat(pod(Map.of(), 7000).address()).isEqualTo(new PodAddress("192.0.2.1", 7000));
        assertThat(pod(Map.of(), 7000, 7000).address()).as("UDP and TCP").isEqualTo(new PodAddress("192.0.2.1", 7000));
        assertThat(pod(Map.of(ADDRESS, "[2001:db8::1]:7")).address()).isEqualTo(new PodAddress("2001:db8::1", 7));
        assertThat(pod(Map.of(ADDRESS, "a.example:7")).addressMistake()).isNull();
    }

    @Test
    void a_capacity_that_is_no_number_or_out_of_range() {
        assertMistake(pod(Map.of(CAPACITY, "eight", PORT, "1")), CAPACITY, "\"eight\"", "1 to 1000");
        assertMistake(pod(Map.of(CAPACITY, "0", PORT, "1")), CAPACITY, "\"0\"");
        assertMistake(pod(Map.of(CAPACITY, "1001", PORT, "1")), CAPACITY, "\"1001\"");
        assertMistake(pod(Map.of(SDK, "none", PORT, "1")), CAPACITY, "orchestration.kit/sdk: none");
    }

    /** It would count as one with an SDK, and wait for a Lease that nobody makes. */
    @Test
    void a_word_of_the_sdk_that_means_nothing() {
        assertMistake(
                pod(Map.of(SDK, "None", CAPACITY, "8", PORT, "1")), SDK, "\"None\"", "must be none, or not there");
        assertThat(pod(Map.of(SDK, "none", CAPACITY, "8", PORT, "1")).mistake()).isNull();
    }

    @Test
    void a_port_that_is_none_or_that_is_not_said() {
        assertMistake(pod(Map.of(PORT, "99999")), PORT, "\"99999\"", "1 to 65535");
        assertMistake(pod(Map.of(PORT, "game"), 7777), PORT, "\"game\"");
        assertMistake(pod(Map.of()), PORT, "name none");
        assertMistake(pod(Map.of(), 7777, 8086), PORT, "name 2: [7777, 8086]");
    }

    @Test
    void an_address_without_a_port_or_with_a_wrong_one_or_without_a_host() {
        assertMistake(pod(Map.of(ADDRESS, "203.0.113.7")), ADDRESS, "\"203.0.113.7\"");
        assertMistake(pod(Map.of(ADDRESS, "203.0.113.7:70000")), ADDRESS, "70000");
        assertMistake(pod(Map.of(ADDRESS, "a/b:1")), ADDRESS, "\"a/b\"");
        assertMistake(pod(Map.of(ADDRESS, "a b:1")), ADDRESS, "\"a b:1\"");
    }

    @Test
    void a_pool_that_nobody_can_ask_for() {
        assertMistake(pod("duel-1", "Eu_West", Map.of(PORT, "1")), "orchestration.kit/pool", "\"Eu_West\"");
    }

    @Test
    void a_name_that_leaves_no_room_for_its_lease() {
        assertMistake(pod("a".repeat(240), "duel", Map.of(PORT, "1")), "239");
    }

    @Test
    void ports_that_have_names_are_told_by_these() {
        PodAddress game = new PodAddress("192.0.2.1", 9_000, Map.of("game", 9_000, "query", 9_001));
        assertThat(pod(Map.of(PORT, "9000"), 9_000, 9_001).address()).isEqualTo(game);
        assertThat(pod(Map.of(PORT, "game"), 9_000, 9_001).address()).isEqualTo(game);
        assertThat(pod(Map.of(), 9_000).address()).isEqualTo(new PodAddress("192.0.2.1", 9_000, Map.of("game", 9_000)));
        assertMistake(pod(Map.of(PORT, "voice"), 9_000, 9_001), PORT, "\"voice\"", "name of one of");
        assertThat(pod(Map.of(ADDRESS, "a.example:7 query=8")).address())
                .isEqualTo(new PodAddress("a.example", 7, Map.of("query", 8)));
    }

    @Test
    void of_very_many_ports_some_are_told_by_their_names_and_the_pod_is_good() {
        PodFacts pod = pod(
                "duel-1",
                "duel",
                Map.of(PORT, "port-40"),
                IntStream.rangeClosed(1, 40)
                        .mapToObj(i -> port("port-" + i, i, 100 + i))
                        .toArray(ContainerPort[]::new));
        assertThat(pod.addressMistake()).isNull();
        assertThat(pod.address()).hasToString("192.0.2.1:40");
        assertThat(pod.hostPorts().at("203.0.113.7")).hasToString("203.0.113.7:140");
    }

    @Test
    void a_port_that_is_dialled_by_its_name_is_that_one_also_where_another_has_its_number() {
        ContainerPort udp = port("game-udp", 7777, 31_007);
        ContainerPort tcp = port("game-tcp", 7777, 31_008);
        assertThat(pod("duel-1", "duel", Map.of(PORT, "game-tcp"), udp, tcp)
                        .hostPorts()
                        .first())
                .isEqualTo(31_008);
        assertThat(pod("duel-1", "duel", Map.of(PORT, "game-udp"), port("game-udp", 7777, null), tcp)
                        .hostPorts())
                .isNull();
    }

    /** The one for metrics, say. */
    @Test
    void a_host_port_that_players_do_not_dial_is_none() {
        assertThat(handedOn(Map.of(), 9_000).hostPorts().first()).isEqualTo(10_000);
        assertThat(handedOn(Map.of(PORT, "9001"), 9_000).hostPorts()).isNull();
        PodFacts unknown = handedOn(Map.of(), 9_000, 9_001);
        assertThat(unknown.hostPorts()).isNull();
        assertThat(unknown.addressMistake()).isNotNull();
        assertThat(handedOn(Map.of(ADDRESS, "a.example:7"), 9_000, 9_001).hostPorts())
                .isNull();
    }

    /** Its node hands on the first. */
    private static PodFacts handedOn(Map<String, String> annotations, int... ports) {
        return pod(
                "duel-1",
                "duel",
                annotations,
                IntStream.of(ports)
                        .mapToObj(port -> port(null, port, port == ports[0] ? port + 1_000 : null))
                        .toArray(ContainerPort[]::new));
    }
}
