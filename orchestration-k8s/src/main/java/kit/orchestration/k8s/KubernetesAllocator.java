package kit.orchestration.k8s;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorListener;
import kit.orchestration.PoolStatus;

/** In the making. */
public final class KubernetesAllocator implements Allocator {

    private KubernetesAllocator() {}

    /** Settings for an allocator. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Allocation allocate(AllocateReq req) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Allocation> allocateAsync(AllocateReq req) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void release(String pool, String sessionId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PoolStatus status(String pool) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    /** Settings. */
    public static final class Builder {
        /** The client; not closed by the allocator. By default one of its own, with fabric8's default configuration. */
        public Builder client(KubernetesClient client) {
            return this;
        }

        /** The namespace; by default the client's. */
        public Builder namespace(String namespace) {
            return this;
        }

        /** As Local's. */
        public Builder pools(String... names) {
            return this;
        }

        /** As Local's. */
        public Builder placement(Allocator.Placement placement) {
            return this;
        }

        /** As Local's. */
        public Builder waitingLimit(int waitingLimit) {
            return this;
        }

        /** As Local's. */
        public Builder callTimeout(Duration callTimeout) {
            return this;
        }

        /** As Local's. */
        public Builder listener(AllocatorListener listener) {
            return this;
        }

        /** As Local's. */
        public Builder executor(Executor executor) {
            return this;
        }

        /** What Leases say of who fills a pod; by default the host's name and random characters. */
        public Builder identity(String identity) {
            return this;
        }

        /** An Ed25519 key in PKCS #8 PEM; by default a key made at start. */
        public Builder keyFile(Path keyFile) {
            return this;
        }

        /** The allocator. */
        public KubernetesAllocator build() {
            return new KubernetesAllocator();
        }
    }
}
