package kit.orchestration.agones.standin.contract;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kit.orchestration.agones.wire.AllocationRequest;
import org.jspecify.annotations.Nullable;

/**
 * One allocator's way to Agones, which can fall silent: then nothing is sent, and what was sent gets no answer. Safe
 * for several threads.
 */
final class AllocatorNetwork {

    private final int port;
    /** Guarded by this, as all below. */
    private final List<ManagedChannel> channels = new ArrayList<>();
    /** Calls whose end is not told before the network is back. */
    private final List<Runnable> unanswered = new ArrayList<>();

    private boolean silent;
    private @Nullable Runnable afterNextClaim;
    /** How many calls were begun, and the last of them that was answered. */
    private long begun;

    private long answered;

    AllocatorNetwork(int port) {
        this.port = port;
    }

    synchronized ManagedChannel channel() {
        ManagedChannel channel = OkHttpChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .disableRetry()
                .intercept(new Interceptor())
                .build();
        channels.add(channel);
        return channel;
    }

    /** Falls silent once the next claim is written, and says so. */
    synchronized void loseNextAnswer(Runnable then) {
        afterNextClaim = then;
    }

    synchronized void cut() {
        silent = true;
    }

    /** Calls pass again; those of the silence have timed out. */
    void restore() {
        List<Runnable> ends;
        synchronized (this) {
            silent = false;
            ends = List.copyOf(unanswered);
            unanswered.clear();
        }
        ends.forEach(Runnable::run);
    }

    /** How many calls have begun. */
    synchronized long begun() {
        return begun;
    }

    /** Whether a call has been answered that began after so many. */
    synchronized boolean isAnsweredSince(long earlier) {
        return answered > earlier;
    }

    private synchronized long begins() {
        return ++begun;
    }

    private synchronized void isAnswered(long number) {
        answered = Math.max(answered, number);
    }

    synchronized void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    private synchronized boolean isSilent(Runnable end) {
        if (silent) {
            unanswered.add(end);
        }
        return silent;
    }

    /** What is to be done once this claim is written, if it is the one whose answer is lost. */
    private synchronized @Nullable Runnable lost(boolean claim, Status status, Runnable end) {
        Runnable then = afterNextClaim;
        if (!claim || then == null || !status.isOk()) {
            return null;
        }
        afterNextClaim = null;
        silent = true;
        unanswered.add(end);
        return then;
    }

    private final class Interceptor implements ClientInterceptor {

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                private boolean claim;
                private boolean sent;
                private @Nullable Listener<A> answers;
                private @Nullable Metadata headers;

                @Override
                public void start(Listener<A> answers, Metadata headers) {
                    this.answers = answers;
                    this.headers = headers;
                }

                @Override
                public void request(int messages) {
                    if (sent) {
                        super.request(messages);
                    }
                }

                @Override
                public void sendMessage(Q request) {
                    claim = request instanceof AllocationRequest allocation
                            && allocation.getListsMap().values().stream()
                                    .anyMatch(list -> list.getAddValuesCount() > 0);
                    Listener<A> listener = Objects.requireNonNull(answers);
                    if (isSilent(() -> timeOut(listener))) {
                        return;
                    }
                    sent = true;
                    super.start(new Answers<>(listener, claim, begins()), Objects.requireNonNull(headers));
                    super.request(2);
                    super.sendMessage(request);
                }

                @Override
                public void halfClose() {
                    if (sent) {
                        super.halfClose();
                    }
                }
            };
        }
    }

    private static void timeOut(ClientCall.Listener<?> listener) {
        listener.onClose(Status.DEADLINE_EXCEEDED.withDescription("the network was silent"), new Metadata());
    }

    /** Holds an answer back until it is known whether it gets through. */
    private final class Answers<A> extends SimpleForwardingClientCallListener<A> {

        private final boolean claim;
        private final long number;
        private @Nullable A message;

        Answers(ClientCall.Listener<A> listener, boolean claim, long number) {
            super(listener);
            this.claim = claim;
            this.number = number;
        }

        @Override
        public void onMessage(A answer) {
            message = answer;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            Runnable end = () -> timeOut(delegate());
            if (isSilent(end)) {
                return;
            }
            Runnable then = lost(claim, status, end);
            if (then != null) {
                then.run();
                return;
            }
            if (message != null) {
                super.onMessage(message);
            }
            super.onClose(status, trailers);
            isAnswered(number);
        }
    }
}
