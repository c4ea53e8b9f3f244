package kit.orchestration.k8s;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import kit.orchestration.k8s.ClusterApi.Event;
import kit.orchestration.k8s.ClusterApi.Kind;
import kit.orchestration.k8s.ClusterApi.Page;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All objects of a kind, and then every change of them, for as long as it is not closed: a list, then watches, each from
 * where the last one ended. Nothing ends it: what fails is tried again, and when the server no longer knows the past, it
 * lists anew. A connection that died without a word is noticed when a watch is longer under way than was asked for.
 *
 * <p>Follows <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes">the
 * Kubernetes API concepts</a>. Confined to the {@link Loop}, and so is the sink.
 */
final class ObjectStream<T> {

    private static final Logger log = LoggerFactory.getLogger(ObjectStream.class);

    /** How long a watch is kept up: this long a dead connection may go unnoticed. */
    static final Duration LENGTH = Duration.ofSeconds(30);

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    /** Who is told. */
    interface Sink<T> {
        /** There is this, and nothing else. */
        void listed(List<T> objects);

        /** An object is there, or has changed. */
        void seen(T object);

        /** An object was deleted; this was its last state. */
        void gone(T object);

        /** The server has told something, or nothing was to be told. */
        void heard();

        /** The server does not let us list. */
        void refused(ApiException error);
    }

    private final Kind<T> kind;
    private final ClusterApi api;
    private final Loop loop;
    private final Sink<T> sink;
    private final RandomGenerator random;

    /** What the next watch begins after; empty if a list is needed. */
    private String version = "";

    /** The same as a number, once the sink was told; -1 before. */
    private volatile long told = -1;

    private Backoff backoff = BACKOFF;
    private boolean failing;
    private boolean closed;
    private @Nullable WatchCall watch;
    /** Counts watches: what an earlier one tells late is not news. */
    private int watches;

    ObjectStream(Kind<T> kind, ClusterApi api, Loop loop, RandomGenerator random, Sink<T> sink) {
        this.kind = kind;
        this.api = api;
        this.loop = loop;
        this.random = random;
        this.sink = sink;
    }

    void start() {
        loop.execute(this::next);
    }

    /** On the loop. */
    void close() {
        closed = true;
        if (watch != null) {
            watch.cancel();
        }
    }

    /** Up to where the sink was told. Any thread. */
    long version() {
        return told;
    }

    private void next() {
        if (closed) {
            return;
        }
        if (version.isEmpty()) {
            list("", new ArrayList<>());
        } else {
            watch();
        }
    }

    private void list(String from, List<T> objects) {
        api.list(kind, from).whenCompleteAsync((page, failure) -> listed(objects, page, failure), loop);
    }

    private void listed(List<T> objects, @Nullable Page<T> page, @Nullable Throwable failure) {
        if (page == null) {
            ApiException error = ApiException.of(Objects.requireNonNull(failure));
            if (error.kind() == ApiException.Kind.FORBIDDEN) {
                sink.refused(error);
            }
            failed(error);
            return;
        }
        if (closed) {
            return;
        }
        objects.addAll(page.objects());
        if (!page.next().isEmpty()) {
            list(page.next(), objects);
            return;
        }
        version = page.version();
        sink.listed(objects);
        told = Long.parseLong(version);
        succeeded();
        next();
    }

    private void watch() {
        int number = ++watches;
        WatchCall call = api.watch(kind, version, LENGTH, event -> loop.execute(() -> told(number, event)));
        watch = call;
        loop.after(LENGTH.plus(GRACE), call::cancel);
        long started = System.nanoTime();
        call.done()
                .whenCompleteAsync(
                        (end, failure) -> {
                            watches++;
                            boolean lasted = System.nanoTime() - started > LENGTH.toNanos() / 2;
                            if (failure != null) {
                                failed(ApiException.of(failure));
                            } else if (lasted) {
                                sink.heard();
                                succeeded();
                                next();
                            } else {
                                retry(); // cut, or a server that ends every watch at once
                            }
                        },
                        loop);
    }

    private void told(int number, Event<T> event) {
        if (number != watches || closed) {
            return;
        }
        if (event.error().isPresent()) {
            if (event.error().get().kind() == ApiException.Kind.EXPIRED) {
                version = "";
            }
            log.debug(
                    "the watch of {} ends: {}", kind.name(), event.error().get().getMessage());
            return; // the server ends it now
        }
        version = event.version();
        succeeded();
        event.object().ifPresent(object -> {
            if (event.type().equals("DELETED")) {
                sink.gone(object);
            } else {
                sink.seen(object);
            }
        });
        sink.heard();
        told = Long.parseLong(event.version());
    }

    private void succeeded() {
        backoff = BACKOFF;
        if (failing) {
            failing = false;
            log.info("the {} are seen again", kind.name());
        }
    }

    private void failed(ApiException error) {
        if (closed) {
            return;
        }
        if (error.kind() == ApiException.Kind.EXPIRED) {
            version = "";
        } else if (!failing) {
            failing = true;
            log.warn("the {} can't be seen, trying again: {}", kind.name(), error.getMessage());
        }
        retry();
    }

    private void retry() {
        loop.after(backoff.pause(random), this::next);
        backoff = backoff.longer();
    }
}
