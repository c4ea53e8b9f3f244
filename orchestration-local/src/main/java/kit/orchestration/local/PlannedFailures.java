package kit.orchestration.local;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import org.jspecify.annotations.Nullable;

/** Failures that a test has asked for, each to happen once. */
final class PlannedFailures {

    private final Queue<LocalFailure> ofClaims = new ConcurrentLinkedQueue<>();
    private final Queue<LocalFailure> ofReleases = new ConcurrentLinkedQueue<>();

    void add(LocalFailure failure) {
        (failure == LocalFailure.RELEASE_REFUSED ? ofReleases : ofClaims).add(failure);
    }

    @Nullable
    LocalFailure nextOfClaim() {
        return ofClaims.poll();
    }

    @Nullable
    LocalFailure nextOfRelease() {
        return ofReleases.poll();
    }

    static BackendException error(LocalFailure failure, String pool, @Nullable AllocateReq request) {
        boolean refused = failure == LocalFailure.CLAIM_REFUSED || failure == LocalFailure.RELEASE_REFUSED;
        Outcome outcome = refused ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
        return new BackendException("failed on demand: " + failure, pool, request, outcome, true, null);
    }
}
