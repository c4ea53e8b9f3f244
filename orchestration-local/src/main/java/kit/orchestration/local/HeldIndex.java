package kit.orchestration.local;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;
import org.jspecify.annotations.Nullable;

/** The sessions that hold slots, by their id and by their request's. Guarded by the {@link LocalLedger}'s lock. */
final class HeldIndex {

    private final Map<String, Held> bySession = new HashMap<>();
    private final Map<String, Held> byRequest = new HashMap<>();

    @Nullable
    Held get(String sessionId) {
        return bySession.get(sessionId);
    }

    boolean contains(Held held) {
        return bySession.get(held.sessionId) == held;
    }

    List<Held> all() {
        return List.copyOf(bySession.values());
    }

    void add(Held held) {
        bySession.put(held.sessionId, held);
        if (held.request.requestId() != null) {
            byRequest.put(held.request.requestId(), held);
        }
    }

    void remove(Held held) {
        bySession.remove(held.sessionId);
        if (held.request.requestId() != null) {
            byRequest.remove(held.request.requestId(), held);
        }
    }

    /** The live session of an earlier try of the request, whatever that asked for; null if there is none. */
    @Nullable
    Held twin(AllocateReq request) {
        return request.requestId() == null ? null : byRequest.get(request.requestId());
    }
}
