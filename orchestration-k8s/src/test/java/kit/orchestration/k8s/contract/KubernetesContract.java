package kit.orchestration.k8s.contract;

import java.util.Map;
import kit.orchestration.testkit.AllocatorContract;
import kit.orchestration.testkit.Rule;
import kit.orchestration.testkit.Weaker;
import org.junit.jupiter.api.Test;

/** The contract, as far as Kubernetes keeps it. */
abstract class KubernetesContract extends AllocatorContract {

    static final Map<Integer, String> WEAKENINGS = Map.of(
            10,
            "a claim with a `requestId` whose caller went away is kept for the next try, until its `claimTtl` "
                    + "has passed");

    @Test
    @Rule("10.7")
    @Weaker("allocators don't talk to each other: another may have told its caller of the claim already")
    @Override
    public void rule10_aCancelledTryOfARequestIdHoldsNothing() throws Exception {
        aCancelledTryOfARequestIdIsKeptForTheNext();
    }
}
