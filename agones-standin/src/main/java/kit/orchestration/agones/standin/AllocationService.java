package kit.orchestration.agones.standin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;

/** The allocator's service: checks a request, and queues it. */
final class AllocationService extends AllocationServiceGrpc.AllocationServiceImplBase {

    private final String namespace;
    private final BatchLoop loop;
    private final boolean wrongCodes;

    AllocationService(String namespace, BatchLoop loop, boolean wrongCodes) {
        this.namespace = namespace;
        this.loop = loop;
        this.wrongCodes = wrongCodes;
    }

    @Override
    public void allocate(AllocationRequest request, StreamObserver<AllocationResponse> answers) {
        // Without a handler an answer to a caller that has gone throws; Agones does not look whether it has.
        ((ServerCallStreamObserver<AllocationResponse>) answers).setOnCancelHandler(() -> {});
        Call call = new Call(request, answers, 0);
        Optional<Status> refusal = Wire.refusal(request, wrongCodes);
        if (refusal.isPresent()) {
            call.fail(refusal.get());
        } else if (!request.getNamespace().equals(namespace)) {
            call.fail(Status.RESOURCE_EXHAUSTED.withDescription("there is no GameServer in this namespace"));
        } else {
            loop.add(call);
        }
    }
}
