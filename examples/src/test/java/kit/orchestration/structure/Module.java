package kit.orchestration.structure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** A module of this repository, as its files on disk are. */
record Module(Path folder) {

    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.]+);");

    static Path root() {
        return Path.of(System.getProperty("orchestration.root"));
    }

    static Module named(String name) {
        return new Module(root().resolve(name));
    }

    /** Every module there is, by name. */
    static List<Module> all() {
        try (Stream<Path> folders = Files.list(root())) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml")))
                    .sorted()
                    .map(Module::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return folder.getFileName().toString();
    }

    /** Whether it is one that others use, and not one of our own examples, benchmarks and servers for tests. */
    boolean isPublished() {
        return name().startsWith("orchestration-");
    }

    /** Its main code. */
    List<Path> sources() {
        return javaUnder("src/main/java");
    }

    /** Its main code and its tests. */
    List<Path> allSources() {
        return javaUnder("src");
    }

    private List<Path> javaUnder(String top) {
        try (Stream<Path> files = Files.walk(folder.resolve(top))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that its sources import. */
    Set<String> imports() {
        return sources().stream()
                .flatMap(source -> imports(source).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names that a source imports. */
    static List<String> imports(Path source) {
        return IMPORT.matcher(read(source))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** The artifacts of its pom's dependencies, but for those of scope test and the optional ones. */
    Set<String> dependencies() {
        Set<String> artifacts = new TreeSet<>();
        try {
            Element project = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(folder.resolve("pom.xml").toFile())
                    .getDocumentElement();
            for (Element dependencies : children(project, "dependencies")) {
                for (Element dependency : children(dependencies, "dependency")) {
                    if (!text(dependency, "scope").equals("test")
                            && !text(dependency, "optional").equals("true")) {
                        artifacts.add(text(dependency, "artifactId"));
                    }
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException("can't read the pom of " + folder.getFileName(), e);
        }
        return artifacts;
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Element parent, String name) {
        return children(parent, name).stream()
                .map(Element::getTextContent)
                .findFirst()
                .orElse("")
                .strip();
    }

    private static List<Element> children(Element parent, String name) {
        NodeList nodes = parent.getChildNodes();
        return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
                .map(nodes::item)
                .filter(node -> node.getNodeType() == Node.ELEMENT_NODE
                        && node.getNodeName().equals(name))
                .map(Element.class::cast)
                .toList();
    }
}
