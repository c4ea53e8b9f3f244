package kit.orchestration.structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What neither the compiler nor the formatter keeps of how the code is written; told for each module. */
class SourcesTest {

    /** The formatter's, which wraps no comment and breaks no string. */
    private static final int WIDTH = 120;

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);

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

    /**
     * Locks that guard no field which Error Prone could watch over: it is another object's, written under the lock and
     * read anywhere (volatile), a synchronized list's own lock, or a way that one goes at a time.
     */
    private static final Set<String> NO_FIELDS = Set.of(
            "Guard.lock",
            "ManualScheduler.moves",
            "LocalAllocator.settings",
            "LiveSession.this",
            "Reach.this",
            "PodLog.claims",
            "PodLog.events",
            "History.events");

    private static final Pattern LOCK =
            Pattern.compile("Lock (\\w+) = new |\\bsynchronized \\((\\w+)\\)|\\bsynchronized (?!\\()");

    /** A field of a class that changes, and is not volatile. */
    private static final Pattern CHANGES = Pattern.compile("(?m)^(.*)\\n    (?=[\\w@])(?:private )?(?:@Nullable )?"
            + "(?!return|private|static|final|volatile|abstract)[\\w<>.,? ]+? (\\w+)(?: = [^\\n]*)?;$");

    @TestFactory
    Stream<DynamicTest> aLockNamesTheFieldsThatItGuards() {
        Set<String> unused = new TreeSet<>(NO_FIELDS);
        List<DynamicTest> tests = published()
                .map(module -> DynamicTest.dynamicTest(module.name(), () -> {
                    for (Path source : module.sources()) {
                        String code = COMMENT.matcher(Module.read(source)).replaceAll("");
                        Set<String> locks = locks(code);
                        locks.removeIf(lock -> unused.remove(typeOf(source) + "." + lock));
                        assertThat(locks)
                                .as("%s: locks that no @GuardedBy names", source)
                                .allMatch(lock -> code.contains("@GuardedBy(\"" + lock + "\")"));
                        if (!locks.isEmpty()) { // its own, and not an owner's
                            assertThat(CHANGES.matcher(code).results())
                                    .as("%s: fields of a class with a lock", source)
                                    .filteredOn(field -> !field.group(1).contains("@GuardedBy"))
                                    .extracting(field -> field.group(2))
                                    .isEmpty();
                        }
                    }
                }))
                .toList();
        return Stream.concat(
                tests.stream(),
                Stream.of(DynamicTest.dynamicTest(
                        "those that guard none are there",
                        () -> assertThat(unused).isEmpty())));
    }

    private static Set<String> locks(String code) {
        return LOCK.matcher(code)
                .results()
                .map(lock -> lock.group(1) != null ? lock.group(1) : lock.group(2) != null ? lock.group(2) : "this")
                .collect(Collectors.toCollection(TreeSet::new));
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
