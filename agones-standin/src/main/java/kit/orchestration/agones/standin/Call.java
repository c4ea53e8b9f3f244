package kit.orchestration.agones.standin;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;

/**
 * One call to the allocator. Whether its caller still waits does not matter to Agones.
 *
 * @param request what it asks for
 * @param answers where the answer goes
 * @param tries how often it was tried before
 */
record Call(AllocationRequest request, StreamObserver<AllocationResponse> answers, int tries) {

    Call again() {
        return new Call(request, answers, tries + 1);
    }

    void succeed(GameServer server) {
        answers.onNext(Wire.answer(server));
        answers.onCompleted();
    }

    void fail(Status status) {
        answers.onError(status.asRuntimeException());
    }
}
