package kit.orchestration.sdk.kubernetes;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.kubernetes.ApiException.Kind;
import kit.orchestration.sdk.platform.Retry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a process takes its pod over: it makes the Lease, or adopts the one that an earlier process of the pod has left. That
 * one is closed, so that no claim lands on it; what it holds then is freed; and it is opened under the new boot id. Each
 * write tests what it assumes, so any step can be repeated, a dead process's late writes fail, and so do ours.
 *
 * <p>A Lease that another pod has left (the predecessor in a StatefulSet, of the same name) is not ours to write: it is
 * waited for until the garbage collector or an allocator has deleted it.
 */
final class Takeover {

    private static final Logger log = LoggerFactory.getLogger(Takeover.class);

    private final LeaseApi api;
    private final PodIdentity pod;
    private final String open;
    private final String bootId;
    private final Duration timeout;
    private final Duration patience;

    /**
     * A take-over.
     *
     * @param timeout of all of it
     * @param patience how long the server may refuse us before we believe it: roles may come a moment after the pod
     */
    Takeover(LeaseApi api, PodIdentity pod, String bootId, Duration timeout, Duration patience) {
        this.api = api;
        this.pod = pod;
        this.bootId = bootId;
        this.open = new LedgerState.Open(bootId).format();
        this.timeout = timeout;
        this.patience = patience;
    }

    /**
     * Takes the pod over. Blocks.
     *
     * @return the Lease, open
     * @throws PlatformException if it failed for the whole time, or for a reason that does not pass
     */
    Lease run() {
        Retry retry = new Retry("taking over " + api.name(), Retry.LONGEST_AWAITED);
        long started = System.nanoTime();
        long refusedSince = started;
        boolean refused = false;
        while (true) {
            String problem;
            Throwable cause = null;
            try {
                Attempt attempt = attempt();
                if (attempt.lease() != null) {
                    retry.succeeded();
                    return attempt.lease();
                }
                problem = attempt.problem();
                refused = false;
            } catch (ApiException e) {
                problem = e.problem();
                cause = e;
                if (e.kind() == Kind.AWAY) {
                    refused = false;
                } else if (!refused) {
                    refused = true;
                    refusedSince =
                            System.nanoTime(); // a server that has just started refuses what it allows in a moment
                } else if (System.nanoTime() - refusedSince > patience.toNanos()) {
                    throw new PlatformException(problem, e);
                }
            }
            long wait = retry.failed(problem).toNanos();
            if (System.nanoTime() - started + wait > timeout.toNanos()) {
                throw new PlatformException(
                        "%s could not be taken over within %s: %s".formatted(api.name(), timeout, problem), cause);
            }
            sleep(wait);
        }
    }

    /** The Lease, open; or why there is none yet. */
    private record Attempt(@Nullable Lease lease, String problem) {}

    private Attempt attempt() throws ApiException {
        try {
            List<@Nullable String> slots = Collections.nCopies(pod.capacity(), Free.NEW.format());
            return new Attempt(await(api.create(Lease.create(pod, open, slots, Map.of()))), "");
        } catch (ApiException e) {
            if (e.kind() != Kind.EXISTS) {
                throw e;
            }
        }
        try {
            return adopt(await(api.get()));
        } catch (ApiException e) {
            if (e.kind() == Kind.MISSING || e.kind() == Kind.INVALID) {
                return new Attempt(null, "it was changed or deleted meanwhile: " + e.problem());
            }
            throw e;
        }
    }

    private Attempt adopt(Lease found) throws ApiException {
        if (bootId.equals(found.openBoot())) {
            return new Attempt(found, ""); // an earlier try succeeded, and its answer was lost
        }
        if (!found.ownerUid().equals(pod.podUid())) {
            return new Attempt(
                    null,
                    "it belongs to %s, and this pod is %s: it must be deleted, by the garbage collector if that pod is gone, or by an allocator of this library"
                            .formatted(
                                    found.ownerUid().isEmpty() ? "no pod" : "the pod with uid " + found.ownerUid(),
                                    pod.podUid()));
        }
        if (found.leaving()) {
            return new Attempt(null, "it was deleted, and a finalizer keeps it");
        }
        if (!found.pool().equals(pod.pool())) {
            throw new PlatformException(
                    "%s is labelled for pool \"%s\", and this pod is of pool \"%s\": delete the pod, or give it back its pool"
                            .formatted(api.name(), found.pool(), pod.pool()),
                    null);
        }
        Lease closed = isClosed(found) ? found : await(api.patch(closing(found)));
        Lease opened = await(api.patch(opening(closed)));
        log.info("{} was adopted: an earlier process of this pod has left it", api.name());
        return new Attempt(opened, "");
    }

    private static boolean isClosed(Lease lease) {
        return new LedgerState.Closed().format().equals(lease.state());
    }

    /** Fails if it was closed or opened by somebody else: a late one does not close what was opened since. */
    private static LeasePatch closing(Lease lease) {
        LeasePatch patch = LeasePatch.of(lease);
        String state = lease.state();
        if (state == null) {
            patch.testVersion(lease);
        } else {
            patch.test(LedgerNames.STATE, state);
        }
        return patch.set(LedgerNames.STATE, new LedgerState.Closed().format());
    }

    /** Frees exactly what was read once it was closed. */
    private LeasePatch opening(Lease closed) {
        LeasePatch patch = LeasePatch.of(closed).testVersion(closed);
        String beyondAll = new Free(mostUses(closed) + 1).format();
        for (int slot = 0; slot < closed.slots().size(); slot++) {
            String text = closed.slots().get(slot);
            LedgerSlot read = read(text);
            // A slot that is missing or can't be read is given a count that no allocator has seen: so it is news to
            // all.
            String free = read instanceof Held held ? held.freed().format() : read == null ? beyondAll : read.format();
            if (!free.equals(text)) {
                patch.set(LedgerNames.slot(slot), free);
            }
        }
        closed.beyond().forEach(patch::remove);
        // No token for an earlier boot is taken, so no key is needed; allocators add theirs with their next claims.
        closed.keys().keySet().forEach(kid -> patch.remove(LedgerNames.key(kid)));
        return patch.set(LedgerNames.STATE, open);
    }

    private static long mostUses(Lease lease) {
        long most = 0;
        for (String text : lease.slots()) {
            LedgerSlot slot = read(text);
            most = slot == null ? most : Math.max(most, slot.uses());
        }
        return most;
    }

    private static @Nullable LedgerSlot read(@Nullable String text) {
        try {
            return text == null ? null : LedgerSlot.parse(text);
        } catch (LedgerFormatException e) {
            return null;
        }
    }

    private static Lease await(CompletableFuture<Lease> answer) throws ApiException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw ApiException.failed("the call", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void sleep(long nanos) {
        try {
            NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static PlatformException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new PlatformException("the thread was interrupted while it took the pod over", e);
    }
}
