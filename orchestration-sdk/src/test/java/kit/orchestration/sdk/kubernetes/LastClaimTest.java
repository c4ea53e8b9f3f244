package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

/** A claim that lands while the game server closes. */
class LastClaimTest extends LedgerRig {

    /** The answer to the pod's last word brings it. */
    @Test
    void it_is_given_back_before_the_close_is_done() {
        List<String> left = new ArrayList<>();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        closed.thenRun(() -> left.add(server.text("0")));
        onTold = () -> loop.execute(() -> pod.free(claim("s-1", 0))); // as the SDK does then
        server.holdPatches = true;
        pod.end();
        pod.await(() -> pod.isSaid() && pod.isClean(), closed);
        server.silent = true;
        server.write(Map.of("0", held(7, "s-1")));

        loop.execute(pod::step); // something else comes in the moment before
        server.releasePatches();
        time.advance(Duration.ofMillis(1));

        assertThat(server.text(LedgerNames.STATE)).startsWith("closed/");
        assertThat(told).containsExactly("claimed s-1");
        assertThat(left).containsExactly("8");
    }
}
