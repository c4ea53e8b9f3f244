package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kit.orchestration.ledger.LedgerSlot.Free;
import org.junit.jupiter.api.Test;

class LeasePatchTest {

    private static final String TEST_UID =
            "{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"e4c7666a-ea78-44d4-8164-713a67578ce0\"},"
                    + "{\"op\":\"add\",\"path\":\"/metadata/managedFields\",\"value\":[]}";

    private final Lease lease = Golden.lease("format-1-created.json");

    @Test
    void every_patch_tests_the_uid_and_ends_the_record_of_fields() {
        assertThat(LeasePatch.of(lease).text()).isEqualTo("[" + TEST_UID + "]");
    }

    @Test
    void each_step_is_an_operation_in_its_order() {
        String text = LeasePatch.of(lease)
                .testVersion(lease)
                .testState("open/b 1")
                .slot(3, "41", new Free(42))
                .key("k-1", "ed25519:x")
                .set("a/b~c", "say \"é\"\n<&>")
                .remove("7")
                .text();

        assertThat(text)
                .isEqualTo("[" + TEST_UID
                        + ",{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"217\"}"
                        + ",{\"op\":\"test\",\"path\":\"/metadata/annotations/state\",\"value\":\"open/b 1\"}"
                        + ",{\"op\":\"test\",\"path\":\"/metadata/annotations/3\",\"value\":\"41\"}"
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/3\",\"value\":\"42\"}"
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/key-k-1.pub\",\"value\":\"ed25519:x\"}"
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/a~1b~0c\",\"value\":\"say "
                        + "\\\"é\\\"\\n<&>\"}"
                        + ",{\"op\":\"remove\",\"path\":\"/metadata/annotations/7\"}]");
    }

    @Test
    void a_change_tests_the_text_that_was_read_or_that_there_was_none() {
        assertThat(LeasePatch.of(lease).change("drain", null, "one").text())
                .isEqualTo("[" + TEST_UID
                        + ",{\"op\":\"test\",\"path\":\"/metadata/annotations/drain\",\"value\":null}"
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/drain\",\"value\":\"one\"}]");
        assertThat(LeasePatch.of(lease).change("drain", "one", null).text())
                .isEqualTo("[" + TEST_UID
                        + ",{\"op\":\"test\",\"path\":\"/metadata/annotations/drain\",\"value\":\"one\"}"
                        + ",{\"op\":\"remove\",\"path\":\"/metadata/annotations/drain\"}]");
    }

    @Test
    void that_there_is_room_elsewhere_is_written_if_the_lease_says_otherwise() {
        String there = LeasePatch.of(lease).roomElsewhere(true).text();
        assertThat(there)
                .isEqualTo("[" + TEST_UID
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/room\",\"value\":\"elsewhere\"}]");
        assertThat(LeasePatch.of(lease).roomElsewhere(false).text()).isEqualTo("[" + TEST_UID + "]");

        Lease told = Lease.read("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"9\","
                + "\"annotations\":{\"room\":\"elsewhere\"}}}");
        assertThat(told.roomElsewhere()).isTrue();
        assertThat(LeasePatch.of(told).roomElsewhere(true).text()).doesNotContain("room");
        assertThat(LeasePatch.of(told).roomElsewhere(false).text())
                .endsWith(",{\"op\":\"add\",\"path\":\"/metadata/annotations/room\",\"value\":\"nowhere\"}]");
    }

    @Test
    void a_text_with_what_Go_escapes_is_tested_by_the_version() {
        String held = "4 s-1 60000 - - revoked <later>&more";

        assertThat(LeasePatch.of(lease).slot(3, held, new Free(5)).text())
                .isEqualTo("[" + TEST_UID
                        + ",{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"217\"}"
                        + ",{\"op\":\"add\",\"path\":\"/metadata/annotations/3\",\"value\":\"5\"}]");
    }

    /** Java writes {@code \\u001B}, Go {@code \\u001b}: one would never be the other. */
    @Test
    void a_text_with_a_control_character_is_tested_by_the_version_too() {
        assertThat(LeasePatch.of(lease).test("0", "1 \u001b").text())
                .doesNotContain("\"path\":\"/metadata/annotations/0\"");
    }

    /** MicroTime wants six digits, by whatever language; tried on 1.36: {@code status-422-renew.json}. */
    @Test
    void the_holder_is_written_with_six_digits_in_every_language() {
        Locale before = Locale.getDefault();
        try {
            for (String tag : List.of("en", "ar-EG", "fa-IR", "th-TH-u-ca-buddhist")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertThat(LeasePatch.of(lease)
                                .holder("me", Instant.parse("2026-11-28T09:15:00.123456789Z"))
                                .text())
                        .endsWith("{\"op\":\"add\",\"path\":\"/spec/holderIdentity\",\"value\":\"me\"},"
                                + "{\"op\":\"add\",\"path\":\"/spec/renewTime\","
                                + "\"value\":\"2026-11-28T09:15:00.123456Z\"}]");
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Nothing can be added into a map that is not there: 422, for ever (tried on 1.36). */
    @Test
    void where_somebody_has_removed_all_annotations_they_are_made_first() {
        Lease bare = new Lease(
                "a", "u", "", 9, "", null, null, false, null, null, null, List.of(), Map.of(), false, null, null, 0);

        assertThat(LeasePatch.of(bare).set("0", "0").text())
                .isEqualTo("[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u\"},"
                        + "{\"op\":\"add\",\"path\":\"/metadata/managedFields\",\"value\":[]},"
                        + "{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"9\"},"
                        + "{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{}},"
                        + "{\"op\":\"add\",\"path\":\"/metadata/annotations/0\",\"value\":\"0\"}]");
    }

    @Test
    void the_text_can_be_asked_for_twice() {
        LeasePatch patch = LeasePatch.of(lease).set("0", "1");
        assertThat(patch.text()).isEqualTo(patch.text());
    }
}
