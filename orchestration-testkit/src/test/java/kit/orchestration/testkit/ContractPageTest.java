package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Holds {@code CONTRACT.md} and the tests against each other, both ways. */
class ContractPageTest {

    private static final String PAGE = read();

    private static final List<Method> TESTS = Arrays.stream(AllocatorContract.class.getMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .toList();

    private static String read() {
        try {
            return Files.readString(Path.of(System.getProperty("orchestration.root"), "CONTRACT.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Set<String> found(String regex) {
        return Pattern.compile(regex, Pattern.MULTILINE)
                .matcher(PAGE)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void thePageHasElevenRulesInOrder() {
        assertThat(Pattern.compile("^## ([0-9]+)\\.", Pattern.MULTILINE)
                        .matcher(PAGE)
                        .results()
                        .map(match -> Integer.valueOf(match.group(1))))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, Guarantees.RULES).boxed().toList());
    }

    @Test
    void everyPointStandsUnderItsRule() {
        String rule = "";
        for (String line : PAGE.lines().toList()) {
            if (line.startsWith("## ")) {
                rule = line.replaceFirst("## ([0-9]+).*", "$1");
            } else if (line.startsWith("- **")) {
                assertThat(line).startsWith("- **" + rule + ".");
            }
        }
    }

    @Test
    void everyPointHasATestAndEveryTestAPoint() {
        Set<String> tested = TESTS.stream()
                .filter(test -> test.isAnnotationPresent(Rule.class))
                .flatMap(test -> Arrays.stream(test.getAnnotation(Rule.class).value()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found("^- \\*\\*([0-9]+\\.[0-9]+)\\*\\* ")).isNotEmpty().isEqualTo(tested);
    }

    @Test
    void everyQuoteHasATestAndEveryQuotedWordStandsOnThePage() {
        Set<String> tested = TESTS.stream()
                .filter(test -> test.isAnnotationPresent(Quote.class))
                .flatMap(test -> Arrays.stream(test.getAnnotation(Quote.class).value()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found("^- \"(.+)\"$")).isNotEmpty().isEqualTo(tested);
    }

    @Test
    void aTestsNameBeginsWithItsRule() {
        assertThat(TESTS).hasSizeGreaterThan(60).allSatisfy(test -> {
            Rule rule = test.getAnnotation(Rule.class);
            if (test.getName().startsWith("rule")) {
                assertThat(rule).as(test.getName()).isNotNull();
                assertThat(rule.value())
                        .isNotEmpty()
                        .allSatisfy(point -> assertThat(test.getName())
                                .startsWith("rule"
                                        + ("0" + point.substring(0, point.indexOf('.'))).replaceFirst("0(..)", "$1")
                                        + "_"));
            } else {
                assertThat(test.getName()).matches("(storm|original)_.+");
                assertThat(rule != null || test.isAnnotationPresent(Quote.class))
                        .isTrue();
            }
        });
    }
}
