package kit.orchestration.k8s.view;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an allocator knows of the cluster: pods and Leases, joined by the pod's uid, told to the pools. Its sources are
 * the two watches, and what others have read meanwhile. Confined to the loop, but for what is said otherwise.
 */
public final class ClusterView {

    private static final Logger log = LoggerFactory.getLogger(ClusterView.class);

    private final ClusterContext context;
    private final ClusterNews pools;
    private final Reporter reporter;
    private final Watcher<PodFacts> podWatcher;
    private final Watcher<Lease> leaseWatcher;
    /** Null if nodes are not to be read. */
    private final @Nullable Watcher<NodeFacts> nodeWatcher;

    private final List<Watcher<?>> watchers = new ArrayList<>();

    private final CompletableFuture<Void> firstListed = new CompletableFuture<>();

    private final Map<String, KnownPod> known = new HashMap<>();
    /** The pods that the watch has, by name. */
    private final Map<String, KnownPod> pods = new HashMap<>();
    /** Those with a Lease, by its name. */
    private final Map<String, KnownPod> leased = new HashMap<>();

    private final Map<String, NodeFacts> nodes = new HashMap<>();

    private boolean podsListed;
    private boolean nodesListed;
    /** Counts the lists of Leases. */
    private int listings;

    /** Of an allocator; {@link #start} begins. */
    public ClusterView(ClusterContext context, ClusterNews pools) {
        this.context = context;
        this.pools = pools;
        podWatcher = new Watcher<>(
                context.api().ours(context.pods().kind()), context.loop(), context.random(), new PodSink());
        leaseWatcher = new Watcher<>(
                context.api().ours(context.api().leases()), context.loop(), context.random(), new LeaseSink());
        NodeReader reader = context.nodes();
        nodeWatcher = reader == null
                ? null
                : new Watcher<>(context.api().all(reader.kind()), context.loop(), context.random(), new NodeSink());
        nodesListed = nodeWatcher == null;
        watchers.addAll(List.of(podWatcher, leaseWatcher));
        if (nodeWatcher != null) {
            watchers.add(nodeWatcher);
        }
        reporter = new Reporter(context.loop(), pools);
    }

    /** Begins. Any thread. */
    public void start() {
        watchers.forEach(Watcher::start);
    }

    /** Ends the watches. Any thread. */
    public void close() {
        watchers.forEach(Watcher::close);
    }

    /** Done when pods and Leases (and nodes, if they are read) are listed for the first time. Any thread. */
    public CompletableFuture<Void> listed() {
        return firstListed.copy();
    }

    /** Whether all of them were listed once. Any thread. */
    public boolean isListed() {
        return firstListed.isDone();
    }

    /** How long ago the API server was last heard; empty before the first list. Any thread. */
    public Optional<Duration> age() {
        return isListed() ? watchers.stream().map(Watcher::age).max(Comparator.naturalOrder()) : Optional.empty();
    }

    /**
     * Why what is known may not be what is: the watches, or the server's health, since pods may be unable to write. Any
     * thread.
     */
    public Optional<Doubt> doubt() {
        return watchDoubt().or(() -> context.reach().doubt());
    }

    /** Why what is known may not be what is written; empty if it is. Any thread. */
    public Optional<Doubt> watchDoubt() {
        return watchers.stream().flatMap(watcher -> watcher.doubt().stream()).findFirst();
    }

    /**
     * Whether a proof that was written into a Lease, and told by the watch or a later list, tells how it is: not while
     * the pods may be others than are known, or unable to write. Any thread.
     */
    public boolean mayBeProven() {
        boolean nodesAreKnown = nodeWatcher == null || nodeWatcher.doubt().isEmpty();
        return nodesAreKnown
                && podWatcher.doubt().isEmpty()
                && context.reach().doubt().isEmpty();
    }

    /** Whether all up to these resourceVersions has been told to the pools. Any thread. */
    public boolean hasSeen(long podsVersion, long leasesVersion) {
        return podWatcher.version() >= podsVersion && leaseWatcher.version() >= leasesVersion;
    }

    /** The pods that serve a pool, or are yet to. On the loop. */
    public List<KnownPod> pods(String pool) {
        return pods.values().stream().filter(pod -> pool.equals(pod.place())).toList();
    }

    // ---- what others have found out; on the loop ----

    /** A Lease was read, in a version that the watch may be yet to tell of: its state and slots are believed. */
    public void read(KnownPod pod, Lease lease) {
        if (pod.read(lease, context.loop().nanoTime())) {
            settle(pod);
        }
    }

