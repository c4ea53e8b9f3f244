package kit.orchestration.ledger.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The few calls about ledgers, each one request to the API server. Nothing is repeated, since what a repetition may do
 * only the caller knows. Nothing blocks; a failed future holds an {@link ApiException}. Safe for any thread.
 */
public final class LeaseApi {

    /**
     * Of <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables">what the
     * server can answer with</a> the shortest; the whole object if it can't.
     */
    private static final String LINE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

    /** Objects in a page of a list. */
    private static final int PAGE = 500;

    /** So long a page of a list may take at first, and at most: of a large cluster, from a server just started. */
    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration LONGEST_PAGE_TIMEOUT = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(LeaseApi.class);

    /** Hears how the calls fare. Called by whichever thread has the answer; must be quick. What it throws is logged. */
    public interface Observer {
        /** An observer that does nothing. */
        Observer NONE = (took, error) -> {};

        /**
         * A call ended, without an error if it was answered by a 2xx. A list may take its time, and a watch that failed
         * took none: zero for both.
         */
        void ended(Duration took, @Nullable ApiException error);
    }

    /**
     * One kind of object, of which a {@code T} is kept: what its objects are called in the plural, the path of the
     * collection, and how to read a list, the object in a line of a watch (of a bookmark no more than its version), and
     * a version.
     */
    public record Kind<T>(
            String name,
            String path,
            Function<String, Page<T>> page,
            Function<String, T> object,
            Function<T, String> version) {}

    /** Part of a list, at its resourceVersion; {@code next} asks for the rest, and is empty if there is none. */
    public record Page<T>(List<T> objects, String version, String next) {}

    private final Transport transport;
    private final String namespace;
    private final Duration timeout;
    private final Observer observer;
    private final LongSupplier nanoTime;
    private final Kind<Lease> leases;

    /** The time-out is each call's but lists'; a monotonic clock measures the calls. */
    public LeaseApi(Transport transport, String namespace, Duration timeout, Observer observer, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.transport = transport;
        this.namespace = namespace;
        this.timeout = timeout;
        this.observer = (took, error) -> {
            try {
                observer.ended(took, error);
            } catch (RuntimeException | Error failure) { // the call's future would never be done
                log.error("an observer failed; please report this", failure);
            }
        };
        this.leases = new Kind<>(
                "leases",
                "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases",
                LeaseReader::page,
                LeaseReader::object,
                lease -> Long.toString(lease.version()));
    }

    /** A Lease, for messages: which, and where. */
    public String describe(String lease) {
        return "lease " + lease + " in namespace " + namespace;
    }

    /** A call, for messages: which, and at what server. */
    public String called(String call) {
        return call + " at " + transport.server();
    }

    /** Leases of the namespace. */
    public Kind<Lease> leases() {
        return leases;
    }

    /** A Lease as the storage has it now, never a cache's; empty if there is none. */
    public CompletableFuture<Optional<Lease>> get(String lease) {
        return optional(lease("reading " + describe(lease), Ask.get(path(lease), timeout)));
    }

    /** Any object as it is now; empty if there is none. */
    public <T> CompletableFuture<Optional<T>> get(Kind<?> kind, String name, Function<String, T> reader) {
        return optional(
                send("reading " + name + " of the " + kind.name(), Ask.get(kind.path() + "/" + name, timeout), reader));
    }

    /** Makes a Lease of this JSON. */
    public CompletableFuture<Lease> create(String json) {
        return lease(
                "creating a lease in namespace " + namespace,
                new Ask("POST", leases.path(), Ask.JSON, json, Ask.JSON, timeout));
    }

    /** Writes a patch: all of it is applied, or nothing. Gives the Lease's version then: the answer is a line. */
    public CompletableFuture<Long> patch(String lease, LeasePatch patch) {
        return send(
                "the patch of " + describe(lease),
                patch(path(lease) + "?includeObject=None", patch, LINE),
                LeaseReader::version);
    }

    /** As {@link #patch}, and gives the Lease as it is then. */
    public CompletableFuture<Lease> patchAndRead(String lease, LeasePatch patch) {
        return lease("the patch of " + describe(lease), patch(path(lease), patch, Ask.JSON));
    }

    /** Deletes a Lease if it still has this uid. */
    public CompletableFuture<Void> delete(String lease, String uid) {
        String options = LedgerJson.write(
                Map.of("kind", "DeleteOptions", "apiVersion", "v1", "preconditions", Map.of("uid", uid)));
        return send(
                "deleting " + describe(lease),
                new Ask("DELETE", path(lease), Ask.JSON, options, Ask.JSON, timeout),
                body -> {
                    Objects.requireNonNull(LedgerJson.read(body).get("kind"), "an object of the API has a kind");
                    return null;
                });
    }

    /** All of a kind that has our label, from the storage. */
    public <T> Watcher.Source<T> ours(Kind<T> kind) {
        return new Selection<>(kind, "&labelSelector=" + URLEncoder.encode(LedgerNames.POOL_LABEL, UTF_8));
    }

    /** All of a kind. */
    public <T> Watcher.Source<T> all(Kind<T> kind) {
        return new Selection<>(kind, "");
    }

