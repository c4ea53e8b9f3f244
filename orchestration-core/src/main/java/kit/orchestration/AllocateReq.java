package kit.orchestration;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request for one slot. Immutable; every field is checked when it is built, against {@link Limits}, and an error
 * names the field. {@link #of(String)} is the short way, {@link #builder(String)} the long one.
 *
 * @param pool the pool to allocate from, a DNS label
 * @param selectors arbitrary key/value labels that backends use to filter eligible pods: a pod is eligible if every
 *     pair is among its labels
 * @param priority influences pod-selection ordering when several requests or pods are eligible; higher wins. 0 is usual
 * @param annotations attached to the resulting {@link Allocation} and visible to the pod, but not to the player: a
 *     token holds none of them
 * @param maxWait how long the request may wait for room; zero, the default, fails at once when there is none
 * @param claimTtl how long the player has to arrive before the slot is free again; 60 s by default
 * @param requestId makes a retry safe: while its session lives, another try with the same id and the same contents
 *     gives the same session, also from another allocator; null for none. Where pods are not trusted, take ids that
 *     can't be guessed, such as a random UUID
 */
public record AllocateReq(
        String pool,
        Map<String, String> selectors,
        int priority,
        Map<String, String> annotations,
        Duration maxWait,
        Duration claimTtl,
        @Nullable String requestId) {

    /**
     * Checks every field and copies the maps.
     *
     * @throws IllegalArgumentException if a field is outside its {@link Limits}; the message names it
     * @throws NullPointerException if a field other than {@code requestId} is null; the message names it
     */
    public AllocateReq {
        Limits.checkPool(pool);
        selectors = Limits.checkSelectors(selectors);
        annotations = Limits.checkAnnotations(annotations);
        Limits.checkMaxWait(maxWait);
        Limits.checkClaimTtl(claimTtl);
        if (requestId != null) {
            Limits.checkRequestId(requestId);
        }
    }

    /** A slot on any pod of the pool, now or not at all. */
    public static AllocateReq of(String pool) {
        return builder(pool).build();
    }

    /** A request for the pool, with defaults for everything else. */
    public static Builder builder(String pool) {
        return new Builder(pool);
    }

    /** A builder that holds what this request does, to make another one that differs from it. */
    public Builder toBuilder() {
        return new Builder(pool)
                .selectors(selectors)
                .priority(priority)
                .annotations(annotations)
                .maxWait(maxWait)
                .claimTtl(claimTtl)
                .requestId(requestId);
    }

    /**
     * Shows every field on one line: what would break it, such as a line break in an annotation, is shown as {@code ?}.
     */
    @Override
    public String toString() {
        return Limits.printable("AllocateReq[pool=" + pool + ", selectors=" + selectors + ", priority=" + priority
                + ", annotations=" + annotations + ", maxWait=" + maxWait + ", claimTtl=" + claimTtl
                + ", requestId=" + requestId + "]");
    }

    /** Builds a request; not safe for several threads. What is not set keeps the default of {@link AllocateReq}. */
    public static final class Builder {
        private final String pool;
        private Map<String, String> selectors = Map.of();
        private int priority;
        private Map<String, String> annotations = Map.of();
        private Duration maxWait = Duration.ZERO;
        private Duration claimTtl = Limits.DEFAULT_CLAIM_TTL;
        private @Nullable String requestId;

        private Builder(String pool) {
            this.pool = pool;
        }

        /** Labels that a pod must have, every pair of them; in place of all that were set before. */
        public Builder selectors(Map<String, String> selectors) {
            this.selectors = selectors;
            return this;
        }

        /** One more label that a pod must have; in place of what was set for this key before. */
        public Builder selector(String key, String value) {
            selectors = with(selectors, "selectors", key, value);
            return this;
        }

        /** Higher wins. */
        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        /**
         * What the pod is told about the session, such as the map to play or the match's id; in place of all that was
         * set before.
         */
        public Builder annotations(Map<String, String> annotations) {
            this.annotations = annotations;
            return this;
        }

        /** One thing more that the pod is told about the session; in place of what was set for this key before. */
        public Builder annotation(String key, String value) {
            annotations = with(annotations, "annotations", key, value);
            return this;
        }

        /** How long to wait for room, at most {@link Limits#MAX_WAIT}. */
        public Builder maxWait(Duration maxWait) {
            this.maxWait = maxWait;
            return this;
        }

        /** How long the player has to arrive, {@link Limits#MIN_CLAIM_TTL} to {@link Limits#MAX_CLAIM_TTL}. */
        public Builder claimTtl(Duration claimTtl) {
            this.claimTtl = claimTtl;
            return this;
        }

        /** Makes a retry of this request safe; the match's id serves well. */
        public Builder requestId(@Nullable String requestId) {
            this.requestId = requestId;
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if a field is outside its {@link Limits}
         */
        public AllocateReq build() {
            return new AllocateReq(pool, selectors, priority, annotations, maxWait, claimTtl, requestId);
        }

        private static Map<String, String> with(Map<String, String> map, String field, String key, String value) {
            Map<String, String> more = new HashMap<>(Objects.requireNonNull(map, () -> field + " must not be null"));
            more.put(key, value);
            return more;
        }
    }
}
