package kit.orchestration.k8s.scale;

import static kit.orchestration.k8s.scale.ScaleCalls.wayOut;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes about single pods. One that fails keeps nothing else from being done: its pod is left alone for a while, each
 * time for longer. The log has one line for each kind of failure, whichever pod it is first met on. Confined to the
 * loop.
 */
final class PodWrites {

    /** After so many failures in a row others are marked in a pod's place, while it is left alone. */
    private static final int FAILURES = 5;

    private static final class Trouble {
        private final NotBefore notBefore;
        private Backoff next = Scaler.BACKOFF;
        private int failures;

        private Trouble(Loop loop) {
            notBefore = new NotBefore(loop);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(PodWrites.class);

    private final Loop loop;
    private final RandomGenerator random;
    /** What has failed, and has not succeeded since, by the name of the pod. */
    private final Map<String, Trouble> troubles = new HashMap<>();
    /** Of which the log has told, since all was well. */
    private final Set<Integer> told = new HashSet<>();

    PodWrites(Loop loop, RandomGenerator random) {
        this.loop = loop;
        this.random = random;
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
                troubles.remove(pod);
            } else {
                failed(pod, ApiException.of(failure));
            }
            over.complete(null);
        });
        return over;
    }

    /** That somebody was faster is no news. */
    private void failed(String pod, ApiException error) {
        if (troubles.isEmpty()) {
            told.clear();
        }
        Trouble trouble = troubles.computeIfAbsent(pod, name -> new Trouble(loop));
        trouble.failures++;
        trouble.notBefore.pause(trouble.next.pause(random, error));
        trouble.next = trouble.next.longer();
        boolean isNews = trouble.failures >= FAILURES || !error.isRace();
        if (isNews && told.add(error.code())) {
            log.warn("scaling goes on without pod {}: {}{}; it is tried again", pod, error.problem(), wayOut(error));
        }
    }

    private boolean isPausing(String pod) {
        Trouble trouble = troubles.get(pod);
        return trouble != null && loop.nanoTime() - trouble.notBefore.end() < 0;
    }
}