    /**
     * One Lease alone; none if it is not there. It is listed, not read: nothing can be watched from its own version
     * once the server has started anew since it was written (tried on 1.36: 410, and again after each reading).
     */
    public Watcher.Source<Lease> only(String lease) {
        return only(leases, lease);
    }

    /** One object alone, of whatever kind; none if it is not there. */
    public <T> Watcher.Source<T> only(Kind<T> kind, String name) {
        return new Selection<>(kind, "&fieldSelector=metadata.name%3D" + name);
    }

    private final class Selection<T> implements Watcher.Source<T> {

        private final Kind<T> kind;
        private final String selector;
        /**
         * For a page. A list that has no answer is given more the next time: it may be slow, or its connection may be
         * dead, which nobody should have to wait for a minute to find out.
         */
        private volatile Duration patience = PAGE_TIMEOUT;

        Selection(Kind<T> kind, String selector) {
            this.kind = kind;
            this.selector = selector;
        }

        @Override
        public String name() {
            return kind.name();
        }

        @Override
        public CompletableFuture<Watcher.Snapshot<T>> snapshot() {
            long start = nanoTime.getAsLong();
            return page("").thenCompose(first -> rest(first, new ArrayList<>())).whenComplete((all, failure) -> {
                Duration longer = patience.multipliedBy(2);
                if (failure == null) {
                    patience = PAGE_TIMEOUT;
                } else if (nanoTime.getAsLong() - start >= patience.toNanos()) {
                    patience = longer.compareTo(LONGEST_PAGE_TIMEOUT) < 0 ? longer : LONGEST_PAGE_TIMEOUT;
                }
            });
        }

        private CompletableFuture<Watcher.Snapshot<T>> rest(Page<T> page, List<T> objects) {
            objects.addAll(page.objects());
            return page.next().isEmpty()
                    ? CompletableFuture.completedFuture(new Watcher.Snapshot<>(objects, page.version()))
                    : page(page.next()).thenCompose(next -> rest(next, objects));
        }

        private String where() {
            return kind.path().contains("/namespaces/") ? " in namespace " + namespace : " of the cluster";
        }

        private CompletableFuture<Page<T>> page(String next) {
            String path = kind.path() + "?limit=" + PAGE + selector
                    + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, UTF_8));
            return send(
                    "listing " + kind.name() + where(),
                    Ask.get(path, patience),
                    body -> {
                        Page<T> page = kind.page().apply(body);
                        Long.parseLong(page.version()); // or a watch could not begin there
                        return page;
                    },
                    (took, error) -> observer.ended(Duration.ZERO, error));
        }

        @Override
        public Transport.Stream watch(String version, Duration length, Watcher.Events<T> events) {
            String path = kind.path() + "?watch=1&allowWatchBookmarks=true" + selector + "&resourceVersion=" + version
                    + "&timeoutSeconds=" + length.toSeconds();
            WatchLines<T> lines = new WatchLines<>(kind, called("watching " + kind.name() + where()), events, observer);
            Transport.Stream stream = transport.lines(Ask.get(path, timeout), lines);
            return () -> {
                lines.close();
                stream.close();
            };
        }
    }

    private String path(String lease) {
        return leases.path() + "/" + lease;
    }

    private Ask patch(String path, LeasePatch patch, String accept) {
        return new Ask("PATCH", path, "application/json-patch+json", patch.text(), accept, timeout);
    }

    private CompletableFuture<Lease> lease(String call, Ask ask) {
        return send(call, ask, Lease::read);
    }

    private <T extends @Nullable Object> CompletableFuture<T> send(String call, Ask ask, Function<String, T> reader) {
        return send(call, ask, reader, observer);
    }

    private <T extends @Nullable Object> CompletableFuture<T> send(
            String call, Ask ask, Function<String, T> reader, Observer told) {
        long start = nanoTime.getAsLong();
        String called = called(call);
        CompletableFuture<Answer> sent;
        try {
            sent = transport.send(ask);
        } catch (RuntimeException | Error notSent) { // or whoever waits for the answer waits for ever
            sent = CompletableFuture.failedFuture(notSent);
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        sent.whenComplete((answer, failure) -> {
            ApiException error = null;
            T read = null;
            if (failure != null) {
                error = ApiException.failed(called, failure);
            } else if (!answer.isGood()) {
                error = ApiException.answered(called, answer);
            } else {
                try {
                    read = reader.apply(answer.body());
                } catch (RuntimeException | Error notTheApi) {
                    error = ApiException.answeredOtherwise(called, answer, notTheApi);
                }
            }
            told.ended(Duration.ofNanos(nanoTime.getAsLong() - start), error);
            if (error != null) {
                result.completeExceptionally(error);
            } else {
                result.complete(read);
            }
        });
        return result;
    }

    private static <T> CompletableFuture<Optional<T>> optional(CompletableFuture<T> found) {
        CompletableFuture<Optional<T>> result = new CompletableFuture<>();
        found.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(Optional.of(value));
            } else if (ApiException.of(failure).kind() == ApiException.Kind.NOT_FOUND) {
                result.complete(Optional.empty());
            } else {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }
}
