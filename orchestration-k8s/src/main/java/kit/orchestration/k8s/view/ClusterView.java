package kit.orchestration.k8s.view;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an allocator knows of the cluster: pods and Leases, joined by the pod's uid, told to the pools. Its sources are the two
 * watches, and what others have read meanwhile. Confined to the loop, but for what is said otherwise.
 */
public final class ClusterView {

    private static final Logger log = LoggerFactory.getLogger(ClusterView.class);

    /** A pod that changes its mind all the time has a line of the log no more often. */
    private static final Duration SAID = Duration.ofMinutes(1);

    /** How long a pod may be ready, by the kubelet, before its SDK has made its Lease. */
    private static final Duration BOOT = Duration.ofSeconds(15);

    private static final String NO_SDK =
            "it is ready, and no SDK in it has made its lease: embed orchestration-sdk, or annotate the pod "
                    + LedgerNames.SDK_ANNOTATION + ": " + LedgerNames.SDK_NONE;

    /** The pools, to whom news is told. */
    public interface Pools {

        /** The pool of that name, which has a pod and so is known from now on. */
        PoolNews known(String name);

        /** The pool of that name, whose sessions a Lease may name; that alone does not make it known. */
        PoolNews named(String name);

        /** All pools. */
        Collection<? extends PoolNews> all();

        /** Pods and Leases are listed for the first time. */
        void listed();
    }

    private final Context context;
    private final Pools pools;
    private final Caretaker caretaker;
    private final Watcher<PodView> podWatcher;
    private final Watcher<Lease> leaseWatcher;
    private final CompletableFuture<Void> firstListed = new CompletableFuture<>();

    private final Map<String, KnownPod> known = new HashMap<>();
    /** The pods that the watch has, by name. */
    private final Map<String, KnownPod> pods = new HashMap<>();
    /** Those with a Lease, by its name. */
    private final Map<String, KnownPod> leased = new HashMap<>();

    private boolean podsListed;
    /** Counts the lists of Leases. */
    private int listings;

    /**
     * Of an allocator; {@link #start} begins.
     *
     * @param caretaker makes the one that sees to what is lacking
     */
    public ClusterView(Context context, Pools pools, Function<ClusterView, Caretaker> caretaker) {
        this.context = context;
        this.pools = pools;
        podWatcher = new Watcher<>(
                context.api().ours(context.pods().kind()), context.loop(), context.random(), new PodSink());
        leaseWatcher = new Watcher<>(
                context.api().ours(context.api().leases()), context.loop(), context.random(), new LeaseSink());
        this.caretaker = caretaker.apply(this);
    }

    /** Begins. Any thread. */
    public void start() {
        podWatcher.start();
        leaseWatcher.start();
    }

    /** Ends the watches. Any thread. */
    public void close() {
        podWatcher.close();
        leaseWatcher.close();
    }

    /** Done when pods and Leases are listed for the first time. Any thread. */
    public CompletableFuture<Void> listed() {
        return firstListed.copy();
    }

    /** Whether pods and Leases were listed once. Any thread. */
    public boolean isListed() {
        return firstListed.isDone();
    }

    /** How long ago the API server was last heard; empty before the first list. Any thread. */
    public Optional<Duration> age() {
        return isListed()
                ? Optional.of(Collections.max(List.of(podWatcher.age(), leaseWatcher.age())))
                : Optional.empty();
    }

    /** Why what is known may not be what is; empty if it is. Any thread. */
    public Optional<Doubt> doubt() {
        return podWatcher
                .doubt()
                .or(leaseWatcher::doubt)
                .or(() -> context.reach().doubt());
    }

    /** Whether all up to these resourceVersions has been told to the pools. Any thread. */
    public boolean hasSeen(long podsVersion, long leasesVersion) {
        return podWatcher.version() >= podsVersion && leaseWatcher.version() >= leasesVersion;
    }

    // ---- what others have found out; on the loop ----

    /** A Lease was read, in a version that the watch may be yet to tell of: its state and slots are believed. */
    public void read(KnownPod pod, Lease lease) {
        if (pod.read(lease)) {
            settle(pod, List.of());
        }
    }

    /** A read has not found this Lease. */
    public void leaseIsMissing(KnownPod pod, Lease lease) {
        pod.leaseIsMissing(lease.uid());
        settle(pod, List.of());
    }

