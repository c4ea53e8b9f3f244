package kit.orchestration.agones;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one Agones allocator. Calls go to the first until it can't be reached; then to the next, and stay there.
 * Nothing is repeated here: whether a call may be is its caller's to know.
 */
final class Endpoints implements AutoCloseable {

    private final List<ManagedChannel> channels;
    /**
     * How long an answer is listened to. Longer than any caller waits: Agones goes on with a call that nobody waits for
     * (measured), and what it has claimed then is given back.
     */
    private final Duration deadline;

    private final AtomicInteger turn = new AtomicInteger();

    Endpoints(List<ManagedChannel> channels, Duration deadline) {
        this.channels = List.copyOf(channels);
        this.deadline = deadline;
    }

    int count() {
        return channels.size();
    }

    /**
     * Calls Agones.
     *
     * @param then given the response or the failure, once, on a thread of gRPC's
     */
    void call(AllocationRequest request, BiConsumer<@Nullable AllocationResponse, @Nullable Failure> then) {
        int index = Math.floorMod(turn.get(), channels.size());
        ManagedChannel channel = channels.get(index);
        AllocationServiceGrpc.newStub(channel)
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .allocate(request, new StreamObserver<>() {
                    private @Nullable AllocationResponse response;

                    @Override
                    public void onNext(AllocationResponse value) {
                        response = value;
                    }

                    @Override
                    public void onError(Throwable error) {
                        Failure failure = Failures.of(error, channel.authority());
                        failed(index, channel, failure.kind());
                        then.accept(null, failure);
                    }

                    @Override
                    public void onCompleted() {
                        if (response == null) {
                            onError(Status.INTERNAL
                                    .withDescription("answered without a message")
                                    .asRuntimeException());
                        } else {
                            then.accept(response, null);
                        }
                    }
                });
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    private void failed(int index, ManagedChannel channel, Kind kind) {
        switch (kind) {
            case UNREACHABLE, BROKEN, MISCONFIGURED -> {
                turn.compareAndSet(index, (index + 1) % channels.size());
                if (channel.getState(false) != ConnectivityState.READY) {
                    // What was mended meanwhile is tried by the next call: gRPC's own pauses grow to minutes.
                    channel.enterIdle();
                }
            }
            case TOO_SLOW -> {
                turn.compareAndSet(index, (index + 1) % channels.size());
                channel.enterIdle(); // the next call makes a connection, in case this one is dead
            }
            default -> {}
        }
    }
}
