package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.platform.Calls;
import kit.orchestration.sdk.platform.LineStream;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.sdk.platform.Retry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch of the pod's own Lease, for ever. When it ends in order it goes on where it was; when it is cut, or its version
 * is too old, the Lease is read and watched from there. One that is silent for too long is taken for dead: the server
 * sends a bookmark about once a minute, and a dead connection nothing. Confined to the pod's {@link Loop}, but the reading
 * of events.
 */
final class LeaseWatch {

    /** How long a watch lasts until the server ends it: so it moves to another server once in a while. */
    static final Duration LASTING = Duration.ofMinutes(10);
    /** A watch that has lived so long was a good one. */
    static final Duration GOOD = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(LeaseWatch.class);

    private final LeaseApi api;
    private final Ledger ledger;
    private final Loop loop;
    private final Duration silence;
    private final Retry retry;

    private @Nullable One current;
    private long bookmark;
    private boolean closed;

    LeaseWatch(LeaseApi api, Ledger ledger, Loop loop, Duration silence) {
        this.api = api;
        this.ledger = ledger;
        this.loop = loop;
        this.silence = silence;
        this.retry = new Retry("watch of " + api.name(), Retry.LONGEST);
    }

    void start() {
        if (!closed && !ledger.isOver()) {
            One next = new One();
            current = next;
            try {
                next.stream = api.watch(Math.max(bookmark, ledger.lease().version()), LASTING, next);
            } catch (ApiException e) {
                next.ended(e);
            }
            next.timer = loop.after(silence.compareTo(GOOD) < 0 ? silence : GOOD, next::check);
        }
    }

    void close() {
        closed = true;
        One one = current;
        if (one != null) {
            one.stop();
        }
    }

    private void again(String problem) {
        loop.after(
                retry.failed(problem),
                () -> ledger.read().whenComplete((read, failure) -> {
                    if (failure == null) {
                        start();
                    } else if (!closed) {
                        again(String.valueOf(Calls.unwrap(failure).getMessage()));
                    }
                }));
    }

    /** One connection of the watch. */
    private final class One implements LineStream.Listener<ApiException> {

        private final long since = System.nanoTime();
        private long heard = since;
        private @Nullable LineStream<ApiException> stream;
        private @Nullable Future<?> timer;

        /** On the HTTP client's thread: the parsing is done there. */
        @Override
        public void line(String line) {
            try {
                Map<String, Object> event = LedgerJson.read(line);
                String type = String.valueOf(event.get("type"));
                Map<String, Object> object = Lease.object(event.get("object"));
                switch (type) {
                    case "ADDED", "MODIFIED" -> {
                        Lease lease = Lease.of(object, ledger.slots().capacity());
                        heard(() -> ledger.seen(lease));
                    }
                    case "DELETED" -> {
                        long version = Lease.version(Lease.object(object.get("metadata")));
                        heard(() -> ledger.deleted(version));
                    }
                    case "BOOKMARK" -> {
                        long version = Lease.version(Lease.object(object.get("metadata")));
                        heard(() -> bookmark = version);
                    }
                    default -> failed("the server says " + object.get("code") + " " + object.get("message"));
                }
            } catch (LedgerFormatException e) {
                failed("the server sent no event: " + e.getMessage());
            }
        }

        @Override
        public void ended(@Nullable ApiException failure) {
            if (failure != null) {
                failed(failure.problem());
            } else {
                loop.execute(() -> {
                    if (leave()) {
                        if (System.nanoTime() - since >= GOOD.toNanos()) {
                            start();
                        } else {
                            again("it was ended at once");
                        }
                    }
                });
            }
        }

        private void failed(String problem) {
            loop.execute(() -> {
                if (leave()) {
                    again(problem);
                }
            });
        }

        private void heard(Runnable event) {
            loop.execute(() -> {
                if (current == this) {
                    heard = System.nanoTime();
                    retry.succeeded();
                    event.run();
                }
            });
        }

        private void check() {
            if (current != this) {
                return;
            }
            long now = System.nanoTime();
            if (now - since >= GOOD.toNanos()) {
                retry.succeeded();
            }
            long left = heard + silence.toNanos() - now;
            if (left > 0) {
                timer = loop.after(Duration.ofNanos(left), this::check);
            } else if (leave()) {
                log.debug("watch of {}: nothing was heard for {}, it is begun anew", api.name(), silence);
                start();
            }
        }

        /** True for the connection that counted until now. */
        private boolean leave() {
            if (current != this) {
                return false;
            }
            stop();
            return !closed;
        }

        private void stop() {
            current = null;
            LineStream<ApiException> open = stream;
            if (open != null) {
                open.close();
            }
            Future<?> waiting = timer;
            if (waiting != null) {
                waiting.cancel(false);
            }
        }
    }
}
