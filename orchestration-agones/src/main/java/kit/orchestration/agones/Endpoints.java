package kit.orchestration.agones;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one Agones allocator. Calls go to the first until it can't be reached; then to the next, and stay
 * there. Nothing is repeated here: whether a call may be is its caller's to know.
 *
 * <p>A channel whose connection has failed is replaced before the failure is told, so the next call finds what was
 * mended meanwhile: gRPC's own tries come after pauses that grow to minutes, and one that is under way, or told to
 * begin anew while a call still counts as waiting, ends with what was wrong before.
 */
final class Endpoints implements AutoCloseable {

    private final List<Supplier<ManagedChannel>> makers;
    /** The channel of each address. */
    private final AtomicReferenceArray<ManagedChannel> channels;
    /**
     * How long an answer is listened to. Longer than any caller waits: Agones goes on with a call that nobody waits for
     * (measured), and what it has claimed then is given back.
     */
    private final Duration deadline;

    private final AtomicInteger turn = new AtomicInteger();
    private volatile boolean closed;

    Endpoints(List<Supplier<ManagedChannel>> makers, Duration deadline) {
        this.makers = List.copyOf(makers);
        this.channels = new AtomicReferenceArray<>(
                this.makers.stream().map(Supplier::get).toArray(ManagedChannel[]::new));
        this.deadline = deadline;
    }

    int count() {
        return makers.size();
    }

    /**
     * Calls Agones.
     *
     * @param then given the response or the failure, once, on a thread of gRPC's; on this one if gRPC throws
     */
    void call(AllocationRequest request, BiConsumer<@Nullable AllocationResponse, @Nullable Failure> then) {
        int index = Math.floorMod(turn.get(), count());
        ManagedChannel channel = channels.get(index);
        AtomicBoolean told = new AtomicBoolean();
        StreamObserver<AllocationResponse> observer = new StreamObserver<>() {
            private @Nullable AllocationResponse response;

            @Override
            public void onNext(AllocationResponse value) {
                response = value;
            }

            @Override
            public void onError(Throwable error) {
                if (told.compareAndSet(false, true)) {
                    Failure failure = GrpcErrors.of(error, channel.authority());
                    try {
                        failed(index, channel, failure.kind());
                    } finally {
                        then.accept(null, failure);
                    }
                }
            }

            @Override
            public void onCompleted() {
                if (response == null) {
                    onError(Status.INTERNAL
                            .withDescription("answered without a message")
                            .asRuntimeException());
                } else if (told.compareAndSet(false, true)) {
                    then.accept(response, null);
                }
            }
        };
        try {
            AllocationServiceGrpc.newStub(channel)
                    .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                    .allocate(request, observer);
        } catch (RuntimeException | LinkageError broken) {
            observer.onError(broken); // which it may have been told by gRPC, too
        }
    }

    @Override
    public void close() {
        closed = true;
        for (int index = 0; index < count(); index++) {
            channels.get(index).shutdownNow();
        }
    }

    private void failed(int index, ManagedChannel channel, Kind kind) {
        switch (kind) {
            case UNREACHABLE, BROKEN, MISCONFIGURED -> {
                turn.compareAndSet(index, (index + 1) % count());
                if (channel.getState(false) != ConnectivityState.READY) {
                    renew(index, channel);
                }
            }
            case TOO_SLOW -> {
                turn.compareAndSet(index, (index + 1) % count());
                renew(index, channel); // in case its connection is dead
            }
            default -> {}
        }
    }

    /** Calls that are under way go on where they are. */
    private void renew(int index, ManagedChannel failed) {
        if (channels.get(index) != failed) {
            return;
        }
        ManagedChannel fresh = makers.get(index).get();
        if (channels.compareAndSet(index, failed, fresh)) {
            failed.shutdown();
            if (closed) {
                fresh.shutdownNow();
            }
        } else {
            fresh.shutdownNow();
        }
    }
}