    /** A read has not found this Lease. */
    public void leaseIsMissing(KnownPod pod, Lease lease) {
        pod.missesLease(lease.uid());
        settle(pod);
    }

    /** A pod's Lease takes no claims, though others do; null if it may again. */
    public void takesNoClaims(KnownPod pod, @Nullable String why) {
        pod.takesNoClaims(why);
        settle(pod);
    }

    /** A pod was looked at; empty if there is none of its uid. */
    public void lookedAt(KnownPod pod, Optional<PodFacts> found) {
        if (found.isPresent()
                && found.get().uid().equals(pod.uid())
                && !found.get().ended()) {
            if (pod.isThere(found.get())) {
                onNode(pod);
                settle(pod);
            }
        } else {
            podLeft(pod, true);
        }
    }

    /**
     * Does something when the watch has told of a write that made a Lease this version, or of a later list. A write
     * that made it older than what is known was made in a storage that was set back, whose watch tells nothing: there a
     * list has to come.
     *
     * @param before what the write was made from
     */
    public void expect(KnownPod pod, Lease before, long version, Runnable then) {
        Lease told = pod.told();
        boolean setBack = version <= before.version()
                || (told != null && told.version() < version && leaseWatcher.version() >= version);
        leaseWatcher.expect(setBack ? Long.MAX_VALUE : version, then);
    }

    /** Somebody is to be refused, also for what is known of the pods: their watch is to show that it lives. */
    public void hurryPods() {
        podWatcher.hurry();
    }

    /** A list has objects in these versions: the watches are to tell up to there soon, or are suspected. */
    public void expect(long podsVersion, long leasesVersion) {
        podWatcher.expect(podsVersion);
        leaseWatcher.expect(leasesVersion);
    }

