package kit.orchestration.sdk.kubernetes;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One watch, as it comes in: lines, and one end. Safe for any thread. */
final class WatchStream implements Flow.Subscriber<String> {

    /** Called from one thread at a time. */
    interface Listener {
        /** An event, in JSON. */
        void line(String line);

        /**
         * There comes no more. Told once, unless the watch was closed.
         *
         * @param failure null if the server ended it in order
         */
        void ended(@Nullable ApiException failure);
    }

    private final String call;
    private final Listener listener;
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable CompletableFuture<?> sent;

    WatchStream(String call, Listener listener) {
        this.call = call;
        this.listener = listener;
    }

    void sent(CompletableFuture<HttpResponse<String>> response) {
        sent = response;
        response.whenComplete((answer, failure) -> {
            if (failure != null) {
                fail(ApiException.failed(call, failure));
            } else if (answer.statusCode() != 200) {
                fail(ApiException.answered(call, answer.statusCode(), answer.body()));
            } else {
                onComplete();
            }
        });
        if (done.get()) {
            stop();
        }
    }

    /** Ends it, and tells so. */
    void fail(ApiException failure) {
        if (done.compareAndSet(false, true)) {
            stop();
            listener.ended(failure);
        }
    }

    /** Ends it without a word. */
    void close() {
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
    public void onNext(String line) {
        if (!done.get()) {
            listener.line(line);
        }
    }

    @Override
    public void onError(Throwable failure) {
        fail(ApiException.failed(call, failure));
    }

    @Override
    public void onComplete() {
        if (done.compareAndSet(false, true)) {
            listener.ended(null);
        }
    }

    private void stop() {
        Flow.Subscription lines = subscription;
        if (lines != null) {
            lines.cancel();
        }
        CompletableFuture<?> request = sent;
        if (request != null) {
            request.cancel(true);
        }
    }
}
