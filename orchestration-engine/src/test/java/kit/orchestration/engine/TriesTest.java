package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import org.junit.jupiter.api.Test;

/** Many tries of one request. */
class TriesTest {

    private final TestPool pool = new TestPool(TestPool.GROUPS);

    /**
     * Each try looked at all the others, and so did each write that failed: four times the tries took sixteen times as
     * long.
     */
    @Test
    void anyNumberOfTriesCostEachOtherNothing() {
        run(2_000);
        long few = run(2_000);
        long many = run(8_000);

        assertThat((double) many / few)
                .as("%d ns for 2,000, %d for 8,000", few, many)
                .isLessThan(9);
    }

    /** CPU time, which other processes don't count in. */
    private static long run(int tries) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        TestPool test = new TestPool(TestPool.GROUPS);
        Pod<String> pod = test.pod("pod", 2);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < tries; i++) {
            calls.add(test.place(request -> request.requestId("r")));
            test.pool.slotSeen(pod, 1, 2L * i + 1); // news of other things
            test.pool.slotSeen(pod, 1, 2L * i + 2);
        }
        for (int i = 0; i < tries / 2; i++) {
            test.writes.only().failed(GroupCommitTest.error(Outcome.NOT_APPLIED));
        }
        test.writes.applyAll();
        assertThat(calls).allMatch(Call::isSettled);
        test.assertNoResidue(1);
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    }

    @Test
    void aTryWithOtherContentsThanTheOneUnderWayIsAConflictAtOnce() {
        Call waiting = pool.place(request -> TestPool.patient(request).requestId("r"));
        Call other = pool.place(request -> request.requestId("r").selectors(Map.of("map", "dust")));
        assertThat(errorOf(other)).isInstanceOf(RequestConflictException.class);
        assertThat(waiting.isSettled()).isFalse();

        pool.giveUp(waiting);
        Call next =
                pool.place(request -> TestPool.patient(request).requestId("r").selectors(Map.of("map", "dust")));
        assertThat(next.isSettled()).isFalse();
        pool.giveUp(next);
        pool.assertNoResidue(0);
    }

    @Test
    void aSessionThatComesToLiveDuringALookIsFound() {
        Call leader = pool.place(request -> TestPool.patient(request).requestId("r"));
        Pod<String> elsewhere = pool.pool.pod("elsewhere", "elsewhere", new long[1]);
        Claim claim = Writes.claim(leader.request(), elsewhere, 0, "theirs");
        pool.writes.duringLook = () -> {
            pool.writes.lives(leader.request(), claim);
            pool.pool.requestSeen("r");
        };
        Call second = pool.place(request -> TestPool.patient(request).requestId("r"));

        assertThat(TestPool.claimOf(second)).isEqualTo(claim);
        assertThat(TestPool.claimOf(leader)).isEqualTo(claim);
        pool.assertNoResidue(0);
    }
}
