package kit.orchestration.k8s.contract;

import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.testkit.ContractBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What Kubernetes keeps, with each allocator in a JVM of its own. */
class ProcessesContractTest extends KubernetesContract {

    private static Cluster cluster;
    private static OtherProcesses processes;

    @BeforeAll
    static void makeCluster() {
        processes = new OtherProcesses(4);
        cluster = new Cluster(ControlPlane.shared());
    }

    @AfterAll
    static void endProcesses() {
        processes.close();
    }

    @Override
    protected ContractBackend openBackend() {
        return new KubernetesBackend(cluster, Workload.DEPLOYMENT, processes);
    }
}
