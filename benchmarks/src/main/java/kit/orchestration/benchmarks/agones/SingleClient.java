package kit.orchestration.benchmarks.agones;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import kit.orchestration.agones.wire.AllocationServiceGrpc.AllocationServiceStub;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.agones.wire.Priority;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerSlot;

/**
 * One call for one session, as Agones' documentation has it for servers with many: a server that has some and has room,
 * else one that is Ready, the fullest first; a value is added to its list. Nothing is repeated. The values are such as
 * the SDK in the servers can end.
 */
final class SingleClient implements Client {

    private static final int PATIENCE_SECONDS = 10;
    private static final String LIST = AgonesNames.LIST;

    private final Target target;
    private final ManagedChannel channel;
    private final AllocationServiceStub stub;
    private final SessionIds keys = new SessionIds(new SecureRandom());

    SingleClient(Target target) throws IOException {
        this.target = target;
        this.channel = target.channel();
        this.stub = AllocationServiceGrpc.newStub(channel);
    }

    @Override
    public CompletionStage<Outcome> claim() {
        CompletableFuture<Outcome> claimed = new CompletableFuture<>();
        String value = LedgerSlot.Free.NEW.hold(keys.get(), TTL, null, Map.of()).format();
        stub.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS).allocate(request(value), new StreamObserver<>() {
            @Override
            public void onNext(AllocationResponse response) {
                boolean landed = response.containsLists(LIST)
                        && response.getListsOrThrow(LIST).getValuesList().contains(value);
                claimed.complete(landed ? Outcome.CLAIMED : Outcome.FAILED);
            }

            @Override
            public void onError(Throwable error) {
                claimed.complete(
                        Status.fromThrowable(error).getCode() == Status.Code.RESOURCE_EXHAUSTED
                                ? Outcome.REFUSED
                                : Outcome.FAILED);
            }

            @Override
            public void onCompleted() {
                claimed.complete(Outcome.FAILED); // no answer, unless there was one
            }
        });
        return claimed;
    }

    private AllocationRequest request(String value) {
        AllocationRequest.Builder request = AllocationRequest.newBuilder()
                .setNamespace(target.namespace())
                .setScheduling(SchedulingStrategy.Packed)
                .addPriorities(Priority.newBuilder()
                        .setType(Priority.Type.List)
                        .setKey(LIST)
                        .setOrder(Priority.Order.Ascending))
                .putLists(LIST, ListAction.newBuilder().addAddValues(value).build());
        for (GameServerState state : new GameServerState[] {GameServerState.ALLOCATED, GameServerState.READY}) {
            request.addGameServerSelectors(GameServerSelector.newBuilder()
                    .putMatchLabels(AgonesNames.FLEET_LABEL, target.fleet())
                    .setGameServerState(state)
                    .putLists(LIST, ListSelector.newBuilder().setMinAvailable(1).build()));
        }
        return request.build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
