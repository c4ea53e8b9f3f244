package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Asks a pod whether it is ready, as a kubelet does by the manifest's {@code readinessProbe}, and reports each change.
 */
final class ReadinessProbe implements AutoCloseable {

    private static final long PERIOD_MILLIS = 100;
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final HttpRequest request;
    private final Consumer<Boolean> report;
    private final CountDownLatch ready = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "arena-probe");

    /**
     * Begins to ask.
     *
     * @param port where the pod serves {@code /readyz}
     * @param report told of each change; if it fails, it is told again
     */
    ReadinessProbe(int port, Consumer<Boolean> report) {
        request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/readyz".formatted(port)))
                .timeout(TIMEOUT)
                .build();
        this.report = report;
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether the pod was reported to be ready within the time. */
    boolean awaitReady(Duration within) throws InterruptedException {
        return ready.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Returns when nothing is reported any more. */
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        boolean told = false;
        try {
            do {
                boolean now = isReady();
                if (now != told && tell(now)) {
                    told = now;
                }
            } while (!closed.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean tell(boolean now) {
        try {
            report.accept(now);
        } catch (KubernetesClientException e) {
            return false; // the API server is away for a moment: after the next probe
        }
        if (now) {
            ready.countDown();
        }
        return true;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
