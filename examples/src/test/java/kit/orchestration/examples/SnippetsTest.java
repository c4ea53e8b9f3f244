package kit.orchestration.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kit.orchestration.PodAddress;
import kit.orchestration.Token;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalPod;
import kit.orchestration.sdk.GameServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The README's two snippets: they run, and the README shows them as they are. */
@Timeout(30)
class SnippetsTest {

    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));
    private static final Path SOURCES = ROOT.resolve("examples/src/main/java/kit/orchestration/examples");
    private static final Pattern JAVA_BLOCK =
            Pattern.compile("^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private static final String BETWEEN = "\n---- the next block ----\n";

    @Test
    void theyPlayASession() throws InterruptedException {
        LocalPod pod = new LocalPod(PodAddress.parse("127.0.0.1:7777"), 1, Map.of("region", "eu"));
        List<String> played = new ArrayList<>();
        Mail mail = new Mail();
        try (LocalAllocator allocator = LocalAllocator.create()) {
            var platform = pod.platform();
            allocator.addPod("duel", pod);
            try (GameServer server = GameServer.builder().platform(platform).start()) {
                PodSnippet game = new PodSnippet(server, session -> played.add(session.id()));
                MatchmakerSnippet matchmaker = new MatchmakerSnippet(allocator, mail);

                game.open();
                matchmaker.matched("m-1", "eu");

                assertThat(mail.addresses).containsExactly("127.0.0.1:7777");
                assertThat(game.connected(mail.tokens.get(0))).isTrue();
                assertThat(game.connected(mail.tokens.get(0))).as("replayed").isFalse();
                assertThat(game.connected("garbage")).isFalse();

                matchmaker.matched("m-2", "eu"); // the one slot is free again
                assertThat(game.connected(mail.tokens.get(1))).isTrue();
                assertThat(played).hasSize(2).doesNotHaveDuplicates();
                assertThat(mail.refused).isEmpty();
            }
        }
    }

    @Test
    void theReadmeShowsThem() throws IOException {
        Path readme = ROOT.resolve("README.md");
        assumeThat(readme).exists();

        String blocks = JAVA_BLOCK
                .matcher(Files.readString(readme))
                .results()
                .map(block -> block.group(1))
                .collect(Collectors.joining(BETWEEN));

        assertThat(blocks)
                .as("README.md's java blocks: paste the regions of MatchmakerSnippet and PodSnippet, and nothing else")
                .isEqualTo(region("MatchmakerSnippet", "matchmaker") + BETWEEN + region("PodSnippet", "pod"));
    }

    /** The lines between the region's marks, moved to the left margin. */
    private static String region(String type, String name) throws IOException {
        String source = Files.readString(SOURCES.resolve(type + ".java"));
        MatchResult region = Pattern.compile(
                        "// tag::%1$s\\[]\\n(.*?) *// end::%1$s\\[]".formatted(name), Pattern.DOTALL)
                .matcher(source)
                .results()
                .findFirst()
                .orElseThrow();
        return region.group(1).stripTrailing().stripIndent() + "\n";
    }

    private static final class Mail implements MatchmakerSnippet.Players {
        private final List<String> addresses = new ArrayList<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();

        @Override
        public void go(String match, String address, Token token) {
            addresses.add(address);
            tokens.add(token.encoded());
        }

        @Override
        public void tryLater(String match) {
            refused.add(match);
        }
    }
}
