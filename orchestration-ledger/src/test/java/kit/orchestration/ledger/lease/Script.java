package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Watcher.Events;
import kit.orchestration.ledger.lease.Watcher.Snapshot;
import org.jspecify.annotations.Nullable;

/** A source that does what a test says, step by step; and a sink that remembers what it was told. */
final class Script implements Watcher.Source<String>, Watcher.Sink<String> {

    /** A watch that was asked for. */
    static final class Asked {
        final String version;
        final Duration length;
        final Events<String> events;
        boolean closed;

        Asked(String version, Duration length, Events<String> events) {
            this.version = version;
            this.length = length;
            this.events = events;
        }
    }

    final List<CompletableFuture<Snapshot<String>>> snapshots = new ArrayList<>();
    final List<Asked> watches = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    /** What to do at each call of the sink, after it was noted. */
    Runnable atNews = () -> {};

    Runnable atDoubt = () -> {};

    @Nullable
    RuntimeException refusing;

    int doubts;

    CompletableFuture<Snapshot<String>> snapshot(int number) {
        return snapshots.get(number);
    }

    Asked watch(int number) {
        return watches.get(number);
    }

    int requests() {
        return snapshots.size() + watches.size();
    }

    static ApiException answered(int code) {
        return ApiException.answered("watching things", new Answer(code, "", ""));
    }

    @Override
    public String name() {
        return "things";
    }

    @Override
    public CompletableFuture<Snapshot<String>> snapshot() {
        CompletableFuture<Snapshot<String>> snapshot = new CompletableFuture<>();
        snapshots.add(snapshot);
        if (refusing != null) {
            throw refusing;
        }
        return snapshot;
    }

    @Override
    public Transport.Stream watch(String version, Duration length, Events<String> events) {
        Asked asked = new Asked(version, length, events);
        watches.add(asked);
        if (refusing != null) {
            throw refusing;
        }
        return () -> asked.closed = true;
    }

    @Override
    public void listed(List<String> objects) {
        told.add("listed " + objects);
        atNews.run();
    }

    @Override
    public void seen(String object) {
        told.add("seen " + object);
        atNews.run();
    }

    @Override
    public void gone(String object) {
        told.add("gone " + object);
        atNews.run();
    }

    @Override
    public void doubtChanged() {
        doubts++;
        atDoubt.run();
    }
}
