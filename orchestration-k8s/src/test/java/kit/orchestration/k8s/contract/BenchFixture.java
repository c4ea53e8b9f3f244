package kit.orchestration.k8s.contract;

import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A bench for each test, on one cluster for a class of tests: none of them may change its roles. */
abstract class BenchFixture {

    private static Cluster cluster;

    Bench bench;

    @BeforeAll
    static void makeCluster() {
        cluster = new Cluster(ControlPlane.shared());
    }

    @BeforeEach
    void openBench() {
        bench = new Bench(cluster);
    }

    @AfterEach
    void closeBench() {
        bench.close();
    }
}
