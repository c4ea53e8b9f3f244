package kit.orchestration.k8s.claim;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kit.orchestration.AllocateReq;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * Which slot holds which session of a pool, and which sessions live for a request id, in the order in which the API
 * server wrote them. The first ledger that names a session keeps it. Of two that one list tells of, that is the one
 * that was made first: a pod can write what it has read in another's when it makes its own, and not later. Written on
 * the loop alone; {@link #ofRequest} may be read by any thread.
 */
final class SessionIndex {

    /** Where a session is held. */
    record Place(KnownPod pod, int slot) {

        private boolean isOlder(Place other) {
            Lease lease = pod.lease();
            Lease others = other.pod.lease();
            return lease != null && others != null && lease.created().compareTo(others.created()) < 0;
        }
    }

    /**
     * When something was told.
     *
     * @param at the time of day
     * @param nanos by the loop's time, which nobody sets: how long ago it was
     * @param listing which list told it, 0 if a watch did: of what one list tells the order is not known
     * @param inTurn whether it had just happened, so that whatever was told before is older
     */
    record Told(Instant at, long nanos, int listing, boolean inTurn) {}

    /**
     * A session that lives for a request id.
     *
     * @param seen when it was first told of
     * @param labels the pod's then; empty until the watch has told of the pod
     * @param second whether there was an earlier one when it came, or may have been, since one list told of both: then
     *     whoever claimed it withdraws it
     */
    record Holding(Place place, Held held, Told seen, Map<String, String> labels, boolean second) {

        /**
         * Whether it matters to a request: as its answer, which it would be on no pod that the request does not match
         * (of a pod that the watch has not told of that is not known yet), or as a conflict, since it was made for a
         * request of other contents.
         */
        boolean concerns(AllocateReq request, RequestDigest digest) {
            return place.pod().standing() != Standing.DOES_NOT
                    && (place.pod().pod() == null
                            || matches(request, labels)
                            || matches(request, place.pod().labels())
                            || !digest.equals(held.digest()));
        }

        boolean isOf(@Nullable Held other) {
            return other != null && other.sessionId().equals(held.sessionId());
        }

        private Holding maybeSecond() {
            return new Holding(place, held, seen, labels, true);
        }

        private static boolean matches(AllocateReq request, Map<String, String> labels) {
            return labels.entrySet().containsAll(request.selectors().entrySet());
        }
    }

    private record Owner(Place place, int listing) {}

    private final Map<String, Owner> byId = new HashMap<>();
    private final Map<String, List<Holding>> byRequest = new ConcurrentHashMap<>();
    /** Those with more than one. */
    private final Set<String> doubled = new HashSet<>();

    @Nullable
    Place find(String sessionId) {
        Owner owner = byId.get(sessionId);
        return owner == null ? null : owner.place;
    }

    /** The sessions that live with a request's digest, the earliest first. */
    List<Holding> ofRequest(String digestId) {
        return byRequest.getOrDefault(digestId, List.of());
    }

    /** Of each request that has more than one, the sessions. On the loop. */
    List<List<Holding>> doubled() {
        doubled.removeIf(id -> ofRequest(id).size() < 2);
        return doubled.stream().map(this::ofRequest).toList();
    }

    /** A claim of ours is written; the watch may have told of it before. */
    void claimed(Place place, Held held) {
        byId.putIfAbsent(held.sessionId(), new Owner(place, 0));
    }

    /** What holds a slot is another. */
    void changed(Place place, @Nullable Held before, @Nullable Held after, Told now) {
        if (before != null && (after == null || !after.sessionId().equals(before.sessionId()))) {
            ended(place, before);
        }
        if (after != null && has(new Owner(place, now.listing), after.sessionId()) && after.digest() != null) {
            Holding holding = new Holding(place, after, now, place.pod().labels(), false);
            String id = after.digest().id();
            if (byRequest
                            .merge(id, List.of(holding), (there, added) -> with(there, holding))
                            .size()
                    > 1) {
                doubled.add(id);
            }
        }
    }

    /** Whether the session that it names is its own; another that named it in error loses it. */
    private boolean has(Owner named, String sessionId) {
        Owner other = byId.putIfAbsent(sessionId, named);
        if (other == null || other.place.equals(named.place)) {
            return true;
        }
        if (named.listing == 0 || named.listing != other.listing || !named.place.isOlder(other.place)) {
            return false;
        }
        other.place.pod().holders().held(other.place.slot()).ifPresent(held -> withdrawn(other.place, held));
        byId.put(sessionId, named);
        return true;
    }

    /** A session has ended. */
    void ended(Place place, Held held) {
        byId.computeIfPresent(held.sessionId(), (id, owner) -> owner.place.equals(place) ? null : owner);
        withdrawn(place, held);
    }

    /** Its session is no answer to its request any more. */
    private void withdrawn(Place place, Held held) {
        if (held.digest() != null) {
            byRequest.computeIfPresent(held.digest().id(), (id, holdings) -> {
                List<Holding> left = holdings.stream()
                        .filter(holding -> !holding.place().equals(place)
                                || !holding.held().sessionId().equals(held.sessionId()))
                        .toList();
                return left.isEmpty() ? null : left;
            });
        }
    }

    /** A session that is there keeps its turn and its time: its slot's text may change, as by a release. */
    private static List<Holding> with(List<Holding> holdings, Holding newer) {
        List<Holding> all = new ArrayList<>(holdings);
        for (int i = 0; i < all.size(); i++) {
            Holding older = all.get(i);
            if (older.held().sessionId().equals(newer.held().sessionId())) {
                Map<String, String> labels = older.labels().isEmpty() ? newer.labels() : older.labels();
                all.set(i, new Holding(newer.place(), newer.held(), older.seen(), labels, older.second()));
                return List.copyOf(all);
            }
        }
        int listing = newer.seen().listing();
        all.replaceAll(older -> listing != 0 && older.seen().listing() == listing ? older.maybeSecond() : older);
        all.add(newer.maybeSecond());
        return List.copyOf(all);
    }
}
