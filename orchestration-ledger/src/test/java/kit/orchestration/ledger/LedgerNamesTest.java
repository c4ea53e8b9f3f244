package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerNamesTest {

    @Test
    void a_lease_is_named_after_its_pod() {
        assertThat(LedgerNames.lease("arena-0")).isEqualTo("orchestration-arena-0");
        assertThat(LedgerNames.lease("a".repeat(239))).hasSize(253);
        assertThatThrownBy(() -> LedgerNames.lease("a".repeat(240)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("239");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 10, 999})
    void a_slot_is_named_by_its_number(int slot) {
        assertThat(LedgerNames.slotOf(LedgerNames.slot(slot))).isEqualTo(slot);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "01", "-1", "1a", "1000", "state", "key-a.pub"})
    void what_is_no_number_is_no_slot(String annotation) {
        assertThat(LedgerNames.slotOf(annotation)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"S_8n8nd3foMJSjI_", "-", "abc-", "0123456789abcdef"})
    void the_annotation_of_every_key_is_one_that_kubernetes_takes(String kid) {
        assertThat(LedgerNames.key(kid)).matches("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
        assertThat(LedgerNames.kidOf(LedgerNames.key(kid))).isEqualTo(kid);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "state", "0", "key-", "key-.pub", "key-abc", "abc.pub"})
    void what_is_no_key_has_no_kid(String annotation) {
        assertThat(LedgerNames.kidOf(annotation)).isEmpty();
    }

    @Test
    void the_audience_names_the_pod_and_its_boot() {
        assertThat(LedgerNames.audience("0a1b", "boot-1")).isEqualTo("0a1b/boot-1");
        assertThatThrownBy(() -> LedgerNames.audience("not a uid", "boot-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("podUid");
    }
}