    /** A pod was looked at; empty if there is none of its uid. */
    public void lookedAt(KnownPod pod, Optional<PodView> found) {
        if (found.isPresent() && found.get().uid().equals(pod.uid())) {
            pod.isThere(found.get());
        } else {
            forget(pod);
            pod.isGone();
        }
        settle(pod, List.of());
    }

    /** The watch of Leases has not told of what was written a while ago. */
    public void suspectLeases() {
        leaseWatcher.suspect("the watch of leases does not tell of what was written");
    }

    /** Whether the view has a Lease, and not its pod. */
    public boolean isOrphan(Lease lease) {
        KnownPod pod = leased.get(lease.name());
        return pod != null
                && !pod.isHere()
                && lease.uid().equals(Objects.requireNonNull(pod.told()).uid());
    }

    /** Whether the view has a pod of that name. */
    public boolean hasPod(String name) {
        return pods.containsKey(name);
    }

    /** Whether the view has this pod, and not its Lease. */
    public boolean lacksLease(PodView pod) {
        KnownPod now = pods.get(pod.name());
        return now != null && now.uid().equals(pod.uid()) && now.told() == null;
    }

    /** The server does not let us make a pod's Lease. */
    public void leaseCantBeMade(PodView pod, ApiException error) {
        KnownPod now = pods.get(pod.name());
        if (now != null && now.uid().equals(pod.uid())) {
            now.leaseIsLacking("its lease can't be made: " + error.problem() + Context.wayOut(error));
            settle(now, List.of());
        }
    }

    /** A pod that lacks its Lease is seen to again. */
    public void lookAgain(String podName) {
        KnownPod pod = pods.get(podName);
        if (pod != null) {
            settle(pod, List.of());
        }
    }

    // ---- news ----

    private void podSeen(PodView pod) {
        KnownPod now = known.computeIfAbsent(pod.uid(), KnownPod::new);
        KnownPod before = pods.put(pod.name(), now);
        if (before != null && before != now) {
            before.isGone(); // its successor has the name
            settle(before, List.of());
        }
        now.seen(pod);
        settle(now, List.of());
    }

    private void podLeft(KnownPod pod) {
        forget(pod);
        pod.leftTheWatch();
        settle(pod, List.of());
    }

    private void forget(KnownPod pod) {
        PodView view = pod.pod();
        if (view != null) {
            pods.remove(view.name(), pod);
        }
    }

    private void leaseSeen(Lease lease, int listing) {
        KnownPod owner = owner(lease);
        KnownPod before = owner == null ? leased.remove(lease.name()) : leased.put(lease.name(), owner);
        if (before != null && before != owner) {
            settle(before, before.leaseIsGone());
        }
        if (owner != null) {
            long nowNanos = context.loop().nanoTime();
            Instant now = context.timing().clock().instant();
            settle(owner, owner.told(lease, listing, nowNanos, now));
        }
    }

    /** A Lease is the ledger of the pod that owns it, if it is named after that. */
    private @Nullable KnownPod owner(Lease lease) {
        return lease.podUid() != null
                        && lease.podName() != null
                        && lease.name().equals(PodView.leaseName(lease.podName()))
                ? known.computeIfAbsent(lease.podUid(), KnownPod::new)
                : null;
    }

    private void leaseLeft(String name) {
        KnownPod pod = leased.remove(name);
        if (pod != null) {
            settle(pod, pod.leaseIsGone());
        }
    }

    /** Tells the pools what follows from what has changed: each thing once, to one pool. */
    private void settle(KnownPod pod, List<Change> changes) {
        KnownPod.Shown shown = pod.shown;
        String directory = pod.directory();
        if (!changes.isEmpty() && shown.directory != null) {
            pools.named(shown.directory).slots(pod, changes, pod.listing());
        }
        if (!Objects.equals(shown.directory, directory)) {
            if (shown.directory != null) {
                pools.named(shown.directory).slots(pod, pod.ended(), 0);
            }
            if (directory != null) {
                pools.named(directory).slots(pod, pod.all(), pod.listing());
            }
            shown.directory = directory;
        }
        String place = pod.place();
        int capacity = pod.capacity();
        if (place != null && place.equals(shown.place) && shown.story == pod.story() && shown.capacity == capacity) {
            pools.known(place).changed(pod);
        } else {
            if (shown.place != null) {
                pools.known(shown.place).left(pod);
            }
            shown.place = place;
            shown.story = pod.story();
            shown.capacity = capacity;
            if (place != null) {
                pools.known(place).joined(pod);
            }
        }
        say(pod);
        care(pod);
        if (!pod.isHere() && pod.told() == null) {
            known.remove(pod.uid());
        }
    }

