package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a server again and again whether it is ready, in a thread of its own, and reports what has changed. */
final class ReadinessProbe implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReadinessProbe.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final HttpRequest request;
    private final Duration period;
    private final Report report;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final CountDownLatch closed = new CountDownLatch(1);

    private ReadinessProbe(URI readyz, Duration period, Report report) {
        this.request = HttpRequest.newBuilder(readyz).timeout(TIMEOUT).build();
        this.period = period;
        this.report = report;
    }

    /** Where changes go. */
    interface Report {
        /**
         * False if the pod is gone, which ends the probe.
         *
         * @throws ControlPlaneException if the API server is away; it is told again after the next probe
         */
        boolean accept(boolean ready);
    }

    static ReadinessProbe start(URI readyz, Duration period, Report report) {
        ReadinessProbe probe = new ReadinessProbe(readyz, period, report);
        Thread thread = new Thread(probe::run, "readiness-probe " + readyz);
        thread.setDaemon(true);
        thread.start();
        return probe;
    }

    private void run() {
        Boolean told = null;
        try {
            do {
                told = tell(isReady(), told);
            } while (!closed.await(period.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.debug("interrupted: no more probes of {}", request.uri(), e);
        }
    }

    private @Nullable Boolean tell(boolean ready, @Nullable Boolean told) {
        if (told != null && told == ready) {
            return told;
        }
        try {
            if (!report.accept(ready)) {
                close();
            }
            return ready;
        } catch (ControlPlaneException e) {
            LOG.debug("could not report {} of {}; again after the next probe", ready, request.uri(), e);
            return told;
        }
    }

    private boolean isReady() throws InterruptedException {
        try {
            int status = http.send(request, BodyHandlers.discarding()).statusCode();
            return status >= 200 && status < 400;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns at once; a report that is under way may still arrive. */
    @Override
    public void close() {
        closed.countDown();
    }
}
