package kit.orchestration.examples.arena.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalPod;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each forgery is as good as it can be: it is refused for the one thing that is wrong with it. */
class ForgerTest {

    private static final Map<Mischief, Reason> REASONS = Map.of(
            Mischief.OTHER_KEY, Reason.BAD_SIGNATURE,
            Mischief.ALG_NONE, Reason.MALFORMED,
            Mischief.CUT, Reason.MALFORMED,
            Mischief.CHANGED, Reason.BAD_SIGNATURE,
            Mischief.GARBAGE, Reason.MALFORMED);

    @TestFactory
    Stream<DynamicTest> aForgeryIsRefusedForWhatIsWrongWithIt() {
        return REASONS.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey().kind(), () -> assertRefused(entry.getKey(), entry.getValue())));
    }

    private static void assertRefused(Mischief mischief, Reason reason) throws InterruptedException {
        LocalPod pod = new LocalPod("127.0.0.1:7777", 1);
        try (LocalAllocator allocator = LocalAllocator.create();
                GameServer server = serve(allocator, pod)) {
            Allocation allocation = allocator.allocate(AllocateReq.of("duel"));

            TokenRefusedException refused = catchThrowableOfType(
                    TokenRefusedException.class, () -> server.start(mischief.token(allocation.token())));

            assertThat(refused.reason()).isEqualTo(reason);
            server.start(allocation.token()).close(); // the good one is still good
        }
    }

    private static GameServer serve(LocalAllocator allocator, LocalPod pod) {
        var platform = pod.platform();
        allocator.addPod("duel", pod);
        GameServer server = GameServer.builder().platform(platform).start();
        server.ready();
        return server;
    }
}
