package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The errors say what to do, carry their request, and are all there are. */
class AllocationExceptionTest {

    private static final AllocateReq REQ = AllocateReq.of("duel");

    @Test
    void noCapacityTellsWhichPodsWereSeenAndHowLongItWaited() {
        NoCapacityException error = new NoCapacityException(
                REQ, new NoCapacityException.PodCounts(10, 4, 3, 2, 1), Duration.ofMillis(1500), "");
        assertThat(error)
                .hasMessage("no room in pool \"duel\" within 1500 ms: of 10 pods 4 don't match the selectors {},"
                        + " 3 are not ready, 2 are draining, 1 are full");
        assertThat(error.waited()).isEqualTo(Duration.ofMillis(1500));
        assertThat(error.pods().full()).isEqualTo(1);
        assertThat(error.request()).contains(REQ);
        assertThat(error.pool()).isEqualTo("duel");
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
            out.writeObject(
                    new NoCapacityException(REQ, new NoCapacityException.PodCounts(1, 0, 0, 0, 1), Duration.ZERO, ""));
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
