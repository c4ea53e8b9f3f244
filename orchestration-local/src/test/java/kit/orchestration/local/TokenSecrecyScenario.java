package kit.orchestration.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Token;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process of its own for {@link TokenSecrecyTest}: everything that can be logged is, at the finest level, to standard
 * error; the tokens that were used go to standard output.
 */
final class TokenSecrecyScenario {

    private static final Logger LOG = LoggerFactory.getLogger(TokenSecrecyScenario.class);

    private final ManualClock clock = new ManualClock();
    private final List<String> tokens = new ArrayList<>();
    private final LocalAllocator allocator = LocalAllocator.builder()
            .clock(clock)
            .executor(Runnable::run)
            .listener(new AllocatorListener() {
                @Override
                public void allocated(AllocateReq req, Allocation allocation, Duration took) {
                    throw new IllegalStateException("on purpose: " + req + allocation);
                }

                @Override
                public void refused(AllocateReq req, AllocationException error, Duration took) {
                    throw new IllegalStateException("on purpose: " + req, error);
                }
            })
            .build();
    private final LocalPod pod = new LocalPod("127.0.0.1:7001", 8);

    private TokenSecrecyScenario() {}

    public static void main(String[] args) throws Exception {
        new TokenSecrecyScenario().run();
    }

    private void run() throws Exception {
        allocator.addPod("duel", pod);
        GameServer old = boot();
        Allocation beforeRestart = allocate();
        old.start(beforeRestart.token());
        GameServer server = boot();
        old.close();

        Allocation allocation = allocate();
        Session session = server.start(allocation.token());
        refused(() -> server.start(allocation.token()));
        refused(() -> server.start(beforeRestart.token()));
        Allocation expiring = allocate();
        clock.advance(Duration.ofMinutes(2));
        refused(() -> server.start(expiring.token()));
        String good = allocation.token().encoded();
        for (String bad : List.of(
                good + good, good.substring(1), good + "x", good.substring(0, good.length() - 1) + "!", " " + good)) {
            refused(() -> server.start(bad));
            refused(() -> server.join(bad));
            refused(() -> server.enter(bad).join());
        }
        refused(() -> Token.of(good + " "));
        for (LocalFailure failure : LocalFailure.values()) {
            allocator.failNext(failure);
            refused(this::allocate);
        }
        AllocateReq match = AllocateReq.builder("duel").requestId("match").build();
        log(allocator.allocate(match));
        refused(() -> allocator.allocate(AllocateReq.builder("duel")
                .requestId("match")
                .annotations(Map.of("map", "desert"))
                .build()));
        CompletableFuture<Allocation> cancelled = allocator.allocateAsync(AllocateReq.of("duel"));
        LOG.info("{}", cancelled);
        refused(
                () -> { // as was asked for above
                    allocator.release(allocation);
                    return "released";
                });
        allocator.release(allocation);
        session.close();
        refused(() -> server.start(allocation.token()));
        allocator.removePod("duel", pod);
        server.close();
        refused(this::allocate);
        allocator.close();
        refused(this::allocate);
        tokens.forEach(System.out::println);
    }

    private GameServer boot() {
        GameServer server = GameServer.builder()
                .platform(pod.platform())
                .executor(Runnable::run)
                .listener(new SessionListener() {
                    @Override
                    public void claimed(ClaimedSlot claim) {
                        throw new IllegalStateException("on purpose: " + claim);
                    }

                    @Override
                    public void ended(Session session, EndReason reason) {
                        throw new IllegalStateException("on purpose: " + session);
                    }
                })
                .start();
        server.ready();
        return server;
    }

    private Allocation allocate() throws InterruptedException {
        return log(allocator.allocate(
                AllocateReq.builder("duel").annotations(Map.of("map", "desert")).build()));
    }

    private Allocation log(Allocation allocation) {
        tokens.add(allocation.token().encoded());
        LOG.info("{} {} {}", allocation, allocation.token(), allocator.status("duel"));
        return allocation;
    }

    private static void refused(Callable<?> call) {
        try {
            LOG.info("{}", call.call());
        } catch (Exception refusal) {
            LOG.info("refused", refusal);
        }
    }
}
