package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.UnknownPoolException;
import org.junit.jupiter.api.Test;

/** A pool of which the first list says that nobody knows it. */
class UnknownPoolTest {

    private TestPool test = new TestPool(TestPool.GROUPS, Placement.PACKED, 10, false);

    @Test
    void eachCallThatWaitsFailsWithAnErrorOfItsOwn() {
        List<Call> calls = List.of(
                test.place(),
                test.placeWaiting(),
                test.place(request -> request.requestId("r")),
                test.place(request -> request.requestId("r")));
        test.pool.refuseAll(UnknownPoolTest::unknown);

        assertThat(calls).allSatisfy(call -> assertThat(requestOf(call)).isSameAs(call.request()));
        test.assertNoResidue(0);
    }

    @Test
    void aCallThatWasOnItsWayWhenTheListCameFailsToo() {
        test.pool.refuseAll(UnknownPoolTest::unknown);
        Call late = test.placeWaiting();

        assertThat(requestOf(late)).isSameAs(late.request());
        test.assertNoResidue(0);
    }

    @Test
    void aPoolThatComesToBeKnownLaterServes() {
        test.pool.refuseAll(UnknownPoolTest::unknown);
        test.pool.listed();
        Call call = test.placeWaiting();
        test.pod("pod", 1);
        test.writes.applyAll();

        assertThat(claimOf(call)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void oncePodsWereListedOnlyThoseThatWaitAreRefused() {
        test = new TestPool(TestPool.GROUPS);
        Call waiter = test.placeWaiting();
        test.pool.refuseAll(UnknownPoolTest::unknown);
        Call next = test.placeWaiting();

        assertThat(requestOf(waiter)).isSameAs(waiter.request());
        assertThat(next.isSettled()).isFalse();
    }

    private static AllocationException unknown(Call call) {
        return new UnknownPoolException(call.request().pool(), "declare it", call.request());
    }

    private static AllocateReq requestOf(Call call) {
        assertThat(errorOf(call)).isInstanceOf(UnknownPoolException.class);
        return ((UnknownPoolException) errorOf(call)).request().orElseThrow();
    }
}
