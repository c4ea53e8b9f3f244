package kit.orchestration.k8s;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kit.orchestration.token.LedgerSlot;
import org.jspecify.annotations.Nullable;

/**
 * Which slot holds which session, and which sessions were made for a request id, in the order in which the API server
 * wrote them. Fed by the view's thread; sessions that this allocator has just claimed are added before the watch tells of
 * them. Read by any thread.
 */
final class Sessions {

    /** A session where it is held. */
    record Holding(PodLedger ledger, int slot, LedgerSlot.Held held, Instant seen) {}

    private final Map<String, Holding> byId = new ConcurrentHashMap<>();
    private final Map<String, List<Holding>> byRequest = new ConcurrentHashMap<>();

    @Nullable Holding find(String sessionId) {
        return byId.get(sessionId);
    }

    /** The sessions that live with a request's digest, the earliest first. */
    List<Holding> ofRequest(String digestId) {
        return byRequest.getOrDefault(digestId, List.of());
    }

    /** A claim of ours was answered; the watch may have told of it, and of its end, before. */
    void claimed(PodLedger ledger, int slot, LedgerSlot.Held held, Instant now) {
        byId.putIfAbsent(held.sessionId(), new Holding(ledger, slot, held, now));
        if (ledger.version(slot) > PodLedger.version(held)) {
            byId.remove(held.sessionId());
        }
    }

    /** The watch told of a slot. On the view's thread, after the ledger has its new version. */
    void changed(PodLedger ledger, PodLedger.Change change, Instant now) {
        if (change.before() instanceof LedgerSlot.Held before) {
            boolean same = change.after() instanceof LedgerSlot.Held after
                    && after.sessionId().equals(before.sessionId());
            if (!same) {
                ended(before);
            }
        }
        if (change.after() instanceof LedgerSlot.Held held) {
            Holding holding = new Holding(ledger, change.slot(), held, now);
            byId.put(held.sessionId(), holding);
            if (held.digest() != null) {
                byRequest.merge(held.digest().id(), List.of(holding), Sessions::with);
            }
        }
    }

    /** A pod's ledger is gone, and its sessions with it. */
    void gone(PodLedger ledger) {
        ledger.held().forEach(this::ended);
    }

    private void ended(LedgerSlot.Held held) {
        byId.remove(held.sessionId());
        if (held.digest() != null) {
            byRequest.computeIfPresent(held.digest().id(), (id, holdings) -> {
                List<Holding> left = holdings.stream()
                        .filter(holding -> !holding.held().sessionId().equals(held.sessionId()))
                        .toList();
                return left.isEmpty() ? null : left;
            });
        }
    }

    /** A session that is there keeps its place: its slot's text may change, as by a release. */
    private static List<Holding> with(List<Holding> holdings, List<Holding> added) {
        Holding newer = added.get(0);
        List<Holding> all = new ArrayList<>(holdings);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).held().sessionId().equals(newer.held().sessionId())) {
                all.set(i, newer);
                return List.copyOf(all);
            }
        }
        all.add(newer);
        return List.copyOf(all);
    }
}
