package kit.orchestration.agones;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.agones.Failure.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What those are told for whom there is certainly no room.
 *
 * @param pool the pool
 * @param namespace where its Fleet would be
 */
record NoRoom(String pool, String namespace) {

    /** What to tell all who ask for the pool, after a look at its servers; null if they are just full. */
    @Nullable
    AllocationException verdict(Diagnosis seen, boolean known, AllocateReq request) {
        if (seen.complaint() != null) {
            return new Failure(Kind.MISCONFIGURED, seen.complaint(), null).toException(pool, request, false);
        }
        return known || seen.exists() ? null : unknown(request);
    }

    UnknownPoolException unknown(@Nullable AllocateReq request) {
        return new UnknownPoolException(
                pool,
                ("Agones has shown no GameServer of a Fleet of that name in namespace %s in which orchestration-sdk"
                                + " runs; create the Fleet, embed the SDK, or declare the pool by builder().pools(...)")
                        .formatted(namespace),
                request);
    }

    /**
     * No room, as far as Agones says.
     *
     * @param refusals how many refusals were counted for the request
     * @param seen what a look at the servers has shown; null if there was none
     */
    NoCapacityException noCapacity(AllocateReq request, long waitedNanos, int refusals, @Nullable Diagnosis seen) {
        String note = seen == null ? "" : "; " + seen.note();
        return new NoCapacityException(
                request,
                Reason.POOL_FULL,
                PodCounts.NONE,
                Duration.ofNanos(waitedNanos),
                ("Agones does not count its GameServers for us: it refused %s times, a batch apart%s; look at kubectl"
                                + " -n %s get gameservers -l agones.dev/fleet=%s")
                        .formatted(refusals, note, namespace, pool));
    }

    /** A selector that nothing matches which may be chosen. */
    static NoCapacityException contradicted(AllocateReq request, String contradiction) {
        return new NoCapacityException(
                request,
                Reason.POOL_FULL,
                PodCounts.NONE,
                Duration.ZERO,
                "its selectors ask for %s: by the pool, which is a Fleet, by matchLabels of the allocator, or by what"
                                .formatted(contradiction)
                        + " the SDK says. Leave that out of the selectors");
    }

    /** More wait than the allocator keeps. */
    NoCapacityException tooMany(AllocateReq request, long waitedNanos, int limit) {
        return new NoCapacityException(
                request,
                Reason.WAITING_ROOM_FULL,
                PodCounts.NONE,
                Duration.ofNanos(waitedNanos),
                "more than %s requests wait, and this is the least urgent; see waitingLimit".formatted(limit));
    }
}
