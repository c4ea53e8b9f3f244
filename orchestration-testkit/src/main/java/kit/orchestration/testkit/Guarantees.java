package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Holds what a backend says that it keeps against its tests, and against the README's table, which is made from it. */
final class Guarantees {

    /** How many rules there are. */
    static final int RULES = 11;

    private static final String BEGIN = "<!-- guarantees -->";
    private static final String END = "<!-- /guarantees -->";

    private Guarantees() {}

    /** A rule is weaker if and only if a test of it was overridden; and no test was switched off. */
    static void checkWeakenings(Class<?> contract, Map<Integer, String> weakenings) {
        assertThat(weakenings.keySet()).allMatch(rule -> rule >= 1 && rule <= RULES, "is one of the 11 rules");
        assertThat(weakenings.values()).allMatch(how -> !how.isBlank(), "says how");
        assertThat(contract.isAnnotationPresent(Disabled.class))
                .as("%s is disabled", contract)
                .isFalse();
        Set<Integer> replaced = new TreeSet<>();
        for (Method method : overridden(contract)) {
            assertThat(method.isAnnotationPresent(Weaker.class)
                            && method.isAnnotationPresent(Test.class)
                            && method.isAnnotationPresent(Rule.class)
                            && !method.isAnnotationPresent(Disabled.class))
                    .as("%s overrides a contract test: it needs @Test, @Rule and @Weaker(\"why\")", method)
                    .isTrue();
            replaced.addAll(rules(method));
        }
        assertThat(replaced)
                .as("the rules whose tests are overridden, and ContractBackend.weakenings()")
                .isEqualTo(new TreeSet<>(weakenings.keySet()));
    }

    /** The table has this backend's row as it should be; or it is written, if that is asked for. */
    static void checkReadme(ContractBackend backend) throws IOException {
        String root = System.getProperty("orchestration.root");
        Assumptions.assumeTrue(root != null, "a backend from elsewhere: no README of ours to look at");
        Path readme = Path.of(String.valueOf(root), "README.md");
        String text = Files.readString(readme);
        String right = update(text, backend.name(), backend.weakenings());
        if (right.equals(text)) {
            return;
        }
        if (Boolean.getBoolean("orchestration.write-readme")) {
            Files.writeString(readme, right);
            return;
        }
        fail("README.md's table of guarantees must have this row, which -Dorchestration.write-readme=true writes:%n%s"
                .formatted(row(backend.name(), backend.weakenings())));
    }

    /** The README with this backend's row in its table. */
    static String update(String readme, String backend, Map<Integer, String> weakenings) {
        int begin = readme.indexOf(BEGIN);
        int end = readme.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new AssertionError("README.md must have the lines %s and %s, in this order".formatted(BEGIN, END));
        }
        Map<String, String> rows = new TreeMap<>();
        readme.substring(begin + BEGIN.length(), end)
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| backend "))
                .forEach(line -> rows.put(line.substring(2, line.indexOf(" |")), line));
        rows.put(backend, row(backend, weakenings));
        List<String> table = new ArrayList<>(List.of(header(), "|---".repeat(RULES + 2) + "|"));
        table.addAll(rows.values());
        return readme.substring(0, begin + BEGIN.length()) + "\n" + String.join("\n", table) + "\n"
                + readme.substring(end);
    }

    static String row(String backend, Map<Integer, String> weakenings) {
        return "| " + backend + " | "
                + IntStream.rangeClosed(1, RULES)
                        .mapToObj(rule -> weakenings.containsKey(rule) ? "weaker" : "kept")
                        .collect(Collectors.joining(" | "))
                + " | "
                + new TreeMap<>(weakenings)
                        .entrySet().stream()
                                .map(weaker -> "rule %s: %s".formatted(weaker.getKey(), weaker.getValue()))
                                .collect(Collectors.joining("; "))
                + " |";
    }

    private static String header() {
        return "| backend | "
                + IntStream.rangeClosed(1, RULES).mapToObj(Integer::toString).collect(Collectors.joining(" | "))
                + " | what is weaker |";
    }

    /** The contract's test methods that a backend's class has taken over. */
    private static List<Method> overridden(Class<?> contract) {
        Set<String> tests = Arrays.stream(AllocatorContract.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .collect(Collectors.toSet());
        return Arrays.stream(contract.getMethods())
                .filter(method -> tests.contains(method.getName()) && method.getParameterCount() == 0)
                .filter(method -> !method.getDeclaringClass().isAssignableFrom(AllocatorContract.class))
                .toList();
    }

    private static Set<Integer> rules(Method method) {
        return Arrays.stream(method.getAnnotation(Rule.class).value())
                .map(point -> Integer.valueOf(point.substring(0, point.indexOf('.'))))
                .collect(Collectors.toSet());
    }
}
