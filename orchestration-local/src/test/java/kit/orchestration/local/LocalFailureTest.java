package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each failure on demand: what it says, what it leaves behind, that the next call is well again. */
class LocalFailureTest {

    private static final AllocateReq REQUEST =
            AllocateReq.builder("duel").requestId("match").build();

    private final ManualClock clock = new ManualClock();
    private final LocalAllocator allocator =
            LocalAllocator.builder().clock(clock).build();
    private final LocalPod pod = LocalPod.withoutSdk("127.0.0.1:7001", 1);

    LocalFailureTest() {
        allocator.addPod("duel", pod);
    }

    @AfterEach
    void close() {
        allocator.close();
    }

    private BackendException fail(LocalFailure failure) {
        allocator.failNext(failure);
        BackendException error = catchThrowableOfType(BackendException.class, () -> allocator.allocate(REQUEST));
        assertThat(error).hasMessageContaining(failure.name()).hasMessageContaining("on demand");
        assertThat(error.pool()).isEqualTo("duel");
        assertThat(error.request()).contains(REQUEST);
        assertThat(error.retryable()).isTrue();
        return error;
    }

    private int claimed() {
        return allocator.status("duel").claimed().orElseThrow();
    }

    @Test
    void aRefusedClaimChangesNothing() throws Exception {
        assertThat(fail(LocalFailure.CLAIM_REFUSED).outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(claimed()).isZero();
        allocator.allocate(REQUEST);
    }

    @Test
    void aClaimWhoseAnswerIsLostIsThereForARetryAndElseExpires() throws Exception {
        assertThat(fail(LocalFailure.CLAIM_ANSWER_LOST).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(claimed()).isEqualTo(1);
        Allocation retried = allocator.allocate(REQUEST);
        assertThat(claimed()).isEqualTo(1);
        allocator.release(retried);
        assertThat(claimed()).isZero();

        fail(LocalFailure.CLAIM_ANSWER_LOST);
        clock.advance(Duration.ofSeconds(60));
        assertThat(claimed()).isZero();
    }

    @Test
    void aRetryThatIsNotTakenLeavesNothing() throws Exception {
        fail(LocalFailure.CLAIM_ANSWER_LOST);
        LocalAllocator lazy = allocator.peer();
        var future = lazy.allocateAsync(REQUEST);
        if (!future.cancel(true)) {
            lazy.release(future.join());
        }
        lazy.close();
        Awaitility.await().untilAsserted(() -> assertThat(claimed()).isZero());
    }

    @Test
    void aClaimThatNeverArrivesChangesNothing() throws Exception {
        assertThat(fail(LocalFailure.CLAIM_NEVER_ARRIVED).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(claimed()).isZero();
        allocator.allocate(REQUEST);
    }

    @Test
    void aRefusedReleaseCanBeRepeated() throws Exception {
        Allocation allocation = allocator.allocate(REQUEST);
        allocator.failNext(LocalFailure.RELEASE_REFUSED);
        BackendException error = catchThrowableOfType(BackendException.class, () -> allocator.release(allocation));
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(claimed()).isEqualTo(1);
        allocator.release(allocation);
        assertThat(claimed()).isZero();
    }

    @ParameterizedTest
    @EnumSource(LocalFailure.class)
    void afterAFailureAWaiterIsServed(LocalFailure failure) throws Exception {
        Allocation held = allocator.allocate(AllocateReq.of("duel"));
        var waiter = allocator.allocateAsync(
                AllocateReq.builder("duel").maxWait(Duration.ofMinutes(5)).build());
        if (failure == LocalFailure.RELEASE_REFUSED) {
            allocator.failNext(failure);
            assertThatThrownBy(() -> allocator.release(held)).isInstanceOf(BackendException.class);
        } else {
            var unlucky = allocator.allocateAsync(AllocateReq.builder("duel")
                    .priority(1)
                    .maxWait(Duration.ofMinutes(5))
                    .build());
            allocator.failNext(failure);
            allocator.release(held);
            assertThat(unlucky).failsWithin(Duration.ofSeconds(10));
            clock.advance(Duration.ofSeconds(60)); // a claim whose answer was lost expires
        }
        allocator.release(held);
        assertThat(waiter).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void failuresComeInTheOrderInWhichTheyWereAskedForAndOnlyToThatAllocator() throws Exception {
        allocator.failNext(LocalFailure.CLAIM_REFUSED);
        allocator.failNext(LocalFailure.CLAIM_NEVER_ARRIVED);
        try (LocalAllocator peer = allocator.peer()) {
            peer.release(peer.allocate(AllocateReq.of("duel")));
        }
        for (LocalFailure expected :
                new LocalFailure[] {LocalFailure.CLAIM_REFUSED, LocalFailure.CLAIM_NEVER_ARRIVED}) {
            assertThat(catchThrowableOfType(BackendException.class, () -> allocator.allocate(REQUEST)))
                    .hasMessageContaining(expected.name());
        }
        allocator.allocate(REQUEST);
    }
}
