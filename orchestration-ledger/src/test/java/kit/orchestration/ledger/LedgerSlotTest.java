package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerSlotTest {

    private static final RequestDigest DIGEST = new RequestDigest("vM8mW9sUco8BVs9c", "2spPzpnCFME04BpH");
    private static final Duration TTL = Duration.ofSeconds(60);

    @Test
    void eachSlotHasItsText() {
        assertText(new Free(0), "0");
        assertText(new Free(41), "41");
        assertText(new Held(0, "s-1", TTL, null, Map.of(), false, ""), "0 s-1 60000 - -");
        assertText(
                new Held(3, "s-1", TTL, DIGEST, Map.of("b", "", "a", "x y&z=1"), false, ""),
                "3 s-1 60000 vM8mW9sUco8BVs9c.2spPzpnCFME04BpH a=x+y%26z%3D1,b=");
        assertText(
                new Held(3, "-", TTL, null, Map.of("-", "-", "ключ", "\uD83D\uDE00\u0000\n%+"), true, ""),
                "3 - 60000 - -=-,%D0%BA%D0%BB%D1%8E%D1%87=%F0%9F%98%80%00%0A%25%2B revoked");
    }

    @Test
    void aSlotGoesRoundAndItsCountRises() {
        Held held = Free.NEW.hold("s-1", TTL, DIGEST, Map.of("map", "dust"));

        assertThat(held).isEqualTo(new Held(0, "s-1", TTL, DIGEST, Map.of("map", "dust"), false, ""));
        assertThat(held.revoke()).isEqualTo(new Held(0, "s-1", TTL, DIGEST, Map.of("map", "dust"), true, ""));
        assertThat(held.freed()).isEqualTo(new Free(1));
        assertThat(held.revoke().freed()).isEqualTo(new Free(1));
        assertThat(new Free(1).fenced()).isEqualTo(new Free(2));
    }

    @Test
    void aCountThatHasNoNextOneBeginsAnew() {
        Free last = new Free(LedgerSlotText.MAX_USES);

        assertThat(last.fenced()).isEqualTo(Free.NEW);
        assertThat(last.hold("s-1", TTL, DIGEST, Map.of()).freed()).isEqualTo(Free.NEW);
    }

    @Test
    void wordsOfALaterFormatAreReadAsTheyWereWritten() {
        Held marked = new Held(3, "s", TTL, null, Map.of(), true, "revoked x=1 y");
        assertThat(LedgerSlot.parse(marked.format())).isEqualTo(marked);
        for (String more : new String[] {" ", "a ", " a", "a  b", "revoked", "revoked a"}) {
            assertThatThrownBy(() -> new Held(3, "s", TTL, null, Map.of(), false, more))
                    .as(more)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("more");
        }
    }

    @Test
    void randomSlotsAreReadAsTheyWereWritten() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            LedgerSlot slot = slot(random);
            assertThat(LedgerSlot.parse(slot.format()))
                    .as("seed %d, slot %d", seed, i)
                    .isEqualTo(slot);
        }
    }

    /** The API server compares what a JSON Patch tests as it stands in the JSON, and Go escapes what Java doesn't. */
    @Test
    void noTextHasACharacterThatAnyJsonWriterEscapes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            assertThat(slot(random).format())
                    .as("seed %d, slot %d", seed, i)
                    .doesNotContainPattern("[^ -~]|[&<>\"\\\\/]");
        }
    }

    @Test
    void randomlyDamagedTextIsReadExactlyOrRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String alphabet = "0123456789 -_.=&%+abzAZ\u0000é\n";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(slot(random).format());
            for (int damage = 1 + random.nextInt(3); damage > 0; damage--) {
                int at = random.nextInt(text.length());
                text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                assertThat(LedgerSlot.parse(text.toString()).format())
                        .as("seed %d, text %d", seed, i)
                        .isEqualTo(text.toString());
            } catch (LedgerFormatException refused) {
                assertThat(refused.getMessage()).as("seed %d, text %d", seed, i).contains("must");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|uses",
                "x|uses",
                "01|uses",
                "-1|uses",
                "+1|uses",
                "1000000000000000000|uses",
                "' 1'|slot's text",
                "'1 '|slot's text",
                "'1  s-1 60000 - -'|slot's text",
                "1 s-1|slot's text",
                "1 s-1 60000 -|slot's text",
                "'1 s-1 60000 - - '|slot's text",
                "1 s-1 60000 - -  revoked|slot's text",
                "01 s-1 60000 - -|uses",
                "1 s/1 60000 - -|sessionId",
                "1 s-1 60s - -|ttl",
                "1 s-1 0 - -|ttl",
                "1 s-1 86400001 - -|ttl",
                "1 s-1 999999999999999999 - -|ttl",
                "1 s-1 60000 x -|digest",
                "1 s-1 60000 vM8mW9sUco8BVs9c -|digest",
                "1 s-1 60000 vM8mW9sUco8BVs9c.2spPzpnCFME04Bp -|digest",
                "1 s-1 60000 vM8mW9sUco8BVs9c.2spPzpnCFME04Bp= -|digest",
                "1 s-1 60000 .vM8mW9sUco8BVs9c.2spPzpnCFME04BpH -|digest",
                "1 s-1 60000 - a|annotations",
                "1 s-1 60000 - =a|annotations",
                "1 s-1 60000 - a=1,|annotations",
                "1 s-1 60000 - a=1&b=1|annotations",
                "1 s-1 60000 - a=1=2|annotations",
                "1 s-1 60000 - b=1,a=1|annotations",
                "1 s-1 60000 - a=1,a=2|annotations",
                "1 s-1 60000 - a=%|annotations",
                "1 s-1 60000 - a=%zz|annotations",
                "1 s-1 60000 - a=%3d|annotations",
                "1 s-1 60000 - a=%61|annotations",
                "1 s-1 60000 - a=%FF|annotations",
                "1 s-1 60000 - a=é|annotations",
                "1 s-1 60000 - orchestration.kit%2Fx=1|annotations",
            })
    void anotherTextIsRefusedAndTheFieldIsNamed(String text, String field) {
        assertThatThrownBy(() -> LedgerSlot.parse(text))
                .isInstanceOf(LedgerFormatException.class)
                .hasMessageContaining(field)
                .hasMessageContaining("must");
    }

    @Test
    void aTextMayBe4096CharactersAndNotOneMore() {
        assertThatThrownBy(() -> LedgerSlot.parse("1".repeat(4_096))).hasMessageContaining("uses must");
        assertThatThrownBy(() -> LedgerSlot.parse("1".repeat(4_097))).hasMessageContaining("at most 4096");
    }

    @Test
    void theLargestSlotFits() {
        Map<String, String> annotations = new HashMap<>();
        for (int i = 0; i < 16; i++) {
            annotations.put("\u0001" + (char) ('a' + i), "\u0002".repeat(62));
        }
        Held largest =
                new Held(999_999_999_999_999_999L, "s".repeat(64), Duration.ofDays(1), DIGEST, annotations, true, "");

        assertThat(largest.format()).hasSizeBetween(3_000, LedgerSlot.MAX_LENGTH);
        assertThat(LedgerSlot.parse(largest.format())).isEqualTo(largest);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_000_000_000_000_000_000L})
    void usesHasBounds(long uses) {
        assertThatThrownBy(() -> new Free(uses)).hasMessageContaining("uses must be");
        assertThatThrownBy(() -> new Held(uses, "s", TTL, null, Map.of(), false, ""))
                .hasMessageContaining("uses must be");
    }

    @Test
    void ttlHasBounds() {
        assertText(new Held(0, "s", Duration.ofMillis(1), null, Map.of(), false, ""), "0 s 1 - -");
        assertText(new Held(0, "s", Duration.ofDays(1), null, Map.of(), false, ""), "0 s 86400000 - -");
        for (Duration ttl : new Duration[] {
            Duration.ZERO,
            Duration.ofNanos(1),
            Duration.ofNanos(1_000_001),
            Duration.ofDays(1).plusMillis(1)
        }) {
            assertThatThrownBy(() -> new Held(0, "s", ttl, null, Map.of(), false, ""))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("ttl must be");
        }
    }

    private static void assertText(LedgerSlot slot, String text) {
        assertThat(slot.format()).isEqualTo(text);
        assertThat(LedgerSlot.parse(text)).isEqualTo(slot);
    }

    private static LedgerSlot slot(Random random) {
        long uses = Math.floorMod(random.nextLong(), 1L << random.nextInt(60));
        if (random.nextInt(4) == 0) {
            return new Free(uses);
        }
        byte[] id = new byte[12];
        random.nextBytes(id);
        byte[] contents = new byte[12];
        random.nextBytes(contents);
        Map<String, String> annotations = new HashMap<>();
        for (int n = random.nextInt(5); n > 0; n--) {
            annotations.put("k" + text(random), text(random));
        }
        return new Held(
                uses,
                Base64.getUrlEncoder().withoutPadding().encodeToString(id),
                Duration.ofMillis(1 + random.nextInt(86_400_000)),
                random.nextBoolean()
                        ? null
                        : new RequestDigest(
                                Base64.getUrlEncoder().withoutPadding().encodeToString(id),
                                Base64.getUrlEncoder().withoutPadding().encodeToString(contents)),
                annotations,
                random.nextBoolean(),
                "");
    }

    /** Any Unicode but half pairs, of every length in UTF-8. */
    private static String text(Random random) {
        return random.ints(random.nextInt(10), 0, 32)
                .map(bits -> random.nextInt(
                        switch (bits % 4) {
                            case 0 -> 0x80;
                            case 1 -> 0x800;
                            case 2 -> 0x10000;
                            default -> 0x110000;
                        }))
                .filter(point -> point < 0xd800 || point > 0xdfff)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void words_of_a_later_format_are_passed_over_and_kept_when_the_claim_is_marked() {
        Held held = (Held) LedgerSlot.parse("3 s-1 60000 - - colour=red x");
        assertThat(held.revoked()).isFalse();
        assertThat(held.more()).isEqualTo("colour=red x");
        assertText(held, "3 s-1 60000 - - colour=red x");
        assertText(held.revoke(), "3 s-1 60000 - - revoked colour=red x");
        assertThat(held.revoke().freed()).isEqualTo(new Free(4));
    }

    @Test
    void a_text_that_cannot_be_read_is_no_error_and_neither_free_nor_a_claim() {
        for (String text : new String[] {"garbage", "", "4 ", "4 s/1 60000 - -", "-1", "4 s-1"}) {
            LedgerSlot slot = LedgerSlot.read(text);
            assertThat(slot).isInstanceOf(LedgerSlot.Unreadable.class);
            assertThat(slot.format()).isEqualTo(text);
            assertThat(slot.version() & 1).as(text).isEqualTo(1);
            assertThat(LedgerSlot.claim(text)).isNull();
        }
        assertThat(LedgerSlot.read(null).version()).isEqualTo(LedgerSlot.UNREADABLE);
        assertThat(LedgerSlot.claim(null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0,0", "7,14", "999999999999999999,1999999999999999998", "7 s-1 60000 - -,15", "7 garbage,15"})
    void a_version_counts_two_for_each_use_and_one_while_the_slot_is_held(String text, long version) {
        assertThat(LedgerSlot.version(text)).isEqualTo(version);
        assertThat(LedgerSlot.read(text).version()).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 1", "01", "x", "-1", "+1", "1000000000000000000", "٣"})
    void a_text_without_a_count_has_no_version(String text) {
        assertThat(LedgerSlot.version(text)).isEqualTo(LedgerSlot.UNREADABLE);
    }
}
