package kit.orchestration.structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The modules and what each may depend on; core is small, and the documents name what there is. */
class StructureTest {

    private static final String OURS = "kit.orchestration.";

    /** What a module may depend on, by artifact, and import beside the JDK, by prefix. */
    private record Rule(Set<String> dependencies, Set<String> imports) {}

    private static final Map<String, Rule> RULES = Map.of(
            "orchestration-core",
            new Rule(Set.of("jspecify"), Set.of("org.jspecify.")),
            "orchestration-token",
            new Rule(
                    Set.of("jspecify", "orchestration-core", "nimbus-jose-jwt"),
                    Set.of("org.jspecify.", "com.nimbusds.", "com.amazon.corretto.")),
            "orchestration-ledger",
            new Rule(
                    Set.of("jspecify", "orchestration-core", "jackson-core", "slf4j-api"),
                    Set.of("org.jspecify.", "org.slf4j.", "com.fasterxml.jackson.core.")),
            "orchestration-engine",
            new Rule(
                    Set.of("jspecify", "orchestration-core", "slf4j-api", "error_prone_annotations"),
                    Set.of("org.jspecify.", "org.slf4j.", "com.google.errorprone.annotations.")),
            "orchestration-sdk",
            new Rule(
                    Set.of(
                            "jspecify",
                            "error_prone_annotations",
                            "orchestration-core",
                            "orchestration-token",
                            "orchestration-ledger",
                            "slf4j-api"),
                    Set.of(
                            "org.jspecify.",
                            "com.google.errorprone.annotations.",
                            "org.slf4j.",
                            OURS + "token.",
                            OURS + "ledger.")),
            "orchestration-testkit",
            new Rule(
                    Set.of(
                            "jspecify",
                            "error_prone_annotations",
                            "orchestration-core",
                            "orchestration-sdk",
                            "junit-jupiter-api",
                            "assertj-core",
                            "awaitility"),
                    Set.of(
                            "org.jspecify.",
                            "com.google.errorprone.annotations.",
                            "org.junit.jupiter.api.",
                            "org.assertj.",
                            "org.awaitility.",
                            OURS + "sdk.")),
            "orchestration-local",
            new Rule(
                    Set.of(
                            "jspecify",
                            "error_prone_annotations",
                            "orchestration-core",
                            "orchestration-engine",
                            "orchestration-token",
                            "orchestration-sdk",
                            "slf4j-api"),
                    Set.of(
                            "org.jspecify.",
                            "com.google.errorprone.annotations.",
                            "org.slf4j.",
                            OURS + "engine.",
                            OURS + "token.",
                            OURS + "sdk.")),
            "orchestration-k8s",
            new Rule(
                    Set.of(
                            "jspecify",
                            "orchestration-core",
                            "orchestration-engine",
                            "orchestration-token",
                            "orchestration-ledger",
                            "slf4j-api",
                            "kubernetes-client",
                            "kubernetes-client-api",
                            "kubernetes-model-core",
                            "kubernetes-model-coordination",
                            "kubernetes-httpclient-jdk",
                            "jackson-core",
                            "jackson-databind",
                            "AmazonCorrettoCryptoProvider"),
                    Set.of(
                            "org.jspecify.",
                            "org.slf4j.",
                            "io.fabric8.kubernetes.",
                            "com.fasterxml.jackson.",
                            OURS + "engine.",
                            OURS + "token.",
                            OURS + "ledger.")),
            "orchestration-agones",
            new Rule(
                    Set.of(
                            "jspecify",
                            "error_prone_annotations",
                            "orchestration-core",
                            "orchestration-engine",
                            "orchestration-token",
                            "orchestration-ledger",
                            "slf4j-api",
                            "grpc-api",
                            "grpc-stub",
                            "grpc-protobuf",
                            "grpc-okhttp",
                            "protobuf-java",
                            "AmazonCorrettoCryptoProvider"),
                    Set.of(
                            "org.jspecify.",
                            "com.google.errorprone.annotations.",
                            "org.slf4j.",
                            "io.grpc.",
                            "com.google.protobuf.",
                            OURS + "engine.",
                            OURS + "token.",
                            OURS + "ledger.")));

