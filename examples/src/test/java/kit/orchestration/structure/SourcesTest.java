package kit.orchestration.structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What neither the compiler nor the formatter keeps of how the code is written; told for each module. */
class SourcesTest {

    /** The formatter's, which wraps no comment and breaks no string. */
    private static final int WIDTH = 120;

    private static final Set<String> NO_TYPES = Set.of("package-info", "module-info");

    /**
     * Of main code: whoever reads the name of a type in any module knows which it is. Nested ones have their outer's.
     */
    @TestFactory
    Stream<DynamicTest> aSimpleNameStandsForOneType() {
        Map<String, Set<String>> packages = new TreeMap<>();
        published()
                .forEach(module -> module.sources()
                        .forEach(source -> packages.computeIfAbsent(typeOf(source), name -> new TreeSet<>())
                                .add(packageOf(module, source))));
        packages.keySet().removeAll(NO_TYPES);
        assertThat(packages).hasSizeGreaterThan(100); // or it looked at nothing
        return published()
                .map(module -> DynamicTest.dynamicTest(module.name(), () -> {
                    Map<String, Set<String>> twice = new TreeMap<>(packages);
                    twice.keySet()
                            .retainAll(module.sources().stream()
                                    .map(SourcesTest::typeOf)
                                    .toList());
                    twice.values().removeIf(places -> places.size() == 1);
                    assertThat(twice)
                            .as("%s: types of one name, and their packages", module.name())
                            .isEmpty();
                }));
    }

    @TestFactory
    Stream<DynamicTest> noLineIsWiderThanTheFormattersWidth() {
        return Module.all().stream()
                .map(module -> DynamicTest.dynamicTest(module.name(), () -> {
                    assertThat(module.allSources().stream().flatMap(source -> tooWide(module, source)))
                            .as("%s: lines of more than %s columns", module.name(), WIDTH)
                            .isEmpty();
                }));
    }

    private static Stream<Module> published() {
        return Module.all().stream().filter(Module::isPublished);
    }

    private static String typeOf(Path source) {
        return source.getFileName().toString().replace(".java", "");
    }

    private static String packageOf(Module module, Path source) {
        return module.folder()
                .resolve("src/main/java")
                .relativize(source.getParent())
                .toString()
                .replace('/', '.');
    }

    private static Stream<String> tooWide(Module module, Path source) {
        List<String> lines = Module.read(source).lines().toList();
        return IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).length() > WIDTH)
                .mapToObj(i -> module.folder().relativize(source) + ":" + (i + 1));
    }
}
