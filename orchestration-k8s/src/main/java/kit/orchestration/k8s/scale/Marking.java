package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Retry;

/**
 * What becomes of marks: one that can't be written keeps nothing else from being done, and after a while its pod is
 * passed over. Confined to the loop.
 */
final class Marking {

    /** So often in a row it is a race; more, and the Lease takes no mark: it is full, say. */
    private static final int RACES = 5;
    /** So long after the last try there is another: the Lease, or the policy, may have been mended. */
    static final Duration AGAIN = Duration.ofMinutes(5);

    private record Refused(int tries, long lastNanos) {}

    private final Loop loop;
    private final Retry retry;
    private final NotBefore notBefore;
    private final Map<String, Refused> refused = new HashMap<>();

    Marking(String what, Loop loop) {
        this.loop = loop;
        this.retry = new Retry(what, Scaler.BACKOFF, ScaleCalls::wayOut);
        this.notBefore = new NotBefore(loop);
    }

    /** Whether none is to be written now. */
    boolean isPausing() {
        return loop.nanoTime() - notBefore.end() < 0;
    }

    /** The pods whose Leases have taken none of late. */
    Set<String> unmarkable() {
        long now = loop.nanoTime();
        return refused.entrySet().stream()
                .filter(pod ->
                        pod.getValue().tries() >= RACES && now - pod.getValue().lastNanos() < AGAIN.toNanos())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Forgets those that are gone. */
    void keep(Set<String> pods) {
        refused.keySet().retainAll(pods);
    }

    /** A mark is being written; done when that is over, however it ends. */
    CompletableFuture<?> watch(String pod, CompletableFuture<?> written) {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        loop.whenDone(written, (done, failure) -> {
            if (failure == null) {
                refused.remove(pod);
                retry.succeeded();
            } else {
                ApiException error = ApiException.of(failure);
                if (error.kind() == Kind.INVALID) {
                    Refused before = refused.get(pod);
                    refused.put(pod, new Refused(before == null ? 1 : before.tries() + 1, loop.nanoTime()));
                }
                notBefore.pause(retry.failed(error));
            }
            over.complete(failure == null);
        });
        return over;
    }
}
