package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was decided is done, whatever the backend or a bystander throws. */
class StepsTest {

    private final Writes writes = new Writes();
    private final List<Call> within = new ArrayList<>();
    private Supplier<String> sessionIds = () -> "id";
    private RuntimeException unseen;
    private Runnable atCommit = () -> {};

    private final Pool<String> pool = new Pool<>(
            new Pool.Settings(
                    "duel", new Pool.Rules(Placement.PACKED, GroupLimit.NONE, 10, 0), () -> sessionIds.get(), () -> 0),
            new Committer<>() {
                @Override
                public void commit(String pod, List<Reservation<String>> batch) {
                    Runnable now = atCommit;
                    atCommit = () -> {};
                    now.run();
                    writes.commit(pod, batch);
                }

                @Override
                public CompletionStage<Claim> existing(Call call) {
                    return writes.existing(call);
                }

                @Override
                public long proven() {
                    if (unseen != null) {
                        throw unseen;
                    }
                    return 0;
                }

                @Override
                public void giveBack(Claim claim) {
                    writes.giveBack(claim);
                }
            });

    @BeforeEach
    void list() {
        pool.listed();
    }

    @Test
    void whoeverCallsFromWithinTheBackendIsToldThere() {
        pod("pod", 1);
        atCommit = () -> {
            Call inner = call(Map.of("no", "such"));
            pool.place(inner);
            pool.overdue(inner);
            within.add(inner);
            assertThat(inner.isSettled()).isTrue();
        };
        Call outer = call(Map.of());
        pool.place(outer);
        writes.applyAll();

        assertThat(errorOf(within.get(0))).isInstanceOf(NoCapacityException.class);
        assertThat(claimOf(outer)).isNotNull();
    }

    @Test
    void whatATurnHasDecidedIsDoneThoughItsEndThrows() {
        Call waits = call(Map.of());
        pool.place(waits);
        Call due = call(Map.of("no", "such"));
        pool.place(due);
        unseen = new IllegalArgumentException("broken");
        assertThatThrownBy(() -> pool.overdue(due)).hasCause(unseen);

        assertThatThrownBy(() -> pod("pod", 1)).hasCause(unseen);
        unseen = null;
        writes.applyAll();
        assertThat(claimOf(waits)).isNotNull();
    }

    @Test
    void aSessionIdThatCanNotBeDrawnEndsTheCalls() {
        IllegalStateException noMore = new IllegalStateException("no more ids");
        sessionIds = () -> {
            throw noMore;
        };
        pod("pod", 1);
        Call call = call(Map.of());
        pool.place(call);

        assertThat(errorOf(call)).isInstanceOf(BackendException.class).hasCause(noMore);
        sessionIds = () -> "id";
        Call next = call(Map.of());
        pool.place(next);
        writes.applyAll();
        assertThat(claimOf(next)).isNotNull();
    }

    @Test
    void anErrorThatCanNotBeMadeIsTheErrorItself() {
        Call call = call(Map.of());
        pool.place(call);
        IllegalStateException broken = new IllegalStateException("broken");
        pool.refuseAll(failed -> {
            throw broken;
        });
        assertThat(errorOf(call)).isSameAs(broken);
    }

    @Test
    void whatGivingBackThrowsKeepsNoneFromItsAnswer() {
        pod("pod", 2);
        Call gone = call(Map.of());
        pool.place(gone);
        Call stays = call(Map.of());
        pool.place(stays);
        gone.abandon();
        Reservation<String> first = writes.next().get(0);
        Reservation<String> second = writes.next().get(0);
        writes.givenBackThrows = new IllegalStateException("broken");
        first.applied(Writes.claim(first));
        second.applied(Writes.claim(second));
        assertThat(claimOf(stays)).isNotNull();
    }

    @Test
    void anyNumberOfCallersMayEndTheirSessionsAsSoonAsTheyHaveThem() {
        Pool<String> packed = TestPool.of(GroupLimit.NONE, new ManualTime(), new Committer<>() {
            @Override
            public void commit(String pod, List<Reservation<String>> batch) {
                batch.forEach(reservation -> reservation.applied(Writes.claim(reservation)));
            }

            @Override
            public CompletionStage<Claim> existing(Call call) {
                return null;
            }

            @Override
            public void giveBack(Claim claim) {}
        });
        packed.listed();
        Pod<String> pod = packed.pod("pod", "pod", new long[] {1});
        packed.update(pod, 1, PodState.READY, Map.of());
        AtomicInteger uses = new AtomicInteger();
        Runnable end = () -> packed.slotSeen(pod, 0, 2L * uses.incrementAndGet());
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            Call call = call(Map.of(), i);
            packed.place(call);
            call.outcome().thenRun(end).thenRun(served::incrementAndGet);
        }

        TestPool.onSmallStack(end);
        assertThat(served).hasValue(1_000);
        assertThat(packed.status(Optional.empty()).claimed()).hasValue(0);
    }

    private void pod(String name, int capacity) {
        pool.update(pool.pod(name, name, new long[capacity]), 1, PodState.READY, Map.of());
    }

    private Call call(Map<String, String> selectors) {
        return call(selectors, within.size());
    }

    private Call call(Map<String, String> selectors, int arrival) {
        AllocateReq request = AllocateReq.builder("duel")
                .selectors(selectors)
                .maxWait(Duration.ofMinutes(1))
                .build();
        return new Call(request, null, pool, arrival, 0);
    }
}
