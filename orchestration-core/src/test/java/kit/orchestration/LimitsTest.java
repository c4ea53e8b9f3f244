package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit at it and one beyond: what is said names the field. */
class LimitsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"d", "duel", "eu-west-1", "0", "a123456789012345678901234567890123456789012345678901234567890bc"
            })
    void aPoolIsADnsLabel(String pool) {
        assertThat(AllocateReq.of(pool).pool()).isEqualTo(pool);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Eu West",
                "-duel",
                "duel-",
                "du.el",
                "duël",
                "a123456789012345678901234567890123456789012345678901234567890bcd"
            })
    void anotherPoolIsRefusedByName(String pool) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.of(pool))
                .withMessageContaining("pool must be a DNS label")
                .withMessageContaining('"' + pool + '"');
    }

    @Test
    void aHugePoolDoesNotFillTheLog() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.of("x".repeat(1_000_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300).contains("(1000000 characters)"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\u0085", "\u2028", "\u2029", "\u001b", "\u007f", "\u009b", "\u202e", "\u200b"})
    void whatCouldForgeALineDoesNotReachTheLog(String bad) {
        String text = "a" + bad + "FATAL all is lost";
        AllocateReq.Builder builder = AllocateReq.builder("duel");
        for (ThrowingCallable mistake : List.<ThrowingCallable>of(
                () -> AllocateReq.of(text),
                () -> builder.selectors(Map.of(text, "x")).build(),
                () -> builder.selectors(Map.of("x", text)).build(),
                () -> builder.selectors(Collections.singletonMap(text, nothing()))
                        .build(),
                () -> builder.selectors(Map.of())
                        .annotations(Map.of(text, "\ud83c"))
                        .build(),
                () -> builder.annotations(Map.of("orchestration.kit/" + text, ""))
                        .build(),
                () -> builder.annotations(Map.of()).requestId(text).build())) {
            assertThatThrownBy(mistake)
                    .satisfies(
                            e -> assertThat(e.getMessage()).doesNotContain(bad).contains("a?FATAL"));
        }
    }

    @Test
    void nullsAreRefusedByName() {
        AllocateReq.Builder builder = AllocateReq.builder("duel");
        assertThatNullPointerException()
                .isThrownBy(() -> AllocateReq.of(nothing()))
                .withMessage("pool must not be null");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.selectors(nothing()).build())
                .withMessage("selectors must not be null");
        builder.selectors(Map.of());
        assertThatNullPointerException()
                .isThrownBy(() -> builder.annotations(nothing()).build())
                .withMessage("annotations must not be null");
        builder.annotations(Map.of());
        assertThatNullPointerException()
                .isThrownBy(() -> builder.maxWait(nothing()).build())
                .withMessage("maxWait must not be null");
        builder.maxWait(Duration.ZERO);
        assertThatNullPointerException()
                .isThrownBy(() -> builder.claimTtl(nothing()).build())
                .withMessage("claimTtl must not be null");
    }

    @Test
    void nullKeysAndValuesAreRefusedByName() {
        Map<String, String> nullValue = new HashMap<>();
        nullValue.put("region", nothing());
        assertThatNullPointerException()
                .isThrownBy(
                        () -> AllocateReq.builder("duel").selectors(nullValue).build())
                .withMessageContaining("selectors must not have a null key or value");
        assertThatNullPointerException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .annotations(Collections.singletonMap(nothing(), "x"))
                        .build())
                .withMessageContaining("annotations must not have a null key or value");
    }

    @Test
    void selectorsAreBoundedInNumber() {
        assertThat(AllocateReq.builder("duel").selectors(entries(16)).build().selectors())
                .hasSize(16);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> AllocateReq.builder("duel").selectors(entries(17)).build())
                .withMessageContaining("selectors must have at most 16 entries, had 17");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "region",
                "example.com/region",
                "a.b_c-d",
                "x12345678901234567890123456789012345678901234567890123456789012"
            })
    void aSelectorHasAKubernetesLabelKey(String key) {
        assertThat(AllocateReq.builder("duel")
                        .selectors(Map.of(key, "v"))
                        .build()
                        .selectors())
                .containsKey(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/region",
                "example.com/",
                "-region",
                "region-",
                "Example.com/region",
                "a/b/c",
                "re gion",
                "x123456789012345678901234567890123456789012345678901234567890123"
            })
    void anotherSelectorKeyIsRefused(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        AllocateReq.builder("duel").selectors(Map.of(key, "v")).build())
                .withMessageContaining("selectors must have Kubernetes label keys")
                .withMessageContaining('"' + key + '"');
    }

    @ParameterizedTest
    @ValueSource(strings = {"-eu", "eu ", "e/u", "x123456789012345678901234567890123456789012345678901234567890123"})
    void aSelectorHasAKubernetesLabelValue(String value) {
        assertThat(AllocateReq.builder("duel")
                        .selectors(Map.of("region", ""))
                        .build()
                        .selectors())
                .containsEntry("region", "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .selectors(Map.of("region", value))
                        .build())
                .withMessageContaining("selectors must have Kubernetes label values")
                .withMessageContaining('"' + value + '"');
    }

    @Test
    void keysOfOurOwnAreReserved() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .selectors(Map.of("orchestration.kit/pool", "other"))
                        .build())
                .withMessageContaining("selectors must not have keys under orchestration.kit/");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .annotations(Map.of("orchestration.kit/pod", "x"))
                        .build())
                .withMessageContaining("annotations must not have keys under orchestration.kit/");
    }

    @Test
    void annotationsAreBoundedInNumber() {
        assertThat(AllocateReq.builder("duel").annotations(entries(16)).build().annotations())
                .hasSize(16);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        AllocateReq.builder("duel").annotations(entries(17)).build())
                .withMessageContaining("annotations must have at most 16 entries, had 17");
    }

    @Test
    void annotationsAreBoundedInBytesOfUtf8() {
        // A key of 1 byte, then a letter of 1, 2, 3 and 4 bytes each.
        for (String letter : new String[] {"a", "ä", "€", "🎲"}) {
            int bytes = letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            String fits = letter.repeat(1_020 / bytes) + "x".repeat(1_023 - (1_020 / bytes) * bytes);
            assertThat(AllocateReq.builder("duel")
                            .annotations(Map.of("k", fits))
                            .build()
                            .annotations())
                    .containsEntry("k", fits);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AllocateReq.builder("duel")
                            .annotations(Map.of("k", fits + "x"))
                            .build())
                    .withMessageContaining("annotations must have at most 1024 bytes")
                    .withMessageContaining("had 1025");
        }
    }

    @Test
    void annotationsAreWellFormedUnicodeWithKeys() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        AllocateReq.builder("duel").annotations(Map.of("", "x")).build())
                .withMessageContaining("annotations must not have an empty key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .annotations(Map.of("k", "half \ud83c"))
                        .build())
                .withMessageContaining("annotations must be well-formed Unicode");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .annotations(Map.of("k\udfb2", "v"))
                        .build())
                .withMessageContaining("annotations must be well-formed Unicode");
    }

    @Test
    void timesAreBounded() {
        assertThat(AllocateReq.builder("duel").maxWait(Duration.ZERO).build().maxWait())
                .isZero();
        assertThat(AllocateReq.builder("duel")
                        .maxWait(Duration.ofHours(1))
                        .build()
                        .maxWait())
                .hasHours(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .maxWait(Duration.ofHours(1).plusNanos(1))
                        .build())
                .withMessageContaining("maxWait must be PT0S to PT1H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .maxWait(Duration.ofNanos(-1))
                        .build())
                .withMessageContaining("maxWait must be");
        assertThat(AllocateReq.builder("duel")
                        .claimTtl(Duration.ofSeconds(1))
                        .build()
                        .claimTtl())
                .hasSeconds(1);
        assertThat(AllocateReq.builder("duel")
                        .claimTtl(Duration.ofDays(1))
                        .build()
                        .claimTtl())
                .hasDays(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .claimTtl(Duration.ofMillis(999))
                        .build())
                .withMessageContaining("claimTtl must be PT1S to PT24H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .claimTtl(Duration.ofDays(1).plusNanos(1))
                        .build())
                .withMessageContaining("claimTtl must be");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocateReq.builder("duel")
                        .maxWait(Duration.ofSeconds(Long.MAX_VALUE))
                        .build())
                .withMessageContaining("maxWait must be");
    }

    @Test
    void aRequestIdIsVisibleAsciiOfBoundedLength() {
        assertThat(AllocateReq.builder("duel").requestId("r".repeat(63)).build().requestId())
                .hasSize(63);
        assertThat(AllocateReq.builder("duel").requestId("!match/7~").build().requestId())
                .isEqualTo("!match/7~");
        for (String bad : new String[] {"", "r".repeat(64), "a b", "ä", "a\n"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AllocateReq.builder("duel").requestId(bad).build())
                    .withMessageContaining("requestId must be 1 to 63 characters of visible ASCII");
        }
    }

    @Test
    void aCapacityIsBounded() {
        assertThat(Limits.checkCapacity(1)).isEqualTo(1);
        assertThat(Limits.checkCapacity(1_000)).isEqualTo(1_000);
        for (int bad : new int[] {0, -1, Integer.MIN_VALUE, 1_001}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limits.checkCapacity(bad))
                    .withMessage("capacity must be 1 to 1000, was " + bad);
        }
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "key-" + i, i -> "v"));
    }

    /** A null that no checker sees. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }
}
