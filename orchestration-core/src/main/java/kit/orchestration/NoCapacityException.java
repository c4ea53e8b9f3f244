package kit.orchestration;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * A request got no slot: no eligible pod had room within its {@code maxWait}, or it could not wait. It is said only of
 * pods that were seen to be full or out of the question: a lost race is never "no capacity". {@link #reason()} tells
 * what to do: wait longer, ask for less in the selectors or add pods ({@link #pods()} tells which); or come back later.
 */
public final class NoCapacityException extends AllocationException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final PodCounts pods;
    private final Duration waited;

    /** What there was no room in. */
    public enum Reason {
        /** The pool: no pod that could take the session had a slot free while the request waited. */
        POOL_FULL,
        /** The allocator's waiting room: more requests wait than its {@code waitingLimit}, and none is less urgent. */
        WAITING_ROOM_FULL
    }

    /**
     * The pods of the pool when the request was refused; each is counted once, by the first reason that held. A backend
     * that can't see pods counts none. More reasons may come with later versions, so build one by {@link #builder}.
     *
     * @param seen all pods of the pool
     * @param notMatching those without the selectors' labels
     * @param misconfigured those that match, but whose configuration is wrong: the log has said what
     * @param notReady those that match, but are not ready
     * @param draining those that match, but drain or terminate
     * @param full those that match and are ready, but have no slot free for this request
     */
    public record PodCounts(int seen, int notMatching, int misconfigured, int notReady, int draining, int full)
            implements Serializable {

        /** No pod was seen. */
        public static final PodCounts NONE = builder(0).build();

        /** Counts of so many pods; what is not set is zero. */
        public static Builder builder(int seen) {
            return new Builder(seen);
        }

        /** Builds counts, to be read with {@link PodCounts}' own words; not safe for several threads. */
        public static final class Builder {
            private final int seen;
            private int notMatching;
            private int misconfigured;
            private int notReady;
            private int draining;
            private int full;

            private Builder(int seen) {
                this.seen = seen;
            }

            /** Pods without the selectors' labels. */
            public Builder notMatching(int pods) {
                notMatching = pods;
                return this;
            }

            /** Pods whose configuration is wrong. */
            public Builder misconfigured(int pods) {
                misconfigured = pods;
                return this;
            }

            /** Pods that are not ready. */
            public Builder notReady(int pods) {
                notReady = pods;
                return this;
            }

            /** Pods that drain or terminate. */
            public Builder draining(int pods) {
                draining = pods;
                return this;
            }

            /** Pods without a free slot. */
            public Builder full(int pods) {
                full = pods;
                return this;
            }

            /** The counts. */
            public PodCounts build() {
                return new PodCounts(seen, notMatching, misconfigured, notReady, draining, full);
            }
        }

        private String inWords(Map<String, String> selectors) {
            if (seen == 0) {
                return "no pod was seen";
            }
            StringBuilder text = new StringBuilder("of ").append(seen).append(" pods");
            String comma = part(text, " ", notMatching, " don't match the selectors " + selectors);
            comma = part(text, comma, misconfigured, " are misconfigured");
            comma = part(text, comma, notReady, " are not ready");
            comma = part(text, comma, draining, " are draining");
            part(text, comma, full, " are full");
            return text.toString();
        }

        private static String part(StringBuilder text, String comma, int pods, String what) {
            if (pods == 0) {
                return comma;
            }
            text.append(comma).append(pods).append(what);
            return ", ";
        }
    }

    /**
     * An error for a request that got no slot.
     *
     * @param request the request
     * @param reason what was full
     * @param pods what was seen
     * @param waited how long it waited
     * @param note what else there is to say, such as the limit that was passed; empty for nothing
     */
    public NoCapacityException(AllocateReq request, Reason reason, PodCounts pods, Duration waited, String note) {
        super(
                "no room in "
                        + (reason == Reason.POOL_FULL ? "" : "the waiting room of ")
                        + ("pool \"" + request.pool() + "\" within " + waited.toMillis() + " ms: ")
                        + pods.inWords(request.selectors())
                        + (note.isEmpty() ? "" : "; " + note),
                request.pool(),
                request,
                null);
        this.reason = Objects.requireNonNull(reason, "reason must not be null");
        this.pods = pods;
        this.waited = waited;
    }

    /** What was full. */
    public Reason reason() {
        return reason;
    }

    /** The pods that were seen, by why they could not take the session. */
    public PodCounts pods() {
        return pods;
    }

    /** How long the request waited for room. */
    public Duration waited() {
        return waited;
    }
}
