package kit.orchestration.k8s;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kit.orchestration.ledger.LedgerSlot;
import org.jspecify.annotations.Nullable;

/**
 * Which slot holds which session of a pool, and which sessions live for a request id, in the order in which the API server
 * wrote them. Written on the {@link Loop} alone; {@link #ofRequest} may be read by any thread.
 */
final class Sessions {

    /** Where a session is held. */
    record Place(Ledger ledger, int slot) {}

    /**
     * A session that lives for a request id.
     *
     * @param listing which list told of it first, 0 if a watch did: of what one list tells the order is not known
     */
    record Holding(Ledger ledger, int slot, LedgerSlot.Held held, Instant seen, int listing) {}

    private final Map<String, Place> byId = new HashMap<>();
    private final Map<String, List<Holding>> byRequest = new ConcurrentHashMap<>();

    @Nullable
    Place find(String sessionId) {
        return byId.get(sessionId);
    }

    /** The sessions that live with a request's digest, the earliest first. */
    List<Holding> ofRequest(String digestId) {
        return byRequest.getOrDefault(digestId, List.of());
    }

    /** Whether it can't be told which of the sessions of a request was first. */
    static boolean isAmbiguous(List<Holding> holdings) {
        return holdings.size() > 1
                && holdings.get(0).listing() != 0
                && holdings.get(0).listing() == holdings.get(1).listing();
    }

    /** A claim of ours is written; the watch may have told of it, and of its end, before. */
    void claimed(Ledger ledger, int slot, LedgerSlot.Held held) {
        if (Texts.version(ledger.lease().slot(slot)) <= Texts.version(held)) {
            byId.putIfAbsent(held.sessionId(), new Place(ledger, slot));
        }
    }

    /** A slot has changed from one claim, or none, to another, or none. */
    void changed(
            Ledger ledger,
            int slot,
            LedgerSlot.@Nullable Held before,
            LedgerSlot.@Nullable Held after,
            Instant now,
            int listing) {
        if (before != null && (after == null || !after.sessionId().equals(before.sessionId()))) {
            ended(before);
        }
        if (after != null) {
            byId.put(after.sessionId(), new Place(ledger, slot));
            if (after.digest() != null) {
                Holding holding = new Holding(ledger, slot, after, now, listing);
                byRequest.merge(after.digest().id(), List.of(holding), (there, added) -> with(there, holding));
            }
        }
    }

    /** A claim of ours is no answer to its request any more, though the watch has not told of its end yet. */
    void withdrawn(LedgerSlot.Held held) {
        forgetRequest(held);
    }

    private void ended(LedgerSlot.Held held) {
        byId.remove(held.sessionId());
        forgetRequest(held);
    }

    private void forgetRequest(LedgerSlot.Held held) {
        if (held.digest() != null) {
            byRequest.computeIfPresent(held.digest().id(), (id, holdings) -> {
                List<Holding> left = holdings.stream()
                        .filter(holding -> !holding.held().sessionId().equals(held.sessionId()))
                        .toList();
                return left.isEmpty() ? null : left;
            });
        }
    }

    /** A session that is there keeps its place and time: its slot's text may change, as by a release. */
    private static List<Holding> with(List<Holding> holdings, Holding newer) {
        List<Holding> all = new ArrayList<>(holdings);
        for (int i = 0; i < all.size(); i++) {
            Holding older = all.get(i);
            if (older.held().sessionId().equals(newer.held().sessionId())) {
                all.set(i, new Holding(newer.ledger(), newer.slot(), newer.held(), older.seen(), older.listing()));
                return List.copyOf(all);
            }
        }
        all.add(newer);
        return List.copyOf(all);
    }
}
