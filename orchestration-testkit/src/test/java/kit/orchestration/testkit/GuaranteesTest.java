package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** A weakened rule is said, replaced and shown; nothing is left out in silence. */
class GuaranteesTest {

    private abstract static class Strict extends AllocatorContract {
        @Override
        protected ContractBackend openBackend() {
            throw new UnsupportedOperationException("never run");
        }
    }

    private abstract static class Replaced extends Strict {
        @Override
        @Test
        @Rule("6.1")
        @Weaker("tries race")
        public void rule06_triesAtTheSameTimeGetOneSession() {}
    }

    private abstract static class Silenced extends Strict {
        @Override
        public void rule06_triesAtTheSameTimeGetOneSession() {}
    }

    private abstract static class SwitchedOff extends Strict {
        @Override
        @Disabled("never run: a backend that switches a test off is to be found out")
        @Test
        @Rule("6.1")
        @Weaker("never")
        public void rule06_triesAtTheSameTimeGetOneSession() {}
    }

    @Disabled("never run: a backend that switches all tests off is to be found out")
    private abstract static class AllOff extends Strict {}

    @Test
    void aWeakenedRuleHasAReplacedTest() {
        Guarantees.checkWeakenings(Strict.class, Map.of());
        Guarantees.checkWeakenings(Replaced.class, Map.of(6, "best effort"));
    }

    @Test
    void aTestThatIsReplacedWithoutAWordIsFound() {
        assertThatThrownBy(() -> Guarantees.checkWeakenings(Replaced.class, Map.of()))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Guarantees.checkWeakenings(Silenced.class, Map.of(6, "best effort")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("@Weaker");
        assertThatThrownBy(() -> Guarantees.checkWeakenings(SwitchedOff.class, Map.of(6, "best effort")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Guarantees.checkWeakenings(AllOff.class, Map.of()))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void aWordWithoutAReplacedTestIsFound() {
        assertThatThrownBy(() -> Guarantees.checkWeakenings(Strict.class, Map.of(6, "best effort")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Guarantees.checkWeakenings(Replaced.class, Map.of(6, "x", 12, "y")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Guarantees.checkWeakenings(Replaced.class, Map.of(6, " ")))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void theTableHasARowForEachBackendAndIsStable() {
        String readme = "# x\n\n<!-- guarantees -->\n<!-- /guarantees -->\n\nrest\n";

        String first = Guarantees.update(readme, "Local", Map.of());
        String both = Guarantees.update(first, "Agones", Map.of(6, "best effort", 3, "later"));

        assertThat(both).isEqualTo("""
                        # x

                        <!-- guarantees -->
                        | backend | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | what is weaker |
                        |---|---|---|---|---|---|---|---|---|---|---|---|---|
                        | Agones | kept | kept | weaker | kept | kept | weaker \
                        | kept | kept | kept | kept | kept | rule 3: later; rule 6: best effort |
                        | Local | kept | kept | kept | kept | kept | kept | kept | kept | kept | kept | kept |  |
                        <!-- /guarantees -->

                        rest
                        """);
        assertThat(Guarantees.update(both, "Local", Map.of())).isEqualTo(both);
        assertThatThrownBy(() -> Guarantees.update("no table", "Local", Map.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("<!-- guarantees -->");
    }
}
