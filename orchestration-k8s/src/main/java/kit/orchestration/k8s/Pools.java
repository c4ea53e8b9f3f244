package kit.orchestration.k8s;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.UnknownPoolException;
import org.jspecify.annotations.Nullable;

/**
 * The pools that an allocator has heard of: declared, seen by a pod, or asked for before the pods were listed. Safe for any
 * thread.
 */
final class Pools {

    private final Function<String, KubernetesPool> make;
    private final String namespace;
    private final ConcurrentMap<String, KubernetesPool> pools = new ConcurrentHashMap<>();
    private volatile boolean listed;

    Pools(String namespace, Set<String> declared, Function<String, KubernetesPool> make) {
        this.namespace = namespace;
        this.make = make;
        declared.forEach(this::known);
    }

    /** The pool of a request; before the pods are listed, of any name. */
    KubernetesPool of(String name, @Nullable AllocateReq request) {
        KubernetesPool pool = pools.get(name);
        if (pool == null && !listed) {
            pool = pools.computeIfAbsent(name, make);
        }
        if (pool == null || (listed && !pool.isKnown())) {
            throw unknown(name, request);
        }
        return pool;
    }

    /** The pool of a pod: it is known from now on. On the loop. */
    KubernetesPool known(String name) {
        KubernetesPool pool = pools.computeIfAbsent(name, make);
        if (!pool.isKnown()) {
            pool.makeKnown();
            if (listed) {
                pool.engine().listed();
            }
        }
        return pool;
    }

    Collection<KubernetesPool> all() {
        return pools.values();
    }

    boolean isListed() {
        return listed;
    }

    /** Every pod is told of: whoever waited for that goes on, or asked for a pool that is none. On the loop. */
    void listed() {
        if (listed) {
            return;
        }
        listed = true;
        for (KubernetesPool pool : pools.values()) {
            if (pool.isKnown()) {
                pool.engine().listed();
            } else {
                pool.engine().refuseAll(call -> unknown(pool.name(), call.request()));
            }
        }
    }

    /** The pods can't be listed: whoever waits for that is told why. */
    void refuse(Function<AllocateReq, AllocationException> error) {
        if (!listed) {
            pools.values().forEach(pool -> pool.engine().refuseAll(call -> error.apply(call.request())));
        }
    }

    private UnknownPoolException unknown(String name, @Nullable AllocateReq request) {
        Set<String> known = pools.values().stream()
                .filter(KubernetesPool::isKnown)
                .map(KubernetesPool::name)
                .collect(Collectors.toCollection(TreeSet::new));
        return new UnknownPoolException(
                name,
                "label its pods orchestration.kit/pool=%s in namespace %s, or declare it with builder().pools(...); known are %s"
                        .formatted(name, namespace, known),
                request);
    }
}
