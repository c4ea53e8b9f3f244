package kit.orchestration.k8s.claim;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import kit.orchestration.AllocateReq;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.engine.Pool;
import kit.orchestration.k8s.upkeep.LedgerKeys;
import kit.orchestration.k8s.upkeep.Upkeep;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterNews;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * The pools that an allocator has heard of: declared, seen by a pod, or asked for before the pods were listed. Safe for
 * any thread.
 */
public final class KubernetesPools implements ClusterNews {

    private final ClusterContext context;
    private final String namespace;
    private final Function<String, Pool.Settings> settings;
    private final LedgerKeys keys;
    private final ClusterView view;
    private final Upkeep upkeep;
    private final ConcurrentMap<String, KubernetesPool> pools = new ConcurrentHashMap<>();
    private volatile boolean listed;

    /**
     * The pools of a namespace, whose {@link #view} does not see yet.
     *
     * @param declared those that are known before they have a pod
     * @param settings of a pool of that name
     */
    public KubernetesPools(
            ClusterContext context, String namespace, Set<String> declared, Function<String, Pool.Settings> settings) {
        this.context = context;
        this.namespace = namespace;
        this.settings = settings;
        this.keys = new LedgerKeys(context);
        this.view = new ClusterView(context, this);
        this.upkeep = new Upkeep(context, view);
        declared.forEach(this::known);
    }

    /** Where their news comes from. */
    public ClusterView view() {
        return view;
    }

    /** The pool of a request, null for a call that has none; before the pods are listed, of any name. */
    public KubernetesPool of(String name, @Nullable AllocateReq request) {
        KubernetesPool pool = listed ? pools.get(name) : named(name);
        if (pool == null || (listed && !pool.isKnown())) {
            throw unknown(name, request);
        }
        return pool;
    }

    @Override
    public KubernetesPool named(String name) {
        return pools.computeIfAbsent(
                name, n -> new KubernetesPool(settings.apply(n), context, keys, view, labelling(n)));
    }

    @Override
    public KubernetesPool known(String name) {
        KubernetesPool pool = named(name);
        if (!pool.isKnown()) {
            pool.makeKnown();
            if (listed) {
                pool.listed();
            }
        }
        return pool;
    }

    @Override
    public Collection<KubernetesPool> all() {
        return pools.values();
    }

    /** Every pod is told of: whoever waited for that goes on, or asked for a pool that is none. */
    @Override
    public void listed() {
        listed = true;
        for (KubernetesPool pool : pools.values()) {
            if (pool.isKnown()) {
                pool.listed();
            } else {
                pool.engine.refuseAll(call -> unknown(pool.name(), call.request()));
            }
            pool.doubtChanged();
        }
    }

    @Override
    public void orphaned(Lease lease) {
        upkeep.orphaned(lease);
    }

    @Override
    public void lacksLease(PodFacts pod) {
        upkeep.lacksLease(pod);
    }

    /** Each second: what time alone has changed. On the loop. */
    public void tick() {
        pools.values().forEach(KubernetesPool::tick);
        view.age()
                .ifPresent(age -> pools.values().stream()
                        .filter(KubernetesPool::isKnown)
                        .forEach(pool -> context.listener().viewAge(pool.name(), age)));
    }

    private String labelling(String name) {
        return "label its pods " + LedgerNames.POOL_LABEL + "=" + name + " in namespace " + namespace;
    }

    private UnknownPoolException unknown(String name, @Nullable AllocateReq request) {
        Set<String> known = pools.values().stream()
                .filter(KubernetesPool::isKnown)
                .map(KubernetesPool::name)
                .collect(Collectors.toCollection(TreeSet::new));
        return new UnknownPoolException(
                name, labelling(name) + ", or declare it with builder().pools(...); known are " + known, request);
    }
}
