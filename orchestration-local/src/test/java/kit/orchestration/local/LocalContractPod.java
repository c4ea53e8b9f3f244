package kit.orchestration.local;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.CrashablePlatform;
import kit.orchestration.testkit.PodSpec;

/** A {@link LocalPod} whose process can crash and start again. */
final class LocalContractPod implements ContractPod {

    private record Life(CrashablePlatform platform, GameServer server) {
        void crash() {
            platform.crash();
            server.close();
        }
    }

    private final LocalAllocator allocator;
    private final PodSpec spec;
    private final LocalPod pod;
    private final String name;
    private final List<Life> replaced = new CopyOnWriteArrayList<>();
    private volatile Life process;

    LocalContractPod(LocalAllocator allocator, PodSpec spec, PodAddress address) {
        this.allocator = allocator;
        this.spec = spec;
        pod = new LocalPod(address, spec.capacity(), spec.labels());
        allocator.addPod(spec.pool(), pod);
        name = Objects.requireNonNull(pod.record()).name;
        process = boot(new CrashablePlatform(pod.platform()));
    }

    private Life boot(CrashablePlatform platform) {
        GameServer server = GameServer.builder()
                .platform(platform.platform())
                .listener(spec.listener().get())
                .start();
        return new Life(platform, server);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PodAddress address() {
        return pod.address();
    }

    @Override
    public int capacity() {
        return pod.capacity();
    }

    @Override
    public GameServer server() {
        return process.server();
    }

    @Override
    public void crash() {
        process.crash();
    }

    @Override
    public void restart() {
        Life old = process;
        old.crash();
        process = boot(new CrashablePlatform(pod.platform()));
        process.server().ready();
        old.platform().dispose();
    }

    @Override
    public boolean takeOver() {
        replaced.add(process);
        process = boot(new CrashablePlatform(pod.platform()));
        return true;
    }

    @Override
    public void remove() {
        process.crash();
        allocator.removePod(spec.pool(), pod);
    }

    void close() {
        replaced.forEach(Life::crash);
        process.server().close();
        process.platform().dispose();
    }
}
