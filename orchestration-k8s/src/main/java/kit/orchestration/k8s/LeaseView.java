package kit.orchestration.k8s;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * A pod's ledger as one version of its Lease says. The slots are texts, since most of them are the same from one version
 * to the next: whoever has seen the last one reads only what differs.
 *
 * @param name the Lease's name
 * @param uid the Lease's uid
 * @param version its resourceVersion: of two versions of the same uid the higher one is newer
 * @param pool the pool, by its label
 * @param podUid the uid of the pod that owns it; null if it names none
 * @param podName the name of the pod that owns it; null if it names none
 * @param state the text of its state; null if it has none
 * @param slots the text of each slot; null where one is missing
 * @param keys the ids of the keys that it holds
 * @param holder which allocator fills the pod; null if none says so
 * @param renewed when the holder last said so
 * @param tracked whether the API server keeps track of who set which field
 */
record LeaseView(
        String name,
        String uid,
        long version,
        String pool,
        @Nullable String podUid,
        @Nullable String podName,
        @Nullable String state,
        List<@Nullable String> slots,
        Set<String> keys,
        @Nullable String holder,
        @Nullable String renewed,
        boolean tracked) {

    private static final Duration LONG_AGO = Duration.ofHours(1);

    /** What a pod without a Lease has. */
    static LeaseView none(PodView pod) {
        return new LeaseView(
                pod.leaseName(),
                "",
                -1,
                pod.pool(),
                pod.uid(),
                pod.name(),
                null,
                List.of(),
                Set.of(),
                null,
                null,
                false);
    }

    /** What the pod says of claims: open with a boot id, or closed; null if that can't be read. */
    @Nullable
    LedgerState ledgerState() {
        try {
            return state == null ? null : LedgerState.parse(state);
        } catch (LedgerFormatException unreadable) {
            return null;
        }
    }

    /** How long ago the holder said so, by the time of day; zero if none did, or in a way that can't be read. */
    Duration sinceRenewed(Instant now) {
        try {
            Duration since = renewed == null ? Duration.ZERO : Duration.between(Instant.parse(renewed), now);
            return since.isNegative() ? Duration.ZERO : since.compareTo(LONG_AGO) > 0 ? LONG_AGO : since;
        } catch (DateTimeParseException unreadable) {
            return Duration.ZERO;
        }
    }

    /** The text of a slot; null if there is none. */
    @Nullable
    String slot(int slot) {
        return slot < slots.size() ? slots.get(slot) : null;
    }
}
