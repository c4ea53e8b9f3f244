package kit.orchestration.benchmarks.agones;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;

/**
 * Game servers with the real SDK, one for each sidecar whose port is an argument. No player comes, so each session ends
 * when its claim's time is over. Prints how many slots they have once all are ready; ends with its standard input.
 */
public final class PodsProcess {

    private PodsProcess() {}

    /** See above. */
    public static void main(String[] ports) throws IOException {
        ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(1);
        ExecutorService starters = Executors.newCachedThreadPool();
        List<CompletableFuture<GameServer>> starting = Arrays.stream(ports)
                .map(port -> CompletableFuture.supplyAsync(() -> start(Integer.parseInt(port), scheduler), starters))
                .toList();
        System.out.println(starting.stream()
                .map(CompletableFuture::join)
                .mapToInt(GameServer::capacity)
                .sum());
        System.out.flush();
        while (System.in.read() >= 0) {
            // whoever started this process still lives
        }
        Runtime.getRuntime().halt(0); // what the servers still do is of no interest
    }

    private static GameServer start(int port, ScheduledExecutorService scheduler) {
        GameServer server = GameServer.builder()
                .platform(AgonesPlatform.builder().port(port).build())
                .scheduler(scheduler)
                .executor(scheduler)
                .drainOnTermination(false)
                .start();
        server.ready();
        return server;
    }
}