    /**
     * Which packages a module shows, and to whom: what users call, and what whoever writes a backend is given (engine),
     * to all; the ledger to those who speak it; what is not here to nobody. The modules that are not here depend on
     * such as have no module name, and so can have no list.
     */
    private static final Map<String, Set<String>> EXPORTS = Map.of(
            "orchestration-core", Set.of("kit.orchestration"),
            "orchestration-token", Set.of("kit.orchestration.token"),
            "orchestration-engine", Set.of("kit.orchestration.engine"),
            "orchestration-sdk",
                    Set.of("kit.orchestration.sdk", "kit.orchestration.sdk.agones", "kit.orchestration.sdk.kubernetes"),
            "orchestration-local", Set.of("kit.orchestration.local"),
            "orchestration-ledger",
                    Set.of(
                            "kit.orchestration.ledger to"
                                    + " kit.orchestration.agones, kit.orchestration.k8s, kit.orchestration.sdk",
                            "kit.orchestration.ledger.lease to kit.orchestration.k8s, kit.orchestration.sdk"));

    private static final Set<String> WITHOUT_MODULE_INFO =
            Set.of("orchestration-agones", "orchestration-k8s", "orchestration-testkit");

    @Test
    void coreIsReadInFiveMinutes() {
        List<Path> sources = Module.named("orchestration-core").sources();
        assertThat(sources).hasSizeLessThanOrEqualTo(16);
        assertThat(Module.named("orchestration-core").dependencies()).containsExactly("jspecify");
    }

    @Test
    void everyPublishedModuleHasARule() {
        assertThat(Module.all().stream().filter(Module::isPublished).map(Module::name))
                .containsExactlyInAnyOrderElementsOf(RULES.keySet());
    }

