package kit.orchestration.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kit.orchestration.PodAddress;
import kit.orchestration.PoolStatus;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalPod;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The README's three snippets run, those of other documents compile, and the documents show them as they are. */
@Timeout(30)
class SnippetsTest {

    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));
    private static final String MAIN = "examples/src/main/java/kit/orchestration/examples/";
    private static final String TEST = "examples/src/test/java/kit/orchestration/examples/";
    private static final Pattern JAVA_BLOCK =
            Pattern.compile("^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private static final String BETWEEN = "---- the end of a block ----\n";

    @Test
    void theyPlayASession() throws InterruptedException {
        LocalPod pod = new LocalPod(PodAddress.parse("127.0.0.1:7777"), 1, Map.of("region", "eu"));
        List<Session> joined = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        Mail mail = new Mail();
        try (LocalAllocator allocator = LocalAllocator.create()) {
            var platform = pod.platform();
            allocator.addPod("duel", pod);
            try (GameServer server = GameServer.builder()
                    .platform(platform)
                    .executor(Runnable::run)
                    .start()) {
                PodSnippet game = new PodSnippet(server, (session, player) -> joined.add(session));
                MatchmakerSnippet matchmaker = new MatchmakerSnippet(allocator, mail);

                game.open();
                matchmaker.matched("m-1");

                assertThat(mail.addresses).containsExactly("127.0.0.1:7777");
                game.connected(mail.tokens.get(0), refused::incrementAndGet);
                game.connected(mail.tokens.get(0), refused::incrementAndGet);
                assertThat(joined).as("both players of the duel").hasSize(2);
                assertThat(joined.get(0)).isSameAs(joined.get(1));
                game.connected("garbage", refused::incrementAndGet);
                assertThat(refused).hasValue(1);

                joined.get(0).close();
                game.connected(mail.tokens.get(0), refused::incrementAndGet);
                assertThat(refused).as("replayed").hasValue(2);

                matchmaker.matched("m-2"); // the one slot is free again
                game.connected(mail.tokens.get(1), refused::incrementAndGet);
                assertThat(joined).hasSize(3);
                assertThat(mail.refused).isEmpty();
            }
        }
    }

    @Test
    void aTestInProcessNeedsNoSleep() throws InterruptedException {
        PoolStatus status = TestSnippet.aPlayerComesAndAnotherDoesNot();
        assertThat(status.claimed()).hasValue(0);
        assertThat(status.capacity()).hasValue(8);
    }

    @Test
    void theReadmeShowsThem() throws IOException {
        assertThat(javaBlocks("README.md"))
                .as("README.md's java blocks: paste the regions of the three snippets, and nothing else")
                .isEqualTo(regions(MAIN + "MatchmakerSnippet", "matchmaker")
                        + regions(MAIN + "PodSnippet", "pod")
                        + regions(MAIN + "TestSnippet", "test"));
    }

    @Test
    void theOtherDocumentsShowWhatCompiles() throws IOException {
        String snippets = TEST + "DocumentSnippets";
        assertThat(javaBlocks("docs/agones.md")).isEqualTo(regions(snippets, "agones-pod", "agones-matchmaker"));
        assertThat(javaBlocks("docs/kubernetes.md"))
                .isEqualTo(regions(snippets, "kubernetes-matchmaker", "host-network"));
        assertThat(javaBlocks("docs/scaling.md")).isEqualTo(regions(snippets, "pool-scaler"));
        assertThat(javaBlocks("controlplane/README.md")).isEqualTo(regions(snippets, "control-plane"));
    }

    /** A document's java blocks, one after the other. */
    private static String javaBlocks(String document) throws IOException {
        return JAVA_BLOCK
                .matcher(Files.readString(ROOT.resolve(document)))
                .results()
                .map(block -> block.group(1) + BETWEEN)
                .collect(Collectors.joining());
    }

    /** The lines between each region's marks, moved to the left margin. */
    private static String regions(String type, String... names) throws IOException {
        String source = Files.readString(ROOT.resolve(type + ".java"));
        StringBuilder regions = new StringBuilder();
        for (String name : names) {
            MatchResult region = Pattern.compile(
                            "// tag::%1$s\\[]\\n(.*?) *// end::%1$s\\[]".formatted(name), Pattern.DOTALL)
                    .matcher(source)
                    .results()
                    .findFirst()
                    .orElseThrow();
            regions.append(region.group(1).stripTrailing().stripIndent())
                    .append('\n')
                    .append(BETWEEN);
        }
        return regions.toString();
    }

    private static final class Mail implements MatchmakerSnippet.Players {
        private final List<String> addresses = new ArrayList<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();

        @Override
        public void go(String match, String address, String token) {
            addresses.add(address);
            tokens.add(token);
        }

        @Override
        public void tryLater(String match) {
            refused.add(match);
        }
    }
}