    /** What the watch of Leases tells can't be. */
    public void suspectLeases() {
        leaseWatcher.suspect("the watch of leases tells what is no more");
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
    public boolean lacksLease(PodFacts pod) {
        KnownPod now = pods.get(pod.name());
        return now != null && now.uid().equals(pod.uid()) && now.told() == null;
    }

    /** Why a pod has no Lease, if it has none now. */
    public void leaseIsLacking(PodFacts pod, String why) {
        KnownPod now = pods.get(pod.name());
        if (now != null && lacksLease(pod)) {
            now.lacksLease(why);
            settle(now);
        }
    }

    /** A pod that lacks its Lease is seen to again. */
    public void lookAgain(String podName) {
        KnownPod pod = pods.get(podName);
        if (pod != null) {
            settle(pod);
        }
    }

    // ---- news ----

    private void podSeen(PodFacts pod) {
        KnownPod now = known.computeIfAbsent(pod.uid(), KnownPod::new);
        KnownPod before = pods.put(pod.name(), now);
        if (before != null && before != now) {
            before.left(true); // its successor has the name
            settle(before);
        }
        now.seen(pod);
        onNode(now);
        settle(now);
    }

    private void podLeft(KnownPod pod, boolean isGone) {
        PodFacts view = pod.pod();
        if (view != null) {
            pods.remove(view.name(), pod);
        }
        pod.left(isGone);
        settle(pod);
    }

    private void leaseSeen(Lease lease, KnownPod.@Nullable Listed list) {
        KnownPod owner = owner(lease);
        KnownPod before = owner == null ? leased.remove(lease.name()) : leased.put(lease.name(), owner);
        if (before != null && before != owner) {
            settle(before, before.leaseIsGone());
        }
        if (owner != null) {
            long nowNanos = context.loop().nanoTime();
            Instant now = context.timing().clock().instant();
            settle(owner, owner.told(lease, list, nowNanos, now));
            if (before == null && owner.pod() == null && isListed()) {
                context.loop().after(Watcher.SETTLED, () -> misses(owner));
            }
        }
    }

    /** A pod is there before its Lease: if only that is told of, its own watch is silent, or it is no pod of ours. */
    private void misses(KnownPod pod) {
        if (pod.pod() == null && pod.told() != null) {
            podWatcher.suspect("the watch of pods does not tell of the pod of a lease");
        }
    }

    /** A Lease is the ledger of the pod that owns it, if it is named after that. */
    private @Nullable KnownPod owner(Lease lease) {
        return lease.podUid() != null
                        && lease.podName() != null
                        && lease.name().equals(PodFacts.leaseName(lease.podName()))
                ? known.computeIfAbsent(lease.podUid(), KnownPod::new)
                : null;
    }

    private void leaseLeft(String name) {
        KnownPod pod = leased.remove(name);
        if (pod != null) {
            settle(pod, pod.leaseIsGone());
        }
    }

    private void settle(KnownPod pod) {
        settle(pod, List.of());
    }

    private void settle(KnownPod pod, List<Change> changes) {
        reporter.settle(pod, changes, isListed());
        if (!pod.isHere() && pod.told() == null) {
            known.remove(pod.uid(), pod); // another may have come under its uid
        }
    }

    private void onNode(KnownPod pod) {
        PodFacts facts = pod.pod();
        if (nodeWatcher != null && facts != null) {
            pod.onNode(nodes.get(facts.node()));
        }
    }

    /** A node is not where it was; null if there is none of that name any more. */
    private void nodeIs(String name, @Nullable NodeFacts node) {
        NodeFacts before = node == null ? nodes.remove(name) : nodes.put(name, node);
        boolean moved = before == null || node == null || !Objects.equals(before.outside(), node.outside());
        if (!moved && before != null && node != null && before.leaving() == node.leaving()) {
            return;
        }
        if (moved && node != null && node.outside() == null) {
            log.warn(
                    "node {} has no ExternalIP: its pods are dialled as their annotations and their IPs have it, "
                            + "unless they say otherwise",
                    name);
        }
        pods.values().stream()
                .filter(pod -> pod.pod() != null && pod.pod().node().equals(name))
                .toList()
                .forEach(pod -> {
                    onNode(pod);
                    settle(pod);
                });
    }

    private void allListed() {
        if (podsListed && nodesListed && listings > 0 && !isListed()) {
            firstListed.complete(null);
            List.copyOf(known.values()).forEach(this::settle); // first: it makes pools known, and the others are none
            pools.listed();
        }
    }

    private abstract class Sink<T> implements Watcher.Sink<T> {
        @Override
        public void doubtChanged() {
            pools.all().forEach(PoolNews::doubtChanged);
        }
    }

    private final class PodSink extends Sink<PodFacts> {

        @Override
        public void listed(List<PodFacts> objects) {
            List<PodFacts> all = new ArrayList<>(objects);
            // Among pods that are as good, several allocators should not all begin with the same.
            Collections.shuffle(all, new Random(context.random().nextLong()));
            Set<String> uids = new HashSet<>();
            all.forEach(pod -> uids.add(pod.uid()));
            List.copyOf(pods.values()).stream()
                    .filter(pod -> !uids.contains(pod.uid()))
                    .forEach(pod -> podLeft(pod, false));
            all.forEach(ClusterView.this::podSeen);
            podsListed = true;
            allListed();
        }

        @Override
        public void seen(PodFacts pod) {
            podSeen(pod);
        }

        @Override
        public void gone(PodFacts pod) {
            KnownPod now = pods.get(pod.name());
            if (now != null && now.uid().equals(pod.uid())) {
                podLeft(now, false);
            }
        }
    }

    private final class NodeSink extends Sink<NodeFacts> {

        @Override
        public void listed(List<NodeFacts> objects) {
            Set<String> names = objects.stream().map(NodeFacts::name).collect(Collectors.toSet());
            List.copyOf(nodes.keySet()).stream()
                    .filter(name -> !names.contains(name))
                    .forEach(name -> nodeIs(name, null));
            objects.forEach(this::seen);
            nodesListed = true;
            allListed();
        }

        @Override
        public void seen(NodeFacts node) {
            nodeIs(node.name(), node);
        }

        @Override
        public void gone(NodeFacts node) {
            nodeIs(node.name(), null);
        }
    }

    private final class LeaseSink extends Sink<Lease> {

        @Override
        public void listed(List<Lease> objects) {
            listings++;
            Set<String> names = new HashSet<>();
            objects.forEach(lease -> names.add(lease.name()));
            List.copyOf(leased.keySet()).stream()
                    .filter(name -> !names.contains(name))
                    .forEach(ClusterView.this::leaseLeft);
            KnownPod.Listed list = new KnownPod.Listed(listings, leaseWatcher.listAskedNanos());
            objects.forEach(lease -> leaseSeen(lease, list));
            allListed();
        }

        @Override
        public void seen(Lease lease) {
            leaseSeen(lease, null);
        }

        @Override
        public void gone(Lease lease) {
            KnownPod pod = leased.get(lease.name());
            Lease told = pod == null ? null : pod.told();
            if (told != null && told.uid().equals(lease.uid())) {
                leaseLeft(lease.name());
            }
        }
    }
}
