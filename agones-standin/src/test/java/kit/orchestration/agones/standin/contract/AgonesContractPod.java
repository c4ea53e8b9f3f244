package kit.orchestration.agones.standin.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.local.ManualClock;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.CrashablePlatform;
import kit.orchestration.testkit.PodSpec;

/** A GameServer of the stand-in whose container is a game server in this JVM. A restart is the container's. */
final class AgonesContractPod implements ContractPod {

    private record Life(CrashablePlatform platform, GameServer server) {

        void crash() {
            platform.crash();
            server.close();
        }

        /** Its threads end; what it can't write any more takes the platform's time to give up. */
        void dispose() {
            Thread thread = new Thread(platform::dispose, "disposing of a dead process");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** So that servers that Agones' allocator has lost come back within a test. */
    private static final Duration SHOW_EVERY = Duration.ofMillis(250);

    private final AgonesStandin agones;
    private final StandinGameServer made;
    private final PodSpec spec;
    private final ManualClock clock;
    private volatile Life process;
    private volatile boolean absent;

    /** A pod whose game server runs; it has not said ready. */
    AgonesContractPod(AgonesStandin agones, StandinGameServer made, PodSpec spec, ManualClock clock)
            throws IOException {
        this.agones = agones;
        this.made = made;
        this.spec = spec;
        this.clock = clock;
        agones.addGameServer(made);
        absent = true; // until it has said ready
        process = boot(agones.sidecarPort(made.name()));
    }

    private Life boot(int port) {
        CrashablePlatform platform = new CrashablePlatform(AgonesPlatform.builder()
                .port(port)
                .bootTimeout(Duration.ofSeconds(20))
                .showEvery(SHOW_EVERY)
                .build());
        GameServer server = GameServer.builder()
                .platform(platform.platform())
                .listener(spec.listener().get())
                .clock(clock)
                .scheduler(clock.scheduler())
                .drainOnTermination(false)
                .start();
        return new Life(platform, server);
    }

    /** Whether Agones' allocator need not know of it: it never was ready, no process runs in it, or it is gone. */
    boolean isAbsent() {
        return absent;
    }

    @Override
    public String name() {
        return made.name();
    }

    @Override
    public PodAddress address() {
        return new PodAddress(made.address(), made.port()).withPort("default", made.port());
    }

    @Override
    public int capacity() {
        return spec.capacity();
    }

    @Override
    public GameServer server() {
        return process.server();
    }

    @Override
    public void ready() {
        server().ready();
        absent = false;
    }

    @Override
    public void crash() {
        absent = true;
        process.crash();
        cutOff();
    }

    @Override
    public void restart() {
        Life old = process;
        absent = true;
        old.crash();
        process = boot(cutOff());
        ready();
        old.dispose();
    }

    @Override
    public void remove() {
        absent = true;
        process.crash();
        agones.deleteGameServer(made.name());
        cutOff();
    }

    /** Ends the process. */
    void close() {
        process.crash();
        process.dispose();
    }

    /** The dead process reaches the sidecar no more. */
    private int cutOff() {
        try {
            return agones.newGateway(made.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
