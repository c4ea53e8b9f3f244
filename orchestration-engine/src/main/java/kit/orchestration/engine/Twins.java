package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one allocator that share a request id: while one of them is being committed the others wait for its answer,
 * since it is theirs too. Guarded by the pool's lock.
 */
final class Twins {

    private static final class Family {
        @Nullable
        Call committing;

        final Set<Call> waiting = new LinkedHashSet<>();
    }

    private final Map<String, Family> families = new HashMap<>();

    /** Whether another try of the same request is being committed. */
    boolean isCommitting(Call call) {
        Family family = call.requestKey() == null ? null : families.get(call.requestKey());
        return family != null && family.committing != null;
    }

    void waits(Call call) {
        if (call.requestKey() != null) {
            families.computeIfAbsent(call.requestKey(), id -> new Family())
                    .waiting
                    .add(call);
        }
    }

    void leaves(Call call) {
        Family family = call.requestKey() == null ? null : families.get(call.requestKey());
        if (family != null) {
            family.waiting.remove(call);
            drop(call, family);
        }
    }

    void commits(Call call) {
        if (call.requestKey() != null) {
            Family family = families.computeIfAbsent(call.requestKey(), id -> new Family());
            family.committing = call;
            family.waiting.remove(call);
        }
    }

    /** A commit was answered; gives the others that waited for it, in the order in which they came. */
    List<Call> answered(Call call) {
        Family family = call.requestKey() == null ? null : families.get(call.requestKey());
        if (family == null) {
            return List.of();
        }
        family.committing = null;
        drop(call, family);
        return new ArrayList<>(family.waiting);
    }

    /** Calls that wait with this request id. */
    List<Call> waiting(String requestKey) {
        Family family = families.get(requestKey);
        return family == null ? List.of() : new ArrayList<>(family.waiting);
    }

    private void drop(Call call, Family family) {
        if (family.committing == null && family.waiting.isEmpty()) {
            families.remove(call.requestKey());
        }
    }
}
