package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.PodAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where players dial, as the pod's environment says it. */
class AnnouncedAddressTest {

    @Test
    void all_of_it() {
        assertThat(AnnouncedAddress.of(Map.of("ORCHESTRATION_ADDRESS", " 203.0.113.7:31007 query=31008 ")))
                .isEqualTo(new PodAddress("203.0.113.7", 31_007, Map.of("query", 31_008)));
    }

    @Test
    void or_the_node_s_address_and_the_port() {
        assertThat(AnnouncedAddress.of(Map.of("ORCHESTRATION_HOST", "203.0.113.7", "ORCHESTRATION_PORT", "31007")))
                .isEqualTo(new PodAddress("203.0.113.7", 31_007));
        assertThat(AnnouncedAddress.of(Map.of("ORCHESTRATION_HOST", "2001:db8::7", "ORCHESTRATION_PORT", "31007")))
                .isEqualTo(new PodAddress("2001:db8::7", 31_007));
    }

    /** The Downward API gives an empty text for what is not there yet. */
    @Test
    void or_nothing() {
        assertThat(AnnouncedAddress.of(Map.of())).isNull();
        assertThat(AnnouncedAddress.of(Map.of("ORCHESTRATION_ADDRESS", "", "ORCHESTRATION_HOST", " ")))
                .isNull();
    }

    /** As the kubelet sets it where there is a Service of the name orchestration. */
    @Test
    void a_port_alone_says_nothing() {
        Map<String, String> environment = new HashMap<>(Map.of("ORCHESTRATION_PORT", "tcp://10.96.3.4:80"));
        assertThat(AnnouncedAddress.of(environment)).isNull();
        environment.put("ORCHESTRATION_ADDRESS", "203.0.113.7:31007");
        assertThat(AnnouncedAddress.of(environment)).isEqualTo(new PodAddress("203.0.113.7", 31_007));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "- | 203.0.113.7 | - | ORCHESTRATION_HOST is set and ORCHESTRATION_PORT is not",
                "a:1 | 203.0.113.7 | 31007 | ORCHESTRATION_ADDRESS and ORCHESTRATION_HOST are both set",
                "nowhere | - | - | ORCHESTRATION_ADDRESS: address must be host:port",
                "- | 203.0.113.7 | no | ORCHESTRATION_PORT must be a whole number",
                "- | 203.0.113.7 | 70000 | ORCHESTRATION_HOST and ORCHESTRATION_PORT: port must be 1 to 65535",
                "- | no/host | 1 | ORCHESTRATION_HOST and ORCHESTRATION_PORT: host must be"
            })
    void what_is_wrong_is_told_with_the_variable(String address, String host, String port, String told) {
        Map<String, String> environment = new HashMap<>();
        environment.put("ORCHESTRATION_ADDRESS", address);
        environment.put("ORCHESTRATION_HOST", host);
        environment.put("ORCHESTRATION_PORT", port);
        environment.values().removeIf(Objects::isNull);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AnnouncedAddress.of(environment))
                .withMessageContaining(told);
    }
}
