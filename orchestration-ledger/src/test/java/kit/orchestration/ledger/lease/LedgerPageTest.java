package kit.orchestration.ledger.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Limits;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.RequestDigest;
import org.junit.jupiter.api.Test;

/** {@code docs/ledger.md} says what the code writes. */
class LedgerPageTest {

    private static final int FOR_STATE_AND_KEYS = 8 * 1_024;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RequestDigest DIGEST = new RequestDigest("vM8mW9sUco8BVs9c", "2spPzpnCFME04BpH");

    private final String page = page("ledger.md");
    private final Lease lease = Golden.lease("format-1-created.json");
    private final Held held = Free.NEW.hold("s2", MINUTE, null, Map.of());

    @Test
    void its_patches_are_those_that_are_written() {
        Held first = Free.NEW.hold("s1", MINUTE, DIGEST, Map.of("map", "dust 2", "käse", "=,&"));
        assertThat(patch("claim"))
                .isEqualTo(LeasePatch.of(lease)
                        .testState(LedgerState.open("Zx3-_9aQ").format())
                        .slot(0, Free.NEW.format(), first)
                        .slot(2, Free.NEW.format(), held)
                        .key("kPrK_qmxVWaYVA9w", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
                        .holder("matchmaker-1", Instant.parse("2026-11-28T09:15:00Z"))
                        .text());
        assertThat(patch("mark"))
                .isEqualTo(LeasePatch.of(lease)
                        .slot(2, held.format(), held.revoke())
                        .text());
        assertThat(patch("free"))
                .isEqualTo(LeasePatch.of(lease)
                        .slot(2, held.revoke().format(), held.freed())
                        .text());
        assertThat(patch("fence"))
                .isEqualTo(LeasePatch.of(lease)
                        .slot(1, Free.NEW.format(), Free.NEW.fenced())
                        .text());
        assertThat(patch("drain"))
                .isEqualTo(LeasePatch.of(lease)
                        .testState(LedgerState.open("Zx3-_9aQ").format())
                        .set(
                                LedgerNames.STATE,
                                LedgerState.closed("Zx3-_9aQ", true).format())
                        .text());
        assertThat(patch("mend"))
                .isEqualTo(LeasePatch.of(lease)
                        .testVersion(lease)
                        .set(LedgerNames.slot(3), new Free(8).format())
                        .text());
    }

    @Test
    void every_state_and_name_is_on_it() {
        assertThat(page)
                .contains("`"
                        + LedgerState.open("<boot>".replaceAll("[<>]", ""))
                                .format()
                                .replace("boot", "<boot>") + "`")
                .contains("closed/<boot> " + LedgerState.FORMAT + " draining")
                .contains("`" + LedgerNames.POOL_LABEL + "`")
                .contains("annotation `" + LedgerNames.ADDRESS + "`", "up to " + Limits.PORTS + " ports")
                .contains("`" + LedgerNames.PROOF + "`", "`" + LedgerNames.ROOM + "`")
                .contains("`" + LedgerNames.ROOM_ELSEWHERE + "`", "`" + LedgerNames.ROOM_NOWHERE + "`")
                .contains("`" + LedgerNames.key("<kid>") + "`")
                .contains("`" + LedgerNames.lease("") + "`")
                .contains("at most 4,096\ncharacters")
                .contains("| " + LedgerState.FORMAT + " | 0.1.0 |");
        assertThat(LedgerSlot.MAX_LENGTH).isEqualTo(4_096);
        assertThat(Lease.MAX_ANNOTATION_BYTES).isEqualTo(256 * 1_024);
    }

    @Test
    void so_many_slots_fit() {
        StringBuilder table = new StringBuilder();
        for (int bytes : List.of(0, 64, 128, 256, 512, 1_024)) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %,d | %,d | %,d |\n",
                    bytes,
                    fit(annotations(bytes, 'x')),
                    fit(annotations(bytes, '='))));
        }
        assertThat(part("<!-- limits -->", "<!-- /limits -->")).endsWith("|---|---|---|\n" + table);
        assertThat(Limits.ANNOTATION_BYTES).isEqualTo(1_024);
    }

    /** 32 keys are what a pod lets stand, and eight more may come before it takes the older ones out. */
    @Test
    void the_room_for_state_and_keys_is_enough() {
        int key = LedgerNames.key("k".repeat(43)).length() + 43;
        int state = LedgerNames.STATE.length()
                + LedgerState.closed("b".repeat(Limits.ID_LENGTH), true)
                        .format()
                        .length();
        assertThat(40 * key + state).isLessThan(FOR_STATE_AND_KEYS);
    }

    /** With other people's code in mind: the digest as the page describes it, byte by byte. */
    @Test
    void the_digest_is_made_as_it_says() throws Exception {
        AllocateReq request = AllocateReq.builder("duel")
                .selectors(Map.of("region", "eu", "map", "a"))
                .priority(-3)
                .annotations(Map.of("käse", "1"))
                .claimTtl(MINUTE)
                .requestId("match-7")
                .build();
        RequestDigest digest = Objects.requireNonNull(RequestDigest.of(request));

        assertThat(digest.id()).isEqualTo(sha("match-7"));
        assertThat(digest.contents())
                .isEqualTo(sha("duel", "2", "map", "a", "region", "eu", "-3", "1", "käse", "1", "PT1M"));
    }

    private static String sha(String... texts) throws Exception {
        java.security.MessageDigest sha = java.security.MessageDigest.getInstance("SHA-256");
        for (String text : texts) {
            byte[] bytes = text.getBytes(UTF_8);
            sha.update(new byte[] {0, 0, 0, (byte) bytes.length});
            sha.update(bytes);
        }
        return java.util.Base64.getUrlEncoder().encodeToString(sha.digest()).substring(0, 16);
    }

    private static Map<String, String> annotations(int bytes, char each) {
        return bytes == 0 ? Map.of() : Map.of("k", String.valueOf(each).repeat(bytes - 1));
    }

    /** For how long nobody knows that a watch is dead: an allocator's ends soon, a pod's is long. */
    @Test
    void the_times_of_a_dead_watch_are_the_watchers() {
        long allocators = Watcher.LENGTH.plus(Watcher.GRACE).toSeconds();
        long pods = Watcher.SILENCE.toSeconds();

        assertThat(page("kubernetes.md"))
                .contains("an allocator's watch after " + allocators + " s at the latest")
                .contains("and a pod's after " + pods + " s")
                .contains("while callers are refused, else within " + allocators + ":");
        assertThat(page)
                .contains("An allocator asks for at most " + Watcher.LENGTH.toSeconds() + " s of it")
                .contains("has said nothing for " + pods + " s, is dead");
    }

    /** How many slots with such claims are not more than a Lease takes. */
    private static int fit(Map<String, String> annotations) {
        Held claim = new Free(123_456).hold("s".repeat(20), MINUTE, DIGEST, annotations);
        int room = Lease.CLAIMS_ANNOTATION_BYTES - FOR_STATE_AND_KEYS;
        int length = claim.format().length();
        return (int) IntStream.range(0, Limits.CAPACITY)
                .takeWhile(slot -> IntStream.rangeClosed(0, slot)
                                .map(each -> LedgerNames.slot(each).length() + length)
                                .sum()
                        <= room)
                .count();
    }

    private String patch(String name) {
        String json = part("<!-- patch: " + name + " -->\n```json\n", "```");
        return json.lines().map(String::strip).reduce("", String::concat);
    }

    private String part(String from, String to) {
        Matcher found = Pattern.compile(Pattern.quote(from) + "(.*?)" + Pattern.quote(to), Pattern.DOTALL)
                .matcher(page);
        assertThat(found.find()).as(from).isTrue();
        return found.group(1);
    }

    private static String page(String name) {
        try {
            return Files.readString(Path.of(System.getProperty("orchestration.root"), "docs", name), UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
