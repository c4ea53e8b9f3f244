package kit.orchestration.local;

import kit.orchestration.testkit.AllocatorContract;
import kit.orchestration.testkit.ContractBackend;

/** Local keeps every rule. */
class LocalContractTest extends AllocatorContract {

    @Override
    protected ContractBackend openBackend() {
        return new LocalBackend();
    }
}
