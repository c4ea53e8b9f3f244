package kit.orchestration.benchmarks.agones;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import kit.orchestration.AllocateReq;
import kit.orchestration.NoCapacityException;
import kit.orchestration.agones.AgonesAllocator;

/** This library, with its default settings: a request waits for no room, so that a refusal comes out. */
final class OurClient implements Client {

    private final AgonesAllocator allocator;
    private final AllocateReq request;

    OurClient(Target target) {
        this.allocator = target.allocator();
        this.request = AllocateReq.builder(target.fleet()).claimTtl(TTL).build();
    }

    @Override
    public CompletionStage<Outcome> claim() {
        return allocator.allocateAsync(request).handle((allocation, failure) -> {
            if (failure == null) {
                return Outcome.CLAIMED;
            }
            Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
            return cause instanceof NoCapacityException ? Outcome.REFUSED : Outcome.FAILED;
        });
    }

    @Override
    public void close() {
        allocator.close();
    }
}
