package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.platform.BootThread;
import kit.orchestration.sdk.platform.BootTries;
import kit.orchestration.sdk.platform.BootTries.NotYet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a process takes its pod over: it makes the Lease, or adopts the one that an earlier process of the pod has left.
 * That one is closed under the new boot id, so that no claim lands on it, and the earlier process, if it lives after
 * all, knows that it is over; then what it holds is freed. It is not open yet: that is {@code ready()}'s to say. Each
 * write tests what it assumes, so any step can be repeated, a dead process's late writes fail, and so do ours.
 *
 * <p>A Lease that another pod has left (the predecessor in a StatefulSet, of the same name) is not ours to write: it is
 * waited for until the garbage collector or an allocator has deleted it.
 */
final class Takeover {

    private static final Logger log = LoggerFactory.getLogger(Takeover.class);

    private final LeaseApi api;
    private final PodIdentity pod;
    private final String name;
    private final String closed;
    private final BootTries tries;

    /** Begins its time. */
    Takeover(LeaseApi api, PodIdentity pod, String bootId, Duration timeout, Duration patience, BootThread thread) {
        this.api = api;
        this.pod = pod;
        this.name = api.describe(pod.lease());
        this.closed = LedgerState.closed(bootId, false).format();
        this.tries = new BootTries(name + " could not be taken over", timeout, patience, thread);
    }

    /** The Lease, closed, with every slot free. Blocks. */
    Lease run() {
        return tries.run(this::attempt);
    }

    private Lease attempt() throws NotYet, InterruptedException {
        try {
            await(
                    "listing it",
                    api.only(pod.lease())
                            .snapshot()); // as the watch will: if the role has not got that, it is told here
            List<String> slots = Collections.nCopies(pod.capacity(), Free.NEW.format());
            String made = Lease.json(pod.pool(), pod.podName(), pod.podUid(), closed, null, slots, Map.of());
            return await("making it", api.create(made));
        } catch (ApiException e) {
            if (e.kind() != Kind.CONFLICT) {
                throw failed(e);
            }
        }
        try {
            Optional<Lease> found = await("reading it", api.get(pod.lease()));
            return adopt(found.orElseThrow(() -> notYet("it was deleted meanwhile")));
        } catch (ApiException e) {
            throw e.kind() == Kind.NOT_FOUND || e.kind() == Kind.INVALID
                    ? notYet("it was changed or deleted meanwhile: " + e.problem())
                    : failed(e);
        }
    }

    private Lease adopt(Lease found) throws ApiException, NotYet, InterruptedException {
        if (!pod.podUid().equals(found.podUid())) {
            throw notYet("it belongs to "
                    + (found.podUid() == null ? "no pod" : "the pod with uid " + found.podUid())
                    + ", and this pod is " + pod.podUid()
                    + ": it must be deleted, by the garbage collector if that pod is gone, or by an "
                    + "allocator of this library");
        }
        if (found.leaving()) {
            throw notYet("it was deleted, and a finalizer keeps it");
        }
        if (!found.pool().equals(pod.pool())) {
            throw new PlatformException(
                    name + " is labelled for pool \"" + found.pool() + "\", and this pod is of pool \"" + pod.pool()
                            + "\": delete the pod, or give it back its pool",
                    null);
        }
        Lease mine = closed.equals(found.stateText()) ? found : write("closing it", closing(found));
        Lease taken = write("freeing its slots", freeing(mine));
        log.info("{} was adopted from an earlier process of this pod", name);
        return taken;
    }

    /** Fails if anything was changed meanwhile: a late one does not close what was opened since. */
    private LeasePatch closing(Lease lease) {
        return LeasePatch.of(lease).testVersion(lease).set(LedgerNames.STATE, closed);
    }

    /** Frees exactly what was read once it was closed. */
    private LeasePatch freeing(Lease lease) {
        LeasePatch patch = LeasePatch.of(lease).testVersion(lease);
        // A slot that is missing or can't be read is given a count that no allocator has seen: so it is news to all.
        long most = IntStream.range(0, lease.slots().size())
                .mapToLong(slot -> LedgerSlot.read(lease.slot(slot)).uses())
                .max()
                .orElse(LedgerSlot.UNREADABLE);
        Free beyondAll = most < 0 ? Free.NEW : new Free(most).fenced();
        for (int slot = 0; slot < pod.capacity(); slot++) {
            LedgerSlot read = LedgerSlot.read(lease.slot(slot));
            LedgerSlot free = read instanceof Held held ? held.freed() : read instanceof Free ? read : beyondAll;
            if (!free.format().equals(lease.slot(slot))) {
                patch.set(LedgerNames.slot(slot), free.format());
            }
        }
        for (int slot = pod.capacity(); slot < lease.slots().size(); slot++) {
            if (lease.slot(slot) != null) {
                patch.remove(LedgerNames.slot(slot));
            }
        }
        if (lease.addressText() != null) {
            patch.remove(LedgerNames.ADDRESS);
        }
        // No token for an earlier boot is taken, so no key is needed; allocators add theirs with their next claims.
        lease.keys().keySet().forEach(kid -> patch.remove(LedgerNames.key(kid)));
        return patch;
    }

    private static NotYet notYet(String problem) {
        return new NotYet(problem, false, null);
    }

    private static NotYet failed(ApiException error) {
        String advice = error.isDenial() ? "" : advice(error);
        return new NotYet(error.problem() + advice, !error.isOutage(), error);
    }

    private static String advice(ApiException error) {
        return switch (error.code()) {
            case 401 ->
                ": the API server does not know the token. Is the service account's token mounted "
                        + "(automountServiceAccountToken), of this cluster, and does the pod still exist?";
            case 403 ->
                error.problem().contains("ValidatingAdmissionPolicy")
                        ? ": the Role is good, and this is not the pod's own Lease, or not with this token: name "
                                + "and uid must be those of the pod that the token is mounted in"
                        : ": the pod's service account needs a Role with the verbs create, get, list, watch and patch "
                                + "on leases of coordination.k8s.io in its namespace, as serviceAccountName: "
                                + "orchestration-pod has it (deploy/base/pod.yaml); and POD_NAMESPACE, if it is set, "
                                + "must name that namespace, as metadata.namespace does";
            default -> "";
        };
    }

    private Lease write(String what, LeasePatch patch) throws ApiException, NotYet, InterruptedException {
        return await(what, api.patchAndRead(pod.lease(), patch));
    }

    private <T> T await(String what, CompletableFuture<T> answer) throws ApiException, NotYet, InterruptedException {
        try {
            return tries.await(api.called(what), answer);
        } catch (ExecutionException e) {
            throw ApiException.of(e);
        }
    }
}
