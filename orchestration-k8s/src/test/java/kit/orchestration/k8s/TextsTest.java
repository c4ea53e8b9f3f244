package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {

    private final Held held = new Free(41).hold("s1", Duration.ofSeconds(60), null, Map.of("map", "desert"));

    @Test
    void aFreeSlotsVersionIsTwiceItsUses() {
        assertThat(Texts.version("0")).isZero();
        assertThat(Texts.version(new Free(41).format())).isEqualTo(82);
        assertThat(Texts.version("999999999999999999")).isEqualTo(1_999_999_999_999_999_998L);
    }

    @Test
    void aHeldOneIsOddAndTheNextFreeOneIsHigher() {
        assertThat(Texts.version(held.format())).isEqualTo(83).isEqualTo(Texts.version(held));
        assertThat(Texts.version(held.revoke().format())).isEqualTo(83);
        assertThat(Texts.version(held.freed().format())).isEqualTo(84);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {" ", "x", "-1", "+1", "01", "1x", "1000000000000000000", " 1"})
    void whatIsNoCountHasNone(String text) {
        assertThat(Texts.version(text)).isEqualTo(-1);
        assertThat(Texts.claim(text)).isNull();
    }

    @Test
    void aHeldSlotThatCantBeReadCountsAsHeldAndNamesNoClaim() {
        assertThat(Texts.version("3 by hand")).isEqualTo(7);
        assertThat(Texts.claim("3 by hand")).isNull();
    }

    @Test
    void smallCountsAreOneObject() {
        assertThat(Texts.shared(new String("7")))
                .isSameAs(Texts.shared(new String("7")))
                .isEqualTo("7");
        assertThat(Texts.shared("007")).isEqualTo("007");
        assertThat(Texts.shared("12345")).isEqualTo("12345");
    }
}
