package kit.orchestration.k8s.scale;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Retry;

/**
 * Writes about single pods. One that fails keeps nothing else from being done: its pod is left alone for a while, each
 * time for longer. Confined to the loop.
 */
final class PodWrites {

    /** After so many failures in a row others are marked in a pod's place, while it is left alone. */
    private static final int FAILURES = 5;

    private static final class Trouble {
        private final Retry retry;
        private final NotBefore notBefore;
        private int failures;

        private Trouble(String pod, Loop loop) {
            retry = new Retry("what pod " + pod + " is to know of scaling", Scaler.BACKOFF, ScaleCalls::wayOut);
            notBefore = new NotBefore(loop);
        }
    }

    private final Loop loop;
    /** What has failed, and has not succeeded since, by the name of the pod. */
    private final Map<String, Trouble> troubles = new HashMap<>();

    PodWrites(Loop loop) {
        this.loop = loop;
    }

    /** The pods that can't be written about, for now. */
    Set<String> refusing() {
        return troubles.entrySet().stream()
                .filter(pod -> pod.getValue().failures >= FAILURES && isPausing(pod.getKey()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Forgets those that are gone. */
    void keep(Set<String> pods) {
        troubles.keySet().retainAll(pods);
    }

    /** Writes, unless the pod is left alone now; done when that is over, however it ends. */
    CompletableFuture<?> write(String pod, Supplier<CompletableFuture<?>> write) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        if (isPausing(pod)) {
            over.complete(null);
            return over;
        }
        loop.whenDone(write.get(), (done, failure) -> {
            if (failure == null) {
                succeeded(pod);
            } else {
                Trouble trouble = troubles.computeIfAbsent(pod, name -> new Trouble(name, loop));
                trouble.failures++;
                trouble.notBefore.pause(trouble.retry.failed(ApiException.of(failure)));
            }
            over.complete(null);
        });
        return over;
    }

    private void succeeded(String pod) {
        Trouble before = troubles.remove(pod);
        if (before != null) {
            before.retry.succeeded();
        }
    }

    private boolean isPausing(String pod) {
        Trouble trouble = troubles.get(pod);
        return trouble != null && loop.nanoTime() - trouble.notBefore.end() < 0;
    }
}
