package kit.orchestration.k8s;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator knows of the cluster: pods and Leases, joined by the pod's uid, told to the pools. Its only source are
 * the two watches; so what it holds was so at the API server, in that order. Confined to the {@link Loop}, but for what is
 * said otherwise.
 */
final class ClusterView {

    private static final Duration LOOK_ROUND = Duration.ofSeconds(1);

    private final Context context;
    private final Pools pools;
    private final Sweeper sweeper;
    private final SdklessPods sdkless;
    private final ObjectStream<PodView> podStream;
    private final ObjectStream<LeaseView> leaseStream;
    private final Freshness freshPods = new Freshness();
    private final Freshness freshLeases = new Freshness();
    private final CompletableFuture<Void> firstListed = new CompletableFuture<>();

    private final Map<String, PodView> pods = new HashMap<>();
    /** By the Lease's name. */
    private final Map<String, Ledger> ledgers = new HashMap<>();
    /** By the pod's name. */
    private final Map<String, PodLedger> joined = new HashMap<>();
    /** Counts the lists of Leases. */
    private int listings;

    ClusterView(Context context, Pools pools) {
        this.context = context;
        this.pools = pools;
        this.sweeper = new Sweeper(context, this::isOrphan);
        this.sdkless = new SdklessPods(context, this::join);
        podStream = new ObjectStream<>(
                context.api().pods(), context.api(), context.loop(), context.random(), new PodSink());
        leaseStream = new ObjectStream<>(
                context.api().leases(), context.api(), context.loop(), context.random(), new LeaseSink());
    }

    /** Begins. Any thread. */
    void start() {
        podStream.start();
        leaseStream.start();
        context.loop().every(LOOK_ROUND, this::lookRound);
    }

    /** Ends the watches. Any thread. */
    void close() {
        context.loop().execute(() -> {
            podStream.close();
            leaseStream.close();
        });
    }

    /** Done when pods and Leases are listed for the first time. Any thread. */
    CompletableFuture<Void> listed() {
        return firstListed.copy();
    }

    /** How long ago the API server was last heard; empty before the first list. Any thread. */
    Optional<Duration> age() {
        return pools.isListed() ? Optional.of(max(freshPods.age(), freshLeases.age())) : Optional.empty();
    }

    /** Whether all up to these resourceVersions has been told to the pools. Any thread. */
    boolean hasSeen(long podsVersion, long leasesVersion) {
        return podStream.version() >= podsVersion && leaseStream.version() >= leasesVersion;
    }

    // ---- the join ----

    private void join(String podName) {
        PodView pod = pods.get(podName);
        PodLedger current = joined.get(podName);
        if (pod == null) {
            forget(current);
            return;
        }
        Ledger ledger = ledgers.get(pod.leaseName());
        if (ledger == null) {
            sdkless.open(pod);
        }
        if (ledger == null || !pod.uid().equals(ledger.lease().podUid())) {
            // It has none: it counts as a pod all the same, with no slot.
            ledger = current != null
                            && current.lease().uid().isEmpty()
                            && current.pod().uid().equals(pod.uid())
                    ? current.ledger()
                    : newLedger(LeaseView.none(pod));
        }
        KubernetesPool pool = pools.known(pod.pool());
        if (current != null && current.isOf(pod, ledger)) {
            ledger.belongsTo(pod);
            current.seen(pod);
            pool.changed(current);
        } else {
            forget(current);
            ledger.belongsTo(pod);
            PodLedger fresh = new PodLedger(pod, ledger);
            joined.put(podName, fresh);
            pool.joined(fresh);
        }
    }

    private void forget(@Nullable PodLedger pod) {
        if (pod != null) {
            joined.remove(pod.pod().name());
            pod.ledger().belongsTo(null);
            pools.known(pod.pod().pool()).gone(pod);
        }
    }

    /** A Lease in a newer version, or for the first time. */
    private void told(LeaseView lease, int listing) {
        KubernetesPool pool = pools.known(lease.pool());
        Ledger ledger = ledgers.get(lease.name());
        if (ledger != null && ledger.isContinuedBy(lease)) {
            pool.told(ledger, ledger.seen(lease), listing);
        } else {
            ended(ledger);
            Ledger fresh = newLedger(lease);
            PodView pod = lease.podName() == null ? null : pods.get(lease.podName());
            fresh.belongsTo(pod != null && pod.uid().equals(lease.podUid()) ? pod : null);
            ledgers.put(lease.name(), fresh);
            pool.told(fresh, fresh.first(), listing);
        }
        if (lease.podName() != null) {
            join(lease.podName());
        }
    }

