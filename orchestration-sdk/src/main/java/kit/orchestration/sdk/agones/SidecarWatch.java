package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.jspecify.annotations.Nullable;

/**
 * The watch of the GameServer, for ever: when it ends or is cut it is begun anew, and so tells the whole state again.
 * Silence is normal, and a sidecar that dies cuts it: it is on this host. Confined to the pod's {@link Loop}, but the
 * reading of events.
 */
final class SidecarWatch {

    /** A watch that has lived so long was a good one. */
    private static final Duration GOOD = Duration.ofSeconds(5);

    private final SidecarClient sidecar;
    private final Loop loop;
    private final Consumer<Sighting> consumer;
    private final Retry retry;
    private final Alarm good;

    private @Nullable One current;
    private long version = -1;
    /** How many were told. */
    private long told;

    private boolean closed;
    /** Why it was cut last; empty if it runs. */
    private volatile String problem = "";

    /** The consumer is told of each version, on the loop, in their order. */
    SidecarWatch(SidecarClient sidecar, Loop loop, Consumer<Sighting> consumer) {
        this.sidecar = sidecar;
        this.loop = loop;
        this.consumer = consumer;
        this.retry = new Retry("watch of the GameServer at " + sidecar.address());
        this.good = new Alarm(loop, retry::succeeded);
    }

    void start() {
        if (!closed) {
            current = new One();
        }
    }

    /** It counts unless a later one was seen. One without a number is in no order, and counts. */
    void seen(Sighting sighting) {
        if (!closed && (sighting.version() < 0 || sighting.version() > version)) {
            version = sighting.version();
            told++;
            consumer.accept(sighting);
        }
    }

    /**
     * Asks the sidecar. The stage completes on the loop, once the answer was seen; without a number it counts only if
     * nothing else was seen since it was asked for: it may be older than that.
     */
    CompletionStage<Void> read() {
        long before = told;
        return sidecar.gameServer()
                .thenAcceptAsync(
                        sighting -> {
                            if (sighting.version() >= 0 || told == before) {
                                seen(sighting);
                            }
                        },
                        loop);
    }

    /** Tells nothing any more. */
    void close() {
        closed = true;
        One one = current;
        if (one != null) {
            one.stop();
        }
    }

    /** Why it was cut last; empty if it runs. For any thread. */
    String problem() {
        return problem;
    }

    /** One connection of the watch. */
    private final class One implements Transport.Listener {

        private final Transport.Stream stream = sidecar.watch(this);
        private boolean heard;

        @Override
        public void opened() {
            // the state follows
        }

        /** On the HTTP client's thread: the parsing is done there. */
        @Override
        public void line(String line) {
            try {
                Sighting sighting = SidecarClient.event(line);
                loop.offer(() -> {
                    if (current == this) {
                        heard(sighting);
                    }
                });
            } catch (LedgerFormatException e) {
                cut(String.valueOf(e.getMessage()));
            }
        }

        @Override
        public void ended() {
            cut("the sidecar ended it");
        }

        @Override
        public void refused(Answer answer) {
            cut(SidecarException.answered(sidecar.watchName(), answer).problem());
        }

        @Override
        public void failed(Throwable failure) {
            cut(SidecarException.failed(sidecar.watchName(), failure).problem());
        }

        private void heard(Sighting sighting) {
            problem = "";
            seen(sighting);
            if (!heard) {
                heard = true;
                good.set(GOOD.toNanos());
                // The sidecar tells the state first, and only then takes the watch among those that it tells of changes
                // (pkg/sdkserver/sdkserver.go, WatchGameServer): one in between would be told with the next.
                loop.whenDone(read(), (read, failure) -> {
                    if (failure != null) { // nobody knows what was missed: a new watch tells it
                        cut(SidecarException.failed("the sidecar", failure).problem());
                    }
                });
            }
        }

        private void cut(String why) {
            loop.offer(() -> {
                if (current == this) {
                    stop();
                    problem = why;
                    if (!closed) {
                        loop.after(retry.failed(why), SidecarWatch.this::start);
                    }
                }
            });
        }

        private void stop() {
            current = null;
            good.off();
            stream.close();
        }
    }
}
