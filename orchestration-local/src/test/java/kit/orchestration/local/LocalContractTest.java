package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.testkit.AllocatorContract;
import kit.orchestration.testkit.ContractBackend;
import kit.orchestration.testkit.Racers;
import kit.orchestration.testkit.World;
import org.junit.jupiter.api.Test;

/** Local keeps every rule. */
class LocalContractTest extends AllocatorContract {

    @Override
    protected ContractBackend openBackend() {
        return new LocalBackend();
    }

    // What follows shows that a class outside the kit's package can have tests of its own, in the kit's words.

    @Test
    void aPoolIsAWorldOfItsOwn() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocate();
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());
        String other = world().backend().newPool();
        world().podOf(other, 1, Map.of());

        assertThat(world().backend().held(other)).isEmpty();
        assertThat(waiter).isNotDone();
        assertThat(world().podOf(allocation)).isEqualTo(pod);
        world().refusedAtOnce(world().allocator(), AllocateReq.of(world().pool()));
    }

    @Test
    void whatEachPodHeardIsWrittenDown() throws Exception {
        World.Pod pod = world().pod(world().times(2));
        List<String> ids = Racers.race(2, racer -> world().allocate().sessionId());
        world().advance(Duration.ofMinutes(1));

        ids.forEach(id -> world().eventuallyHeard(pod, "claimed " + id, "expired " + id));
        assertThat(pod.log().claims()).extracting(ClaimedSlot::sessionId).containsExactlyInAnyOrderElementsOf(ids);
        world().everySlotIsFree(2);
    }
}
