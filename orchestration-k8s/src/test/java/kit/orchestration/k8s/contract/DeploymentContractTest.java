package kit.orchestration.k8s.contract;

import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.testkit.ContractBackend;
import org.junit.jupiter.api.BeforeAll;

/** What Kubernetes keeps, with pods of Deployments. */
class DeploymentContractTest extends KubernetesContract {

    private static Cluster cluster;

    @BeforeAll
    static void makeCluster() {
        cluster = new Cluster(ControlPlane.shared());
    }

    @Override
    protected ContractBackend openBackend() {
        return KubernetesBackend.inThisProcess(cluster, Workload.DEPLOYMENT);
    }
}
