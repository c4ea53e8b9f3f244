package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.upkeep.LedgerKeys;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * One session per request id, across allocators that know nothing of each other. The watch tells all of them of the same
 * writes in the same order. So a claim with a request id is not told to its caller when it is written, but when its own
 * event has come back: if an earlier session of that id lives then, that one is the answer, and the later claim, whose
 * token was never made, is withdrawn. Whoever wrote the earlier one has seen no other before it, and so on.
 *
 * <p>After a gap in the watch a list does not tell the order of what it tells of. Then nothing is told, nor withdrawn, until
 * one of the two has gone; whoever has seen no gap knows which of them it is.
 *
 * <p>Whoever has to wait hangs on the sessions of its id and their pods, and looks again when one of them has changed.
 * Confined to the loop, but for {@link #existing}, which any thread may call.
 */
final class Requests {

    private final Context context;
    private final KubernetesPool pool;
    private final SessionIndex sessions;
    private final Releases releases;
    private final LedgerKeys keys;
    /** Those that wait, by the id of their request's digest. */
    private final Map<String, Set<Search>> waiting = new HashMap<>();
    /** Which of those a change of a pod wakes. */
    private final Map<KnownPod, Set<String>> byPod = new HashMap<>();
    /** Under way. */
    private final Map<KnownPod, CompletableFuture<Search.Looked>> looks = new HashMap<>();

    Requests(Context context, KubernetesPool pool, SessionIndex sessions, Releases releases, LedgerKeys keys) {
        this.context = context;
        this.pool = pool;
        this.sessions = sessions;
        this.releases = releases;
        this.keys = keys;
    }

    /** As {@link kit.orchestration.engine.Committer#existing}. */
    @Nullable
    CompletionStage<@Nullable Claim> existing(Call call) {
        RequestDigest digest = RequestDigest.of(call.request());
        if (digest == null
                || sessions.ofRequest(digest.id()).stream().noneMatch(held -> held.mayAnswer(call.request()))) {
            return null;
        }
        CompletableFuture<@Nullable Claim> answer = new CompletableFuture<>();
        context.loop().execute(new Retry(call, digest, answer)::look);
        return answer;
    }

    /** A claim with a request id is written. */
    void written(KnownPod pod, String leaseUid, Reservation<KnownPod> reservation, Held held) {
        new Own(new Place(pod, reservation.slot()), leaseUid, reservation, held).look();
    }

    // ---- who waits, and what wakes them ----

    /** Looks again when a session of its id has changed, or one of these pods. */
    void await(Search search, Stream<KnownPod> pods) {
        waiting.computeIfAbsent(search.digest.id(), id -> new HashSet<>()).add(search);
        pods.forEach(pod -> byPod.computeIfAbsent(pod, p -> new HashSet<>()).add(search.digest.id()));
    }

    /** What the server says of a pod and its Lease now; whoever asks meanwhile is told the same. */
    CompletableFuture<Search.Looked> look(KnownPod pod, String podName, String leaseName) {
        return looks.computeIfAbsent(
                pod,
                p -> context.pod(podName)
                        .thenCombine(context.api().get(leaseName), Search.Looked::new)
                        // First: whoever is told too little, and asks again, is not to be given the same answer.
                        .whenCompleteAsync((looked, failure) -> looks.remove(pod), context.loop()));
    }

    /** What holds a slot has changed; {@link SessionIndex} was told. */
    void changed(Change change) {
        wake(change.before());
        wake(change.after());
    }

    private void wake(@Nullable Held held) {
        if (held != null && held.digest() != null) {
            wake(held.digest().id());
        }
    }

    /** Later, when all that is told together was told: of half a list nobody knows what was first. */
    void wake(String digestId) {
        Set<Search> searches = waiting.remove(digestId);
        if (searches != null) {
            searches.forEach(search -> context.loop().after(Duration.ZERO, search::look));
        }
    }

    /** A pod, or its Lease, is not what it was. */
    void podChanged(KnownPod pod) {
        Set<String> digests = byPod.remove(pod);
        if (digests != null) {
            digests.forEach(this::wake);
        }
    }

    /** What was in doubt is as it is known. */
    void doubtIsOver() {
        List.copyOf(waiting.keySet()).forEach(this::wake);
    }

    /** Those that nobody waits for any more hold nothing. */
    void tick() {
        for (Set<Search> searches : List.copyOf(waiting.values())) {
            List.copyOf(searches).stream()
                    .filter(search -> !search.isWanted() && searches.remove(search))
                    .forEach(Search::nobodyWaits);
        }
        waiting.values().removeIf(Set::isEmpty);
    }

    /** A call whose request id has a session already. */
    private final class Retry extends Search {

        private final Call call;
        private final CompletableFuture<@Nullable Claim> answer;

        Retry(Call call, RequestDigest digest, CompletableFuture<@Nullable Claim> answer) {
            super(context, pool, Requests.this, keys, call.request(), digest);
            this.call = call;
            this.answer = answer;
        }

        @Override
        boolean isWanted() {
            return !call.isSettled();
        }

        @Override
        void nobodyWaits() {}

        @Override
        boolean isPremature(List<Holding> holdings) {
            return false;
        }

        @Override
        boolean isRetry() {
            return true;
        }

        @Override
        boolean isOwn(Holding holding) {
            return false;
        }

        @Override
        void found(Holding holding, Claim claim) {
            answer.complete(claim);
        }

        @Override
        void foundNone() {
            answer.complete(null);
        }

        @Override
        void failed(AllocationException error) {
            answer.completeExceptionally(error);
        }
    }

    /** A claim of this allocator that is written. */
    private final class Own extends Search {

        private final Place place;
        private final String leaseUid;
        private final Reservation<KnownPod> reservation;
        private final Held held;

        Own(Place place, String leaseUid, Reservation<KnownPod> reservation, Held held) {
            super(context, pool, Requests.this, keys, reservation.request(), Objects.requireNonNull(held.digest()));
            this.place = place;
            this.leaseUid = leaseUid;
            this.reservation = reservation;
            this.held = held;
        }

        @Override
        boolean isWanted() {
            return reservation.isWanted();
        }

        /** Another allocator may have told its caller of the claim: it stays, for the next try, or its time. */
        @Override
        void nobodyWaits() {
            reservation.lost();
        }

        @Override
        boolean isPremature(List<Holding> holdings) {
            if (holdings.stream().anyMatch(this::isOwn)) {
                return false;
            }
            if (place.pod().isTold(leaseUid, place.slot(), held.version())) {
                reservation.lost(); // it has come and gone
            } else {
                Requests.this.await(this, Stream.of(place.pod()));
            }
            return true;
        }

        @Override
        boolean isRetry() {
            return false;
        }

        @Override
        boolean isOwn(Holding holding) {
            return holding.isOf(held) && holding.place().equals(place);
        }

        @Override
        void found(Holding holding, Claim claim) {
            if (isOwn(holding)) {
                reservation.applied(claim);
            } else {
                sessions.withdrawn(place, held);
                releases.free(place.pod(), place.slot(), held.sessionId());
                reservation.twin(claim);
            }
        }

        @Override
        void foundNone() {
            reservation.lost();
        }

        @Override
        void failed(AllocationException error) {
            sessions.withdrawn(place, held);
            releases.free(place.pod(), place.slot(), held.sessionId());
            reservation.failed(error);
        }
    }
}
