package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;
import org.junit.jupiter.api.Test;

/** The errors say what to do, carry their request, and are all there are. */
class AllocationExceptionTest {

    private static final AllocateReq REQ = AllocateReq.of("duel");

    @Test
    void noCapacityTellsWhichPodsWereSeenAndHowLongItWaited() {
        PodCounts pods = PodCounts.builder(11)
                .notMatching(4)
                .misconfigured(1)
                .notReady(3)
                .draining(2)
                .full(1)
                .build();
        NoCapacityException error =
                new NoCapacityException(REQ, Reason.POOL_FULL, pods, Duration.ofMillis(1500), "ask again");
        assertThat(error)
                .hasMessage("no room in pool \"duel\" within 1500 ms: of 11 pods 4 don't match the selectors {},"
                        + " 1 are misconfigured, 3 are not ready, 2 are draining, 1 are full; ask again");
        assertThat(error.reason()).isEqualTo(Reason.POOL_FULL);
        assertThat(error.waited()).isEqualTo(Duration.ofMillis(1500));
        assertThat(error.pods()).isEqualTo(new PodCounts(11, 4, 1, 3, 2, 1));
        assertThat(error.request()).contains(REQ);
        assertThat(error.pool()).isEqualTo("duel");
    }

    @Test
    void noCapacityNamesOnlyReasonsThatHeld() {
        assertThat(new NoCapacityException(
                        REQ, Reason.POOL_FULL, PodCounts.builder(2).full(2).build(), Duration.ZERO, ""))
                .hasMessage("no room in pool \"duel\" within 0 ms: of 2 pods 2 are full");
        assertThat(new NoCapacityException(REQ, Reason.WAITING_ROOM_FULL, PodCounts.NONE, Duration.ZERO, ""))
                .hasMessage("no room in the waiting room of pool \"duel\" within 0 ms: no pod was seen");
    }

    @Test
    void aBackendErrorTellsItsOutcomeAndWhetherToRetry() {
        IllegalStateException cause = new IllegalStateException("503");
        BackendException error = new BackendException(
                "the API server said 503", "duel", REQ, BackendException.Outcome.NOT_APPLIED, true, cause);
        assertThat(error)
                .hasMessage("the API server said 503 (pool \"duel\", outcome NOT_APPLIED, may be retried)")
                .hasCause(cause);
        assertThat(error.retryable()).isTrue();
    }

    @Test
    void allKindsAreKnownToASwitch() {
        for (AllocationException error : List.of(
                new AllocatorClosedException("duel", REQ),
                new UnknownPoolException("duel", "declare it", REQ),
                new RequestConflictException(
                        AllocateReq.builder("duel").requestId("m1").build()))) {
            assertThat(kind(error)).isNotEmpty();
            assertThat(error.pool()).isEqualTo("duel");
            assertThat(error.request()).isPresent();
            assertThat(error.getMessage()).contains("\"duel\"");
        }
        assertThat(AllocationException.class.getPermittedSubclasses()).hasSize(5);
    }

    @Test
    void anErrorWithoutRequestHasNone() {
        assertThat(new AllocatorClosedException("duel", null).request()).isEmpty();
    }

    @Test
    void errorsSurviveSerializationWithoutTheirRequest() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new NoCapacityException(
                    REQ, Reason.POOL_FULL, PodCounts.builder(1).full(1).build(), Duration.ZERO, ""));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            NoCapacityException copy = (NoCapacityException) in.readObject();
            assertThat(copy.pods().full()).isEqualTo(1);
            assertThat(copy.request()).isEmpty();
        }
    }

    private static String kind(AllocationException error) {
        // Java 17 has no pattern switch yet; the order of this list is the order of the documentation.
        if (error instanceof NoCapacityException) {
            return "no capacity";
        } else if (error instanceof UnknownPoolException) {
            return "unknown pool";
        } else if (error instanceof AllocatorClosedException) {
            return "allocator closed";
        } else if (error instanceof RequestConflictException) {
            return "request conflict";
        } else if (error instanceof BackendException) {
            return "backend";
        }
        return "";
    }
}
