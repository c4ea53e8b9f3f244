package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.Limits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code docs/agones.md} says of errors is what they say, and how it quiets gRPC does so. */
class ErrorsPageTest {

    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));
    private static final Path PAGE = ROOT.resolve("docs/agones.md");

    /** Between what a row quotes: what differs from case to case, and several texts of one kind. */
    private static final Pattern PARTS = Pattern.compile("…|/|, or|\"");

    /** There before a configuration is read, and kept: what is read is for the loggers that there are. */
    private final Logger grpc = Logger.getLogger("io.grpc");

    @AfterEach
    void logAsBefore() throws IOException {
        LogManager.getLogManager().readConfiguration();
    }

    @Test
    void eachRowIsTheTextOfAnError() throws IOException {
        String said;
        try (Stream<Path> sources = Files.walk(ROOT.resolve("orchestration-agones/src/main/java"))) {
            said = sources.filter(source -> source.toString().endsWith(".java"))
                    .map(ErrorsPageTest::read)
                    .collect(Collectors.joining())
                    .replaceAll("\"\\s*\\+\\s*\"", "")
                    .replace("a capacity of 1 to %s", "a capacity of 1 to " + Limits.CAPACITY);
        }
        // gRPC's and the JDK's own words, which the errors quote.
        String quoted = "Unable to resolve host Connection refused";
        Pattern row = Pattern.compile("(?m)^\\| ([^|]+) \\| [^|]+ \\|$");
        String table = read(PAGE);
        table = table.substring(table.indexOf("| the error says |"), table.indexOf("What gRPC thinks"));
        List<String> rows = row.matcher(table)
                .results()
                .map(match -> match.group(1))
                .filter(first -> !first.equals("the error says") && !first.equals("---"))
                .toList();
        assertThat(rows)
                .hasSizeGreaterThan(10)
                .allSatisfy(each -> assertThat(PARTS.splitAsStream(each.replace("`", ""))
                                .map(String::strip)
                                .filter(part -> part.length() > 1))
                        .isNotEmpty()
                        .allSatisfy(part -> assertThat(said + quoted).contains(part)));
    }

    @Test
    void grpcSpeaksByItselfUnlessItIsQuietedAsThePageSays() throws Exception {
        assertThat(heardOfAName()).isNotEmpty();

        String properties = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL)
                .matcher(read(PAGE))
                .results()
                .map(block -> block.group(1))
                .collect(Collectors.joining());
        LogManager.getLogManager()
                .readConfiguration(new ByteArrayInputStream(properties.getBytes(StandardCharsets.ISO_8859_1)));

        assertThat(grpc.getLevel()).isEqualTo(Level.OFF);
        assertThat(heardOfAName()).isEmpty();
    }

    /**
     * What gRPC says when an allocator asks for a name that is in no DNS, which the caller is told of; unless a try is
     * under way just when its time is over, so it asks again then.
     */
    private static Queue<String> heardOfAName() {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord said) {
                heard.add(said.getLoggerName());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(handler);
        try (AgonesAllocator allocator = AgonesAllocator.builder()
                .endpoints("nowhere.invalid:443") // RFC 6761: no such name is ever there
                .plaintext()
                .callTimeout(Duration.ofSeconds(5)) // it is tried again until then
                .build()) {
            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                            .isInstanceOfSatisfying(
                                    BackendException.class,
                                    error ->
                                            assertThat(error.outcome()).isEqualTo(BackendException.Outcome.NOT_APPLIED))
                            .hasMessageContainingAll("can't be reached", "Unable to resolve host nowhere.invalid"));
        } finally {
            Logger.getLogger("").removeHandler(handler);
        }
        return heard;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
