package kit.orchestration.examples.agones;

import java.time.Duration;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.agones.AgonesGameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;

/** What a game needs to know of its GameServer before its SDK has taken that over, such as the port to listen at. */
public final class GameServers {

    private static final Duration BETWEEN = Duration.ofMillis(200);

    private GameServers() {}

    /**
     * The GameServer that this process runs in, once the sidecar is up: the order in which containers start is not
     * certain.
     *
     * @throws PlatformException if it was not up in that time
     */
    public static AgonesGameServer await(AgonesPlatform platform, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return platform.gameServer();
            } catch (PlatformException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                Thread.sleep(BETWEEN.toMillis());
            }
        }
    }
}
