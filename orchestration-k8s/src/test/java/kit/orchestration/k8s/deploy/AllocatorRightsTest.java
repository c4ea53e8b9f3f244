package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The allocator's role: each right of it is needed by a scenario that fails without it, and there are no others. */
class AllocatorRightsTest {

    /** For what works within milliseconds on an idle machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** For what will not work, however long one waits. */
    private static final Duration IMPATIENCE = Duration.ofSeconds(3);

    static Stream<Right> rights() {
        return Right.of(Deployed.to(ControlPlane.shared()).rules(Deployed.ALLOCATOR)).stream()
                .filter(right -> !right.isMark());
    }

    @ParameterizedTest
    @MethodSource("rights")
    void each_right_is_needed(Right right) throws Exception {
        new Scenario(Deployed.to(ControlPlane.shared()), PATIENCE).needing(right);

        Deployed lacking = Deployed.to(ControlPlane.shared());
        List<Right> others = new ArrayList<>(Right.of(lacking.rules(Deployed.ALLOCATOR)));
        others.remove(right);
        lacking.rules(Deployed.ALLOCATOR, Right.rules(others), right, false);
        assertThatThrownBy(() -> new Scenario(lacking, IMPATIENCE).needing(right))
                .isNotInstanceOf(AssertionError.class);
    }

    @Test
    void it_reads_no_secret_writes_no_pod_and_sees_no_other_namespace() {
        Deployed deployed = Deployed.to(ControlPlane.shared());
        Api allocator = deployed.allocator();
        String pod = deployed.pod().path();
        String namespace = "/api/v1/namespaces/" + deployed.namespace();

        assertThat(Stream.of(
                                allocator.get(namespace + "/secrets"),
                                allocator.get(namespace + "/configmaps"),
                                allocator.get("/api/v1/pods"),
                                allocator.get("/apis/coordination.k8s.io/v1/leases"),
                                allocator.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"),
                                allocator.mergePatch(pod, "{}"),
                                allocator.mergePatch(pod + "/status", "{}"),
                                allocator.delete(pod),
                                allocator.delete(deployed.leases()))
                        .map(Api.Answer::status))
                .containsOnly(403);
    }
}
