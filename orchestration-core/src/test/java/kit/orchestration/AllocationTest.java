package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllocationTest {

    private static final String SECRET = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0";

    @Test
    void noTextOfAnAllocationShowsItsToken() {
        Allocation allocation = new Allocation(
                "duel",
                new PodAddress("127.0.0.1", 7777),
                "s1",
                Token.of(SECRET),
                Map.of(Allocation.POD_ANNOTATION, "pod-1"),
                Instant.EPOCH);
        assertThat(allocation.toString()).doesNotContain(SECRET).contains("Token[redacted]");
        assertThat("%s".formatted(allocation.token())).doesNotContain(SECRET);
    }

    @Test
    void aTokenGivesItsTextAndBytesToWhoeverAsks() {
        Token token = Token.of(SECRET);
        assertThat(token.encoded()).isEqualTo(SECRET);
        assertThat(token.bytes()).isEqualTo(SECRET.getBytes(StandardCharsets.US_ASCII));
        token.bytes()[0] = 0;
        assertThat(token.bytes()).isEqualTo(SECRET.getBytes(StandardCharsets.US_ASCII));
        assertThat(token).isEqualTo(Token.of(SECRET)).hasSameHashCodeAs(Token.of(SECRET));
        assertThat(token).isNotEqualTo(Token.of(SECRET + "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with space", "with\nline", "ünicode"})
    void aTextThatIsNoTokenIsRefusedWithoutShowingIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of(text))
                .satisfies(e -> assertThat(e.getMessage()).startsWith("token must"))
                .satisfies(e -> assertThat(text.isEmpty() || !e.getMessage().contains(text))
                        .isTrue());
    }

    @Test
    void theSizeOfATokenIsLookedAtBeforeItsCharacters() {
        assertThat(Token.of("x".repeat(1_024)).encoded()).hasSize(1_024);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of("\n".repeat(1_025)))
                .withMessage("token must have at most 1024 characters, had 1025");
    }

    @Test
    void aTextThatHoldsMoreOrLessThanATokenIsRefusedWithAWayOut() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of("Bearer " + SECRET))
                .withMessageContaining("begins with \"Bearer \": pass on what follows that")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(SECRET));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of("bearer " + SECRET))
                .withMessageContaining("Bearer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of(Token.of(SECRET).toString()))
                .withMessageContaining("send token.encoded()");
    }

    @Test
    void anAllocationNamesItsPod() {
        assertThat(allocation(Map.of(Allocation.POD_ANNOTATION, "pod-1", "map", "dust"))
                        .podName())
                .isEqualTo("pod-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocation(Map.of("map", "dust")))
                .withMessageContaining(Allocation.POD_ANNOTATION);
    }

    @Test
    void theTextOfAnAllocationIsOneLine() {
        Map<String, String> lines = Map.of(Allocation.POD_ANNOTATION, "pod-1", "a", "b\nc\u0085d\u2028e\u2029f\u202eg");
        assertThat(allocation(lines).annotations()).isEqualTo(lines);
        assertThat(allocation(lines).toString()).contains("a=b?c?d?e?f?g");
        assertThat(AllocateReq.builder("duel")
                        .annotation("a", "b\n\u2028")
                        .build()
                        .toString())
                .contains("pool=duel", "a=b??");
    }

    private static Allocation allocation(Map<String, String> annotations) {
        return new Allocation(
                "duel", new PodAddress("127.0.0.1", 7777), "s1", Token.of(SECRET), annotations, Instant.EPOCH);
    }

    @Test
    @SuppressWarnings("NullAway")
    void aNullTokenIsRefusedByName() {
        assertThatNullPointerException().isThrownBy(() -> Token.of(null)).withMessage("token must not be null");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:7777, 127.0.0.1, 7777",
        "pod-1.game.example:1, pod-1.game.example, 1",
        "[::1]:65535, ::1, 65535",
        "[fe80::1%eth0]:80, fe80::1%eth0, 80"
    })
    void anAddressIsHostAndPortAsTheClientDialsIt(String text, String host, int port) {
        PodAddress address = PodAddress.parse(text);
        assertThat(address).isEqualTo(new PodAddress(host, port));
        assertThat(address).hasToString(text);
    }

    @Test
    void anAddressForJavasClientsIsNotLookedUp() {
        InetSocketAddress address = PodAddress.parse("pod.invalid:7777").toInetSocketAddress();
        assertThat(address.isUnresolved()).isTrue();
        assertThat(address.getHostString()).isEqualTo("pod.invalid");
        assertThat(address.getPort()).isEqualTo(7777);
        assertThat(PodAddress.parse("[::1]:1").toInetSocketAddress().getHostString())
                .isEqualTo("::1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a_b.c-d.E9",
                "pod.example.",
                "1host",
                "0.0.0.0",
                "255.255.255.255",
                "::",
                "2001:db8::ffff:192.0.2.1",
                "fe80::1%eth0",
                "fe80::1%25"
            })
    void aHostIsANameOrAnAddress(String host) {
        assertThat(new PodAddress(host, 1).host()).isEqualTo(host);
        assertThat(PodAddress.parse(new PodAddress(host, 1).toString())).isEqualTo(new PodAddress(host, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "...",
                ":",
                ":::",
                "%",
                "a..b",
                ".a",
                "a.-b",
                "-a",
                "a-",
                "a b",
                "a\n",
                "\na",
                "a\u2028",
                "1.2.3",
                "1.2.3.256",
                "1.2.3.4.5",
                "1.2.3.4.",
                "01.2.3.4",
                "host.1",
                "a:b",
                "g::1",
                "1:2",
                "1::2::3",
                "::1%",
                "::1%a\n",
                "[::1]",
                "٣.٣.٣.٣",
                "hôte"
            })
    void anotherHostIsRefusedOnOneLine(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PodAddress(host, 1))
                .withMessageStartingWith("host must be a host name or an IP address without brackets, was ")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "\u2028"));
    }

    @Test
    void aHugeHostIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PodAddress("a.".repeat(1_000_000), 1))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress("a".repeat(64), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress("1".repeat(100_000), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress(":".repeat(100_000), 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "host",
                "host:",
                "host:0",
                "host:65536",
                "host:-1",
                "::1:80",
                "[::1]",
                "a b:1",
                "host:8x",
                "host:٨٠",
                "host:80\n",
                "[host]:80",
                "a\u2028b"
            })
    void anotherAddressIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PodAddress.parse(text))
                .satisfies(e -> assertThat(e.getMessage())
                        .containsAnyOf("address must", "host must", "port must")
                        .doesNotContain("\n", "\u2028"));
    }

    // ---- ports that have names ----

    @Test
    void anAddressWithNamedPortsIsReadAsItWasWritten() {
        PodAddress address = PodAddress.parse("203.0.113.7:31007 query=31008 game=31007");
        assertThat(address.port()).isEqualTo(31_007);
        assertThat(address.port("query")).isEqualTo(31_008);
        assertThat(address.port("game")).isEqualTo(31_007);
        assertThat(address).hasToString("203.0.113.7:31007");
        assertThat(address.format()).isEqualTo("203.0.113.7:31007 game=31007 query=31008");
        assertThat(PodAddress.parse(address.format())).isEqualTo(address);
        assertThat(new PodAddress("::1", 1).withPort("voice", 2).withPort("voice", 3))
                .isEqualTo(PodAddress.parse("[::1]:1 voice=3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a:1 ",
                "a:1  b=2",
                " a:1",
                "a:1 b",
                "a:1 b=",
                "a:1 =2",
                "a:1 b=2 b=2",
                "a:1 b=0",
                "a:1 b=65536",
                "a:1 b=+2",
                "a:1\tb=2",
                "a:1 b c=2",
                "a:1,b=2"
            })
    void whatIsNoNamedPortIsToldSo(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> PodAddress.parse(text));
    }

    @Test
    void aPodHasABoundedNumberOfPorts() {
        PodAddress address = new PodAddress("a", 1);
        for (int i = 1; i <= Limits.PORTS; i++) {
            address = address.withPort("port-" + i, i);
        }
        PodAddress full = address;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> full.withPort("more", 1))
                .withMessageContaining("at most " + Limits.PORTS);
    }

    @Test
    void aPortThatIsNotThereIsToldWithThoseThatAre() {
        Map<String, String> annotations = Map.of(Allocation.POD_ANNOTATION, "duel-1");
        Allocation allocation = new Allocation(
                "duel", PodAddress.parse("a:1 query=2"), "s1", Token.of(SECRET), annotations, Instant.EPOCH);
        assertThat(allocation.port("query")).isEqualTo(2);
        assertThatThrownBy(() -> allocation.port("voice"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("a:1 has no port \"voice\": there are [query]");
        assertThatThrownBy(() -> new PodAddress("a", 1).port("voice")).hasMessageContaining("none has a name");
    }
}