    private Ledger newLedger(LeaseView lease) {
        return new Ledger(lease, context.timing().clock().instant());
    }

    private void ended(@Nullable Ledger ledger) {
        if (ledger == null) {
            return;
        }
        ledgers.remove(ledger.lease().name());
        ledger.ends();
        pools.known(ledger.lease().pool()).told(ledger, ledger.last(), 0);
        if (ledger.lease().podName() != null) {
            join(ledger.lease().podName());
        }
    }

    private boolean isOrphan(LeaseView lease) {
        Ledger now = ledgers.get(lease.name());
        if (now == null || !now.lease().uid().equals(lease.uid()) || lease.podName() == null) {
            return false;
        }
        PodView pod = pods.get(lease.podName());
        return pod == null || !pod.uid().equals(lease.podUid());
    }

    private void sweep(@Nullable Ledger suspect) {
        if (suspect != null && pools.isListed() && isOrphan(suspect.lease())) {
            sweeper.suspect(suspect.lease());
        }
    }

    private void bothListed() {
        if (freshPods.isListed() && freshLeases.isListed()) {
            pools.listed();
            firstListed.complete(null);
            ledgers.values().forEach(this::sweep);
        }
    }

    private void lookRound() {
        joined.values().forEach(pod -> pools.known(pod.pod().pool()).rank(pod));
        pools.all().forEach(pool -> pool.engine().look());
        age().ifPresent(age -> pools.all().stream()
                .filter(KubernetesPool::isKnown)
                .forEach(pool -> context.listener().viewAge(pool.name(), age)));
    }

    private void refused(ApiException error) {
        pools.refuse(request -> new BackendException(
                error.getMessage() + "; give the allocator's service account the role of deploy/allocator.yaml",
                request.pool(),
                request,
                Outcome.NOT_APPLIED,
                false,
                error));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private final class PodSink implements ObjectStream.Sink<PodView> {

        @Override
        public void listed(List<PodView> objects) {
            List<PodView> all = new ArrayList<>(objects);
            // Among pods that are as good, several allocators should not all begin with the same.
            Collections.shuffle(all, new Random(context.random().nextLong()));
            Set<String> names = new HashSet<>();
            all.forEach(pod -> names.add(pod.name()));
            List<String> gone =
                    pods.keySet().stream().filter(name -> !names.contains(name)).toList();
            pods.keySet().removeAll(gone);
            all.forEach(pod -> pods.put(pod.name(), pod));
            gone.forEach(ClusterView.this::join);
            all.forEach(pod -> join(pod.name()));
            freshPods.listed();
            bothListed();
        }

        @Override
        public void seen(PodView pod) {
            pods.put(pod.name(), pod);
            join(pod.name());
            sweepLeaseOf(pod);
        }

        @Override
        public void gone(PodView pod) {
            PodView known = pods.get(pod.name());
            if (known != null && known.uid().equals(pod.uid())) {
                pods.remove(pod.name());
                join(pod.name());
                sweepLeaseOf(pod);
            }
        }

        @Override
        public void heard() {
            freshPods.heard();
        }

        @Override
        public void refused(ApiException error) {
            ClusterView.this.refused(error);
        }

        private void sweepLeaseOf(PodView pod) {
            sweep(ledgers.get(pod.leaseName()));
        }
    }

    private final class LeaseSink implements ObjectStream.Sink<LeaseView> {

        @Override
        public void listed(List<LeaseView> objects) {
            int listing = ++listings;
            Set<String> names = new HashSet<>();
            objects.forEach(lease -> names.add(lease.name()));
            List<Ledger> gone = ledgers.values().stream()
                    .filter(ledger -> !names.contains(ledger.lease().name()))
                    .toList();
            gone.forEach(ClusterView.this::ended);
            objects.forEach(lease -> told(lease, listing));
            freshLeases.listed();
            bothListed();
        }

        @Override
        public void seen(LeaseView lease) {
            told(lease, 0);
            sweep(ledgers.get(lease.name()));
        }

        @Override
        public void gone(LeaseView lease) {
            Ledger known = ledgers.get(lease.name());
            if (known != null && known.lease().uid().equals(lease.uid())) {
                ended(known);
            }
        }

        @Override
        public void heard() {
            freshLeases.heard();
        }

        @Override
        public void refused(ApiException error) {
            ClusterView.this.refused(error);
        }
    }
}
