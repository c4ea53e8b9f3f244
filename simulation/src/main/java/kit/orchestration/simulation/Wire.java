package kit.orchestration.simulation;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.simulation.Weather.Trouble;
import org.jspecify.annotations.Nullable;

/** A process's connections to the API server, as the weather has it. */
final class Wire implements Transport {

    private static final Duration HOP = Duration.ofNanos(300_000);
    private static final Duration SLOW = Duration.ofMillis(300);
    private static final Duration LATE = Duration.ofSeconds(2);
    private static final Duration BOOKMARKS = Duration.ofSeconds(60);
    private static final Duration LAST_BOOKMARK = Duration.ofSeconds(2);

    private final SimProcess process;
    private final SimThread http;
    private final ApiServer server;
    private final Weather weather;
    private final Watches watches;

    Wire(SimProcess process, ApiServer server, Weather weather, Watches watches) {
        this.process = process;
        this.http = process.thread();
        this.server = server;
        this.weather = weather;
        this.watches = watches;
    }

    @Override
    public URI server() {
        return URI.create("https://api.simulation");
    }

    private boolean meets(Trouble trouble) {
        return weather.hits(trouble, process.name);
    }

    private Duration hop() {
        return process.time.about(meets(Trouble.SLOW) ? SLOW : HOP);
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        http.schedule(
                () -> answer.completeExceptionally(new HttpTimeoutException("request timed out")),
                ask.timeout().toNanos(),
                TimeUnit.NANOSECONDS);
        if (meets(Trouble.REFUSES)) {
            later(hop(), () -> answer.completeExceptionally(new ConnectException("connection refused")));
        } else if (meets(Trouble.LOSES_CALLS)) {
            if (process.time.perhaps(0.5)) {
                process.time.after(process.time.about(LATE), () -> server.answer(process.name, ask));
            }
        } else {
            process.time.after(hop(), () -> arrives(ask, answer));
        }
        return answer;
    }

    private void arrives(Ask ask, CompletableFuture<Answer> answer) {
        Answer said = refusal(ask);
        if (said == null) {
            said = server.answer(process.name, ask);
        }
        Answer given = said;
        if (!meets(Trouble.LOSES_ANSWERS)) {
            later(hop(), () -> answer.complete(given));
        } else if (process.time.perhaps(0.3)) {
            later(hop(), () -> answer.completeExceptionally(new IOException("connection reset")));
        }
    }

    /** What a server in trouble answers; null if it is not. */
    private @Nullable Answer refusal(Ask ask) {
        if (meets(Trouble.BUSY)) {
            return Status.of(429, process.time.perhaps(0.5) ? "1" : "");
        }
        if (meets(Trouble.FAILS)) {
            return Status.of(process.time.perhaps(0.5) ? 500 : 503);
        }
        if (meets(Trouble.TIMES_OUT)) {
            if (process.time.perhaps(0.5)) {
                process.time.after(process.time.about(LATE), () -> server.answer(process.name, ask));
            }
            return Status.of(504);
        }
        if (!ask.method().equals("GET") && meets(Trouble.READ_ONLY)) {
            return Status.of(process.time.perhaps(0.5) ? 429 : 503);
        }
        return null;
    }

    /** At the process, if it lives then. */
    private void later(Duration delay, Runnable what) {
        process.time.after(delay, () -> http.execute(what));
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        Watch watch = new Watch(ask, listener);
        if (meets(Trouble.REFUSES)) {
            later(hop(), () -> watch.end(() -> listener.failed(new ConnectException("connection refused"))));
        } else if (!meets(Trouble.LOSES_CALLS)) {
            process.time.after(hop(), watch::arrives);
        }
        http.schedule(
                () -> {
                    if (!watch.opened) {
                        watch.end(() -> listener.failed(new HttpTimeoutException("request timed out")));
                    }
                },
                ask.timeout().toNanos(),
                TimeUnit.NANOSECONDS);
        return () -> {
            watch.over = true;
            watches.remove(watch);
        };
    }

    private final class Watch implements Runnable {

        private final Ask ask;
        private final Listener listener;
        private final ApiServer.Selection selection;
        private long told;
        private boolean opened;
        /** Whether the client hears nothing any more. */
        private boolean over;
        /** Whether a delivery is on its way. */
        private boolean pumping;

        Watch(Ask ask, Listener listener) {
            this.ask = ask;
            this.listener = listener;
            this.selection = ApiServer.selection(ask.path());
            this.told = Long.parseLong(parameter("resourceVersion"));
        }

        private String parameter(String name) {
            return Objects.requireNonNull(ApiServer.parameter(ask.path(), name), name);
        }

        void arrives() {
            Answer refused = refusal(ask);
            if (refused != null) {
                later(hop(), () -> end(() -> listener.refused(refused)));
                return;
            }
            later(hop(), () -> {
                if (!over) {
                    opened = true;
                    listener.opened();
                }
            });
            watches.add(this);
            Duration length = Duration.ofSeconds(Long.parseLong(parameter("timeoutSeconds")));
            process.time.after(length.minus(LAST_BOOKMARK), this::bookmark);
            process.time.after(length, () -> deliver(() -> end(listener::ended)));
            for (Duration at = BOOKMARKS; at.compareTo(length) < 0; at = at.plus(BOOKMARKS)) {
                process.time.after(at, this::bookmark);
            }
            run();
        }

        private void bookmark() {
            run();
            String line = server.bookmark();
            deliver(() -> say(line));
        }

        /** The server has news. */
        @Override
        public void run() {
            if (!pumping && !isGone()) {
                pumping = true;
                process.time.after(hop(), () -> {
                    pumping = false;
                    pump();
                });
            }
        }

        private void pump() {
            List<ApiServer.Event> news = server.since(told);
            if (news == null) {
                String line = Status.line(410);
                deliver(() -> say(line));
                deliver(() -> end(listener::ended));
                return;
            }
            for (ApiServer.Event each : List.copyOf(news)) {
                told = each.version();
                String line = each.line(selection);
                if (line != null) {
                    deliver(() -> say(line));
                }
            }
        }

        /** In order: by the connection, which may be dead by now. */
        private void deliver(Runnable what) {
            if (isGone()) {
                return;
            }
            if (meets(Trouble.STALLS)) {
                watches.remove(this);
            } else if (meets(Trouble.BREAKS)) {
                watches.remove(this);
                http.execute(() -> end(() -> listener.failed(new IOException("connection reset"))));
            } else {
                http.execute(what);
            }
        }

        private boolean isGone() {
            return !watches.has(this) || !process.isAlive();
        }

        private void say(String line) {
            if (!over) {
                listener.line(line);
            }
        }

        private void end(Runnable word) {
            watches.remove(this);
            if (!over) {
                over = true;
                word.run();
            }
        }
    }
}
