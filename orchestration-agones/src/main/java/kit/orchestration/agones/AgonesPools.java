package kit.orchestration.agones;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import kit.orchestration.UnknownPoolException;

/** The pools that an allocator was asked for. Whether a name is one only Agones' answers tell. Safe for any thread. */
final class AgonesPools {

    /** Names that nobody knows are forgotten from so many on. */
    private static final int UNKNOWN = 1_000;

    private final BiFunction<String, Boolean, AgonesPool> make;
    private final String namespace;
    private final ConcurrentMap<String, AgonesPool> pools = new ConcurrentHashMap<>();

    /**
     * The declared ones.
     *
     * @param make a pool of a name, declared or not
     */
    AgonesPools(String namespace, Set<String> declared, BiFunction<String, Boolean, AgonesPool> make) {
        this.namespace = namespace;
        this.make = make;
        declared.forEach(name -> pools.put(name, make.apply(name, true)));
    }

    /** The pool of a request, which may turn out to be unknown. */
    AgonesPool of(String name) {
        AgonesPool pool = pools.get(name);
        if (pool != null) {
            return pool;
        }
        if (pools.size() >= UNKNOWN) {
            pools.values().removeIf(each -> !each.isKnown() && each.isIdle());
        }
        return pools.computeIfAbsent(name, asked -> make.apply(asked, false));
    }

    /**
     * A pool that was declared, or seen.
     *
     * @throws UnknownPoolException if it was neither
     */
    AgonesPool known(String name) {
        AgonesPool pool = pools.get(name);
        if (pool == null || !pool.isKnown()) {
            throw unknown(name);
        }
        return pool;
    }

    /** What is said of a name that is none of a pool, as far as Agones has told. */
    UnknownPoolException unknown(String name) {
        return new NoRoom(name, namespace).unknown(null);
    }
}
