package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseTest {

    private static final String UID = "e4c7666a-ea78-44d4-8164-713a67578ce0";

    // ---- as the server writes them ----

    @ParameterizedTest
    @ValueSource(strings = {"format-1-created.json", "format-1-created-pretty.json"})
    void a_lease_that_was_just_made(String file) {
        Lease lease = Golden.lease(file);

        assertThat(lease.name()).isEqualTo("orchestration-duel-7f6c9-x2");
        assertThat(lease.uid()).isEqualTo(UID);
        assertThat(lease.version()).isEqualTo(217);
        assertThat(lease.pool()).isEqualTo("duel");
        assertThat(lease.podName()).isEqualTo("duel-7f6c9-x2");
        assertThat(lease.podUid()).isEqualTo("a50e3372-c5a6-40e5-ab98-a1097bfa7dbc");
        assertThat(lease.leaving()).isFalse();
        assertThat(lease.state()).isEqualTo(LedgerState.closed("Zx3-_9aQ", false));
        assertThat(lease.slots()).containsExactly("0", "0", "0", "0");
        assertThat(lease.keys()).isEmpty();
        assertThat(lease.holder()).isNull();
        assertThat(lease.renewed()).isNull();
        assertThat(lease.annotationBytes()).isEqualTo("state".length() + "closed/Zx3-_9aQ 1".length() + 8);
    }

    @Test
    void a_lease_with_claims() {
        Lease lease = Golden.lease("format-1-claim.json");

        assertThat(lease.state()).isEqualTo(LedgerState.open("Zx3-_9aQ"));
        assertThat(lease.slots())
                .containsExactly(
                        "0 s1 60000 vM8mW9sUco8BVs9c.2spPzpnCFME04BpH k%C3%A4se=%3D%2C%26,map=dust+2",
                        "0", "0 s2 60000 - -", "0");
        assertThat(LedgerSlot.claim(lease.slot(0)))
                .isNotNull()
                .extracting(LedgerSlot.Held::annotations)
                .isEqualTo(Map.of("käse", "=,&", "map", "dust 2"));
        assertThat(lease.keys()).isEqualTo(Map.of("k1", "ed25519:MCowBQYDK2VwAyEA"));
        assertThat(lease.holder()).isEqualTo("matchmaker-1");
        assertThat(lease.renewed()).isEqualTo("2026-11-28T09:15:00.000000Z");
        assertThat(lease.sinceRenewed(Instant.parse("2026-11-28T09:15:07Z"))).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void a_lease_that_was_marked_freed_and_drained() {
        assertThat(Golden.lease("format-1-mark.json").slot(2)).isEqualTo("0 s2 60000 - - revoked");
        assertThat(Golden.lease("format-1-free.json").slot(2)).isEqualTo("1");
        assertThat(Golden.lease("format-1-drain.json").state()).isEqualTo(LedgerState.closed("Zx3-_9aQ", true));
    }

    @Test
    void a_lease_of_format_0() {
        Lease lease = Golden.lease("format-0.json");

        assertThat(lease.state()).isEqualTo(new LedgerState(true, "Qm81kZx0", 0, false));
        assertThat(lease.slots()).hasSize(4).element(3).isEqualTo("5 s2 1500 - - revoked");
        assertThat(lease.keys()).containsOnlyKeys("vZ4cX8bLtT1qQ0nW2eR5yU7iO9pA3sD6fG8hJ0kL2zX");
        assertThat(lease.renewed()).isEqualTo("2026-11-28T09:15:00.000001Z");
    }

    @Test
    void what_somebody_has_added_by_hand_counts_in_its_size_and_nowhere_else() {
        Lease before = Golden.lease("format-0.json");
        Lease lease = Golden.lease("format-0-edited.json");

        assertThat(lease.slots()).hasSize(7).element(6).isEqualTo("garbage");
        assertThat(lease.slots().subList(4, 6)).containsOnlyNulls();
        assertThat(lease.slot(999)).isNull();
        assertThat(lease.keys()).isEqualTo(before.keys());
        // note <b>&é and a line separator, 1000, 01, 6
        assertThat(lease.annotationBytes() - before.annotationBytes()).isEqualTo(4 + 4 + 2 + 3 + 5 + 3 + 8);
    }

    @Test
    void a_page_of_a_list_says_where_the_next_one_is() {
        LeaseApi.Page<Lease> first = LeaseReader.page(Golden.text("page-1.json"));
        LeaseApi.Page<Lease> last = LeaseReader.page(Golden.text("page-2.json"));

        assertThat(first.objects()).extracting(Lease::name).containsExactly("orchestration-duel-7f6c9-x2");
        assertThat(first.version()).isEqualTo("316");
        assertThat(first.next()).startsWith("eyJ2IjoibWV0YS5rOHMuaW8vdjEi");
        assertThat(last.objects()).extracting(Lease::name).containsExactly("orchestration-duel-old");
        assertThat(last.version()).isEqualTo("316");
        assertThat(last.next()).isEmpty();
    }

    @Test
    void the_lines_of_a_watch() {
        assertThat(Golden.lines("watch-claims.jsonl").stream()
                        .map(LeaseReader::object)
                        .map(Lease::version))
                .isSorted()
                .endsWith(249L, 249L);
        List<Lease> kinds = Golden.lines("watch-kinds.jsonl").stream()
                .map(LeaseReader::object)
                .toList();
        assertThat(kinds.get(0).leaving()).isFalse();
        assertThat(kinds.get(1).leaving())
                .as("deleted, and held by a finalizer")
                .isTrue();
        assertThat(kinds.get(4)).extracting(Lease::version, Lease::name).containsExactly(320L, "");
    }

    // ---- as nobody should write them ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"lease\"",
                "7",
                "{}",
                "{\"metadata\":null}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":null}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"x\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"-1\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"99999999999999999999\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":null,\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1\"",
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1\",\"ownerReferences\":[{",
                "<html><body>502 Bad Gateway</body></html>",
            })
    void what_is_no_lease_is_refused(String json) {
        assertThatThrownBy(() -> Lease.read(json)).isInstanceOf(UncheckedIOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"labels\":null,\"annotations\":null,\"ownerReferences\":null,\"deletionTimestamp\":null}",
                "{\"labels\":[],\"annotations\":\"x\",\"ownerReferences\":{\"a\":[1]},\"deletionTimestamp\":{}}",
                "{\"labels\":{\"orchestration.kit/pool\":null},\"ownerReferences\":\"x\"}",
                "{\"labels\":{\"orchestration.kit/pool\":{\"a\":{}}},\"ownerReferences\":[null,7,[{}],"
                        + "{\"kind\":null}]}",
                "{\"ownerReferences\":[{\"kind\":\"Job\",\"name\":\"j\",\"uid\":\"1\"}],\"deletionTimestamp\":[]}",
            })
    void parts_that_are_null_or_of_another_kind_are_missing(String parts) {
        Lease lease = read("\"more\":1", parts);

        assertThat(lease.name()).as("what follows is read").isEqualTo("a");
        assertThat(lease.pool()).isEmpty();
        assertThat(lease.podUid()).isNull();
        assertThat(lease.podName()).isNull();
        assertThat(lease.leaving()).isFalse();
        assertThat(lease.state()).isNull();
        assertThat(lease.slots()).isEmpty();
        assertThat(lease.holder()).isEqualTo("me");
    }

    @Test
    void the_word_null_is_no_holder() {
        Lease lease = Lease.read("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1\"},"
                + "\"spec\":{\"holderIdentity\":null,\"renewTime\":null}}");

        assertThat(lease.holder()).isNull();
        assertThat(lease.renewed()).isNull();
    }

    /** As the API server takes them: an annotation that is null is an empty one. */
    @Test
    void annotations_of_another_kind_are_empty_texts() {
        Lease lease = annotated("\"0\":null,\"1\":{\"a\":[1,{\"2\":\"3\"}]},\"2\":7,\"state\":null");

        assertThat(lease.slots()).containsExactly("", "", "7");
        assertThat(lease.stateText()).isEmpty();
        assertThat(lease.state()).isNull();
    }

    @Test
    void the_last_of_two_wins() {
        Lease lease = annotated("\"0\":\"1\",\"0\":\"2\",\"state\":\"closed\",\"state\":\"open/b\"");

        assertThat(lease.slots()).containsExactly("2");
        assertThat(lease.state()).isEqualTo(new LedgerState(true, "b", 0, false));
    }

    @Test
    void gaps_and_slots_beyond_any_pod() {
        Lease lease = annotated("\"999\":\"1\",\"3\":\"x\",\"1000\":\"5\",\"-1\":\"5\",\"٣\":\"5\",\"64\":\"0\"");

        assertThat(lease.slots()).hasSize(1_000);
        assertThat(IntStream.range(0, 1_000).filter(slot -> lease.slot(slot) != null))
                .containsExactly(3, 64, 999);
        assertThatThrownBy(() -> lease.slots().set(0, "1")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void small_counts_are_one_object_for_all_leases() {
        Lease one = annotated("\"0\":\"999\",\"1\":\"1000\",\"2\":\"007\",\"3\":\"12x\"");
        Lease two = annotated("\"0\":\"999\"");

        assertThat(one.slot(0)).isSameAs(two.slot(0));
        assertThat(one.slots()).containsExactly("999", "1000", "007", "12x");
    }

    /** A pod may write what it likes into its own Lease, and must not make those of the others unreadable. */
    @Test
    void some_hundred_names_that_share_a_hash_are_read() {
        String annotations = IntStream.range(0, 4_096)
                .mapToObj(i -> "\"key-"
                        + IntStream.range(0, 12)
                                .mapToObj(bit -> ((i >> bit) & 1) == 0 ? "AB" : "B!")
                                .collect(Collectors.joining())
                        + ".pub\":\"x\"")
                .collect(Collectors.joining(","));

        assertThat(annotated(annotations).keys()).hasSize(4_096);
        assertThat(annotated(annotations).keys()).hasSize(4_096);
    }

    @Test
    void a_lease_of_256_kib_is_read_and_measured_in_bytes() {
        String text = "é€\uD83D\uDE00x".repeat(2_000);
        Lease lease = annotated(IntStream.range(0, 10)
                .mapToObj(slot -> "\"" + slot + "\":\"" + text + "\"")
                .collect(Collectors.joining(",")));

        assertThat(lease.slots()).hasSize(10).containsOnly(text);
        int exact = 10 + 10 * text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        assertThat(lease.annotationBytes())
                .as("never less than the server counts")
                .isBetween(exact, exact + 40_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"items\":[]}", "{\"message\":\"log in\"}", "{\"metadata\":{},\"items\":[]}", "[]"})
    void what_is_no_list_is_no_empty_list(String json) {
        assertThatThrownBy(() -> LeaseReader.page(json)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void a_list_without_items_is_empty() {
        for (String items : List.of("null", "[]", "{}")) {
            LeaseApi.Page<Lease> page = LeaseReader.page(
                    "{\"items\":" + items + ",\"metadata\":{\"resourceVersion\":\"5\",\"continue\":null}}");
            assertThat(page).isEqualTo(new LeaseApi.Page<>(List.of(), "5", ""));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-28T09:15:00.000000Z,2026-11-28T09:14:00Z,PT0S",
        "2026-11-28T09:15:00Z,2026-11-28T19:15:00Z,PT1H",
        "-1000000000-01-01T00:00:00Z,+1000000000-12-31T23:59:59Z,PT1H",
        "yesterday,2026-11-28T09:14:00Z,PT0S",
        ",2026-11-28T09:14:00Z,PT0S",
    })
    void the_age_of_a_holder_is_bounded(String renewed, Instant now, Duration since) {
        Lease lease = new Lease(
                "a", "u", "", 1, "", null, null, false, null, null, null, List.of(), Map.of(), false, "me", renewed, 0);

        assertThat(lease.sinceRenewed(now)).isEqualTo(since);
    }

    @Test
    void whoever_wants_it_to_drain_stands_there_whatever_the_text_is() {
        assertThat(annotated("\"state\":\"closed/b 1\"").drainText()).isNull();
        assertThat(annotated("\"drain\":\"alice: <node> 7\"").drainText()).isEqualTo("alice: <node> 7");
        assertThat(annotated("\"drain\":\"\"").drainText()).isEmpty();
    }

    // ---- what is made ----

    @Test
    void the_json_for_a_create_is_read_as_it_was_meant() {
        String json = Lease.json(
                "duel",
                "duel-0",
                "uid-1",
                "closed/b 1",
                "192.0.2.1:7777 query=7778",
                Arrays.asList("0", null, "0"),
                Map.of("k1", "ed25519:\"<&>\""));
        assertThat(json)
                .startsWith("{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":"
                        + "\"orchestration-duel-0\",\"labels\":{\"orchestration.kit/pool\":\"duel\"}");

        Lease lease =
                Lease.read(json.replace("\"name\":\"orch", "\"uid\":\"u\",\"resourceVersion\":\"1\",\"name\":\"orch"));
        assertThat(lease.pool()).isEqualTo("duel");
        assertThat(lease.podName()).isEqualTo("duel-0");
        assertThat(lease.podUid()).isEqualTo("uid-1");
        assertThat(lease.state()).isEqualTo(LedgerState.closed("b", false));
        assertThat(lease.addressText()).isEqualTo("192.0.2.1:7777 query=7778");
        assertThat(lease.slots()).containsExactly("0", null, "0");
        assertThat(lease.keys()).isEqualTo(Map.of("k1", "ed25519:\"<&>\""));
    }

    private static Lease annotated(String annotations) {
        return read("\"annotations\":{" + annotations + "}", "{}");
    }

    /** A Lease with these fields in its metadata, and the fields of another object before the name. */
    private static Lease read(String fields, String more) {
        String inner = more.substring(1, more.length() - 1);
        return Objects.requireNonNull(Lease.read("{\"metadata\":{" + fields + "," + (inner.isEmpty() ? "" : inner + ",")
                + "\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":\"me\"}}"));
    }

    @Test
    void no_slots_are_an_empty_list() {
        assertThat(annotated("\"state\":\"closed\"").slots()).isEqualTo(Collections.emptyList());
    }
}
