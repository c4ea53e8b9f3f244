package kit.orchestration.agones.standin.contract;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.testkit.AllocatorContract;
import kit.orchestration.testkit.ContractBackend;
import kit.orchestration.testkit.Rule;
import kit.orchestration.testkit.Weaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The contract, as far as Agones lets it be kept: each test against a stand-in of its own, with all its vices. */
@Execution(ExecutionMode.CONCURRENT)
class AgonesContractTest extends AllocatorContract {

    static final Map<Integer, String> WEAKENINGS = Map.of(
            4,
            "Agones shows no pods: \"no capacity\" counts none and is said after some refused batches, and a"
                    + " GameServer that Agones' allocator has lost counts as full until it shows itself",
            5,
            "while room is scarce, waiters that fill a call to Agones of their own, as many as a GameServer has"
                    + " slots, go beside the call of those before them, and may be served though Agones refuses that"
                    + " one",
            6,
            "tries of a `requestId` through several allocators may get a session each, on servers of their own, at"
                    + " the same time, or while much else keeps Agones from showing the server that has one; and until"
                    + " a server shows that a session has ended, some seconds, another allocator may give that again,"
                    + " whose token opens nothing");

    private static final long SEED = 20260301;

    @Override
    protected ContractBackend openBackend() throws Exception {
        return new AgonesBackend(SEED);
    }

    @Test
    @Rule("4.2")
    @Weaker("Agones' allocator tells nothing of the servers that it does not choose")
    @Override
    public void rule04_aFullPoolRefusesAtOnceAndSaysWhatWasSeen() throws Exception {
        aFullPoolRefusesAndCountsNothing();
    }

    @Test
    @Rule("4.2")
    @Weaker("who asks just when a session has ended may come before those who wait: see rule 5.3")
    @Override
    public void rule04_aFullPoolWhoseSlotsChangeHandsRefusesAtOnceWhoeverIsLessUrgent() throws Exception {
        onABusyPoolWhoeverIsLessUrgentIsAnsweredAndMayBeRefused();
    }

    @Test
    @Rule("4.6")
    @Weaker("who has waited less may come before those who are more urgent: see rule 5.3")
    @Override
    public void rule04_aWaiterIsRefusedAfterItsMaxWaitAlsoWhileSlotsChangeHands() throws Exception {
        aWaiterIsRefusedAfterItsMaxWaitUnlessItOvertakesWhileSlotsChangeHands();
    }

    @Test
    @Rule("4.2")
    @Weaker("Agones' allocator tells nothing of the servers that it does not choose")
    @Override
    public void rule04_selectorsThatNoPodHasAreNoCapacity() throws Exception {
        selectorsThatNoPodHasAreNoCapacityAndCountNothing();
    }

    @Test
    @Rule("5.3")
    @Weaker("one call at a time would serve no more than one server's slots for each of Agones' batches")
    @Override
    public void rule05_newcomersWhoWaitDoNotOvertakeOnAnyOfSeveralPods() throws Exception {
        newcomersWhoAreFewerThanAPodsSlotsDoNotOvertake();
    }

    @Test
    @Rule("6.1")
    @Weaker("Agones tests nothing before it writes: each of two allocators that see no session may land one")
    @Override
    public void rule06_triesAtTheSameTimeThroughSeveralAllocatorsGetOneSession() throws Exception {
        triesAtTheSameTimeGetOneSessionFromEachAllocatorAtMost();
    }

    @Test
    @Rule("6.6")
    @Weaker("a server shows some seconds later that a session has ended")
    @Override
    public void rule06_onceTheSessionHasEndedTheIdGivesANewOne() throws Exception {
        onceTheSessionHasEndedTheIdGivesANewOneAfterAMoment(Duration.ofSeconds(10));
    }
}