    private void say(KnownPod pod) {
        String fault = pod.fault();
        PodView view = pod.pod();
        long now = context.loop().nanoTime();
        if (fault != null
                && view != null
                && !fault.equals(pod.shown.fault)
                && (pod.shown.fault == null || now - pod.shown.saidNanos > SAID.toNanos())) {
            log.warn("pod {} takes no sessions: {}", view.name(), fault);
            pod.shown.fault = fault;
            pod.shown.saidNanos = now;
        }
    }

    private void care(KnownPod pod) {
        Lease lease = pod.told();
        PodView view = pod.pod();
        boolean orphaned = lease != null && !pod.isHere() && isListed();
        if (orphaned && !pod.shown.orphaned && lease != null) {
            caretaker.orphaned(lease);
        }
        pod.shown.orphaned = orphaned;
        if (lease == null && view != null && pod.isHere() && isListed()) {
            caretaker.lacksLease(view);
            if (view.ready() && !pod.shown.awaited) {
                pod.shown.awaited = true;
                context.loop().after(BOOT, () -> await(pod));
            }
        }
    }

    /** A pod was ready and had no Lease: what it was given to make one is over. */
    private void await(KnownPod pod) {
        pod.shown.awaited = false;
        PodView view = pod.pod();
        if (pod.isHere() && pod.told() == null && view != null && view.ready() && view.hasSdk()) {
            pod.leaseIsLacking(NO_SDK);
            pod.shown.awaited = true;
            settle(pod, List.of());
        }
    }

    private void bothListed() {
        if (podsListed && listings > 0 && !isListed()) {
            firstListed.complete(null);
            pools.listed();
            List.copyOf(known.values()).forEach(this::care);
        }
    }

    private void doubtIsAnother() {
        pools.all().forEach(PoolNews::doubtChanged);
    }

    private final class PodSink implements Watcher.Sink<PodView> {

        @Override
        public void listed(List<PodView> objects) {
            List<PodView> all = new ArrayList<>(objects);
            // Among pods that are as good, several allocators should not all begin with the same.
            Collections.shuffle(all, new Random(context.random().nextLong()));
            Set<String> uids = new HashSet<>();
            all.forEach(pod -> uids.add(pod.uid()));
            List.copyOf(pods.values()).stream()
                    .filter(pod -> !uids.contains(pod.uid()))
                    .forEach(ClusterView.this::podLeft);
            all.forEach(ClusterView.this::podSeen);
            podsListed = true;
            bothListed();
        }

        @Override
        public void seen(PodView pod) {
            podSeen(pod);
        }

        @Override
        public void gone(PodView pod) {
            KnownPod now = pods.get(pod.name());
            if (now != null && now.uid().equals(pod.uid())) {
                podLeft(now);
            }
        }

        @Override
        public void doubtChanged() {
            doubtIsAnother();
        }
    }

    private final class LeaseSink implements Watcher.Sink<Lease> {

        @Override
        public void listed(List<Lease> objects) {
            listings++;
            Set<String> names = new HashSet<>();
            objects.forEach(lease -> names.add(lease.name()));
            List.copyOf(leased.keySet()).stream()
                    .filter(name -> !names.contains(name))
                    .forEach(ClusterView.this::leaseLeft);
            objects.forEach(lease -> leaseSeen(lease, listings));
            bothListed();
        }

        @Override
        public void seen(Lease lease) {
            leaseSeen(lease, 0);
        }

        @Override
        public void gone(Lease lease) {
            KnownPod pod = leased.get(lease.name());
            Lease told = pod == null ? null : pod.told();
            if (told != null && told.uid().equals(lease.uid())) {
                leaseLeft(lease.name());
            }
        }

        @Override
        public void doubtChanged() {
            doubtIsAnother();
        }
    }
}