    @TestFactory
    Stream<DynamicTest> aModuleDependsOnlyOnWhatTheDesignAllows() {
        return RULES.entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> check(rule.getKey(), rule.getValue())));
    }

    @TestFactory
    Stream<DynamicTest> theReadmeNamesTheModulesThatAModuleDependsOn() {
        String readme = Module.read(Module.root().resolve("README.md"));
        Pattern row = Pattern.compile("(?m)^\\| `(orchestration-\\w+)` \\|.*\\| ([^|]+) \\|$");
        Map<String, String> rows = row.matcher(readme)
                .results()
                .collect(Collectors.toMap(match -> match.group(1), match -> match.group(2)));
        assertThat(rows.keySet()).isEqualTo(RULES.keySet());
        return rows.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
                    assertThat(Stream.of(each.getValue().split(", "))
                                    .map(name -> "orchestration-" + name)
                                    .filter(RULES::containsKey))
                            .containsExactlyInAnyOrderElementsOf(Module.named(each.getKey()).dependencies().stream()
                                    .filter(RULES::containsKey)
                                    .toList());
                }));
    }

    @TestFactory
    Stream<DynamicTest> aPackageIsExportedToWhomItConcerns() {
        Pattern exports = Pattern.compile("(?m)^\\s*(?:exports|opens)\\s+([^;]+);");
        return Module.all().stream()
                .filter(module -> module.isPublished() && !WITHOUT_MODULE_INFO.contains(module.name()))
                .map(module -> DynamicTest.dynamicTest(module.name(), () -> {
                    String info = Module.read(module.folder().resolve("src/main/java/module-info.java"));
                    assertThat(exports.matcher(info)
                                    .results()
                                    .map(match -> match.group(1).replaceAll("\\s+", " ")))
                            .containsExactlyInAnyOrderElementsOf(EXPORTS.get(module.name()));
                    assertThat(info).doesNotContain("open module");
                }));
    }

    /** They are not exported either; but who compiles on the class path does not see that. */
    @Test
    void theEnginesInternalsAreTheEnginesAlone() throws Exception {
        String internals = OURS + "engine.matching";
        try (Stream<Path> sources = Files.walk(Module.root())) {
            assertThat(sources.filter(source -> source.toString().endsWith(".java"))
                            .filter(source -> !source.startsWith(Module.root().resolve("orchestration-engine")))
                            .filter(source -> !source.getFileName().toString().equals("StructureTest.java"))
                            .filter(source -> Module.read(source).contains(internals)))
                    .isEmpty();
        }
        assertThat(Module.read(Module.root().resolve("orchestration-engine/src/main/java/module-info.java")))
                .contains("exports " + OURS + "engine;")
                .doesNotContain(internals);
    }

    /** Events and the time go in, steps come out: so that a pool can be driven through schedules by one thread. */
    @Test
    void theMatchingHasNoClockNoFutureNoLockNoInputAndNoOutput() {
        Pattern pure = Pattern.compile("java\\.time\\.Duration|java\\.util\\.((function|stream)\\.)?[A-Z]\\w*"
                + "|org\\.jspecify\\..*|kit\\.orchestration\\.(engine\\.(matching\\.)?)?[A-Z].*");
        Pattern impure = Pattern.compile("java\\.(io|nio|net|util\\.concurrent)\\."
                + "|\\b(synchronized|wait\\(|notify|Thread|System|Timer|Random|Math\\.random|Date|LOG|log\\.)\\b");
        List<Path> sources = Module.named("orchestration-engine").sources().stream()
                .filter(source -> source.getParent().endsWith("matching"))
                .toList();
        assertThat(sources).hasSizeGreaterThan(10).allSatisfy(source -> {
            assertThat(Module.imports(source))
                    .allSatisfy(imported ->
                            assertThat(imported).as(source.toString()).matches(pure));
            assertThat(Module.read(source)).doesNotContainPattern(impure);
        });
    }

    /** What becomes of each field that somebody edits is a table, and each line of it a test. */
    @Test
    void theLedgersPageNamesTestsThatExist() throws Exception {
        Map<String, String> tests;
        try (Stream<Path> files = Files.walk(Module.root())) {
            tests = files.filter(file -> file.toString().contains("/src/test/java/")
                            && file.toString().endsWith("Test.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), Module::read, String::concat));
        }
        String page = Module.read(Module.root().resolve("docs/ledger.md"));
        String[] tables =
                page.substring(page.indexOf("## What if this changes now?")).split("And the allocator", 2);
        assertNamesTests(tables[0], "HandEditsTest", tests);
        assertNamesTests(tables[1], "EditedLedgerTest", tests);
    }

    private static void assertNamesTests(String table, String usual, Map<String, String> tests) {
        Pattern lastCell = Pattern.compile("^\\| .*\\| (`.*`) \\|$", Pattern.MULTILINE);
        Pattern name = Pattern.compile("`(?:(\\w+Test)(?:\\.|(?=`)))?(\\w*)(…?)`");
        List<String> cells = lastCell.matcher(table)
                .results()
                .map(row -> row.group(1))
                .filter(cell -> !cell.contains("unless another"))
                .toList();
        assertThat(cells)
                .hasSizeGreaterThan(10)
                .allSatisfy(cell -> assertThat(name.matcher(cell).results())
                        .isNotEmpty()
                        .allSatisfy(found -> assertThat(tests.get(found.group(1) == null ? usual : found.group(1)))
                                .as(found.group())
                                .contains(
                                        found.group(2).isEmpty()
                                                ? "class "
                                                : "void " + found.group(2)
                                                        + (found.group(3).isEmpty() ? "(" : ""))));
    }

    @TestFactory
    Stream<DynamicTest> aDocumentNamesOnlyTypesAndMethodsThatExist() throws Exception {
        Set<String> types = RULES.keySet().stream()
                .flatMap(module -> Module.named(module).sources().stream())
                .map(source -> source.getFileName().toString().replace(".java", ""))
                .collect(Collectors.toSet());
        String sources = RULES.keySet().stream()
                .flatMap(module -> Module.named(module).sources().stream())
                .map(Module::read)
                .collect(Collectors.joining("\n"));
        Pattern member = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)(?:\\([^)`]*\\))?`");
        return Stream.of("docs/how-a-claim-works.md", "docs/agones.md")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    String text = Module.read(Module.root().resolve(name));
                    assertThat(member.matcher(text).results()).isNotEmpty().allSatisfy(match -> {
                        assertThat(types).contains(match.group(1));
                        assertThat(sources).containsPattern("\\b" + match.group(2) + "\\b");
                    });
                }));
    }

    private static void check(String name, Rule rule) {
        Module module = Module.named(name);
        assertThat(module.dependencies()).isSubsetOf(rule.dependencies());
        String own = OURS + name.substring("orchestration-".length()) + ".";
        assertThat(module.imports())
                .isNotEmpty()
                .allSatisfy(imported -> assertThat(isAllowed(imported, own, rule))
                        .as("%s imports %s", name, imported)
                        .isTrue());
    }

    private static boolean isAllowed(String imported, String own, Rule rule) {
        boolean ofCore = imported.startsWith(OURS) && Character.isUpperCase(imported.charAt(OURS.length()));
        return imported.startsWith("java.")
                || imported.startsWith("javax.")
                || ofCore
                || imported.startsWith(own)
                || rule.imports().stream().anyMatch(imported::startsWith);
    }
}
