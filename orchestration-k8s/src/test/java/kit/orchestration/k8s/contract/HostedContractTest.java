package kit.orchestration.k8s.contract;

import java.io.IOException;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.testkit.ContractBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * What Kubernetes keeps, with pods that Agones hosts: their sidecars are the stand-in's, by the true timing. They are
 * Allocated from the start: a claim that is over before its server is Allocated is told to nobody, and the contract's
 * races count on having been told.
 */
class HostedContractTest extends KubernetesContract {

    private static AgonesStandin agones;
    private static Cluster cluster;

    @BeforeAll
    static void makeCluster() throws IOException {
        agones = AgonesStandin.builder().start();
        cluster = new Cluster(ControlPlane.shared(), agones);
    }

    @AfterAll
    static void closeAgones() {
        agones.close();
    }

    @Override
    protected ContractBackend openBackend() {
        return KubernetesBackend.inThisProcess(cluster, Workload.DEPLOYMENT);
    }
}
