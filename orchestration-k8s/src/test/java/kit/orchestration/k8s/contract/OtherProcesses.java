package kit.orchestration.k8s.contract;

import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import kit.orchestration.Allocator;
import kit.orchestration.local.ManualClock;

/** Runs each allocator in a JVM of its own; one whose allocator was closed is used again, one that crashed is not. */
final class OtherProcesses implements KubernetesBackend.Home, AutoCloseable {

    private final Queue<AllocatorProcess> idle = new ConcurrentLinkedQueue<>();
    private final Queue<AllocatorProcess> all = new ConcurrentLinkedQueue<>();

    /** Starts so many in advance. */
    OtherProcesses(int count) {
        for (int i = 0; i < count; i++) {
            idle.add(start());
        }
    }

    private AllocatorProcess start() {
        AllocatorProcess process = AllocatorProcess.start();
        all.add(process);
        return process;
    }

    @Override
    public OpenAllocator open(Cluster cluster, String url, ManualClock clock) {
        AllocatorProcess ready = idle.poll();
        AllocatorProcess process = ready == null ? start() : ready;
        ProcessAllocator allocator = ProcessAllocator.open(
                process,
                Map.of(
                        "url", url,
                        "ca", cluster.plane().caPem(),
                        "namespace", cluster.namespace(),
                        "token", cluster.allocatorToken(),
                        "callTimeout", KubernetesBackend.CALL_TIMEOUT.toString(),
                        "clock", clock.instant().toString()),
                () -> idle.add(process));
        return new Opened(allocator);
    }

    private static final class Opened implements OpenAllocator {
        private final ProcessAllocator allocator;

        Opened(ProcessAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        public Allocator allocator() {
            return allocator;
        }

        @Override
        public boolean hasSeen(long pods, long leases) {
            return allocator.hasSeen(pods, leases);
        }

        @Override
        public void advance(Duration duration) {
            allocator.advance(duration);
        }

        @Override
        public void die() {
            allocator.kill();
        }

        @Override
        public void dispose() {
            allocator.close();
        }
    }

    @Override
    public void close() {
        all.forEach(AllocatorProcess::close);
    }
}
