package kit.orchestration.examples.arena.plant;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.PoolStatus;
import org.jspecify.annotations.Nullable;

/** An allocator that hands one session to two matches: the third caller is given what the second one has. */
final class DoublePlant implements Plant {

    private static final int COPIED = 2;

    @Override
    public Allocator allocator(Allocator allocator) {
        return new CopyingAllocator(allocator);
    }

    private static final class CopyingAllocator implements Allocator {

        private final Allocator allocator;
        private final AtomicInteger calls = new AtomicInteger();
        private final CompletableFuture<@Nullable Allocation> copied = new CompletableFuture<>();

        CopyingAllocator(Allocator allocator) {
            this.allocator = allocator;
        }

        @Override
        public Allocation allocate(AllocateReq req) throws InterruptedException {
            int call = calls.incrementAndGet();
            if (call == COPIED + 1) {
                Allocation copy = copied.join();
                return copy != null ? copy : allocator.allocate(req);
            }
            @Nullable Allocation mine = null;
            try {
                mine = allocator.allocate(req);
                return mine;
            } finally {
                if (call == COPIED) {
                    copied.complete(mine);
                }
            }
        }

        @Override
        public CompletableFuture<Allocation> allocateAsync(AllocateReq req) {
            return allocator.allocateAsync(req);
        }

        @Override
        public void release(String pool, String sessionId) {
            allocator.release(pool, sessionId);
        }

        @Override
        public CompletableFuture<Void> releaseAsync(String pool, String sessionId) {
            return allocator.releaseAsync(pool, sessionId);
        }

        @Override
        public PoolStatus status(String pool) {
            return allocator.status(pool);
        }

        @Override
        public void close() {
            allocator.close();
        }
    }
}
