package kit.orchestration.sdk.platform;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One watch, as it comes in: lines, and one end. A line that was cut off by the end is not told. Safe for any thread.
 *
 * @param <E> what a call that did not succeed is told as
 */
public final class LineStream<E extends Exception> implements Flow.Subscriber<List<ByteBuffer>> {

    /**
     * Called from one thread at a time.
     *
     * @param <E> what a call that did not succeed is told as
     */
    public interface Listener<E extends Exception> {
        /** An event, in JSON. */
        void line(String line);

        /**
         * There comes no more. Told once, unless the watch was closed.
         *
         * @param failure null if the server ended it in order
         */
        void ended(@Nullable E failure);
    }

    private final String call;
    private final Listener<E> listener;
    private final Calls.Failures<E> failures;
    private final Lines lines = new Lines(this::line);
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable CompletableFuture<?> request;

    LineStream(String call, Listener<E> listener, Calls.Failures<E> failures) {
        this.call = call;
        this.listener = listener;
        this.failures = failures;
    }

    /** The request that it comes from, so that an end is its end, too. */
    void from(CompletableFuture<?> sent) {
        request = sent;
        if (done.get()) {
            stop();
        }
    }

    /** Ends it, and tells so. */
    public void fail(E failure) {
        if (done.compareAndSet(false, true)) {
            stop();
            listener.ended(failure);
        }
    }

    /** Ends it without a word. */
    public void close() {
        if (done.compareAndSet(false, true)) {
            stop();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        this.subscription = subscription;
        if (done.get()) {
            subscription.cancel();
        } else {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        lines.take(bytes);
    }

    private void line(String line) {
        if (!done.get()) {
            listener.line(line);
        }
    }

    @Override
    public void onError(Throwable failure) {
        fail(failures.failed(call, failure));
    }

    @Override
    public void onComplete() {
        if (done.compareAndSet(false, true)) {
            listener.ended(null);
        }
    }

    private void stop() {
        Flow.Subscription bytes = subscription;
        if (bytes != null) {
            bytes.cancel();
        }
        CompletableFuture<?> sent = request;
        if (sent != null) {
            sent.cancel(true);
        }
    }
}
