package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The allocator's role: each right of it is needed by a scenario that fails without it, and there are no others. */
class AllocatorRightsTest {

    /** For what works within milliseconds on an idle machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** For what will not work, however long one waits. */
    private static final Duration IMPATIENCE = Duration.ofSeconds(3);

    private static final String ROLE = "give the allocator's service account the role of deploy/base/allocator.yaml";

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
        Throwable error = catchThrowable(() -> new Scenario(lacking, IMPATIENCE).needing(right));
        assertTold(right, error instanceof ExecutionException ? error.getCause() : error);
    }

    /** Whoever asks is told of the right, or of the pod that the log tells more of; nobody asks for what is swept. */
    private static void assertTold(Right right, Throwable error) {
        switch (right.toString()) {
            case "list pods", "watch pods", "list leases", "watch leases" ->
                assertThat(error)
                        .isInstanceOf(BackendException.class)
                        .hasMessageContainingAll(right.toString().replace(" ", "ing "), "403", ROLE)
                        .message()
                        .satisfies(DocumentedErrors::assertDocumented);
            case "patch leases" ->
                assertThat(error)
                        .isInstanceOf(BackendException.class)
                        .hasMessageContainingAll("the patch of lease", "403", ROLE)
                        .message()
                        .satisfies(DocumentedErrors::assertDocumented);
            case "get leases" ->
                assertThat(error)
                        .isInstanceOf(BackendException.class)
                        .hasMessageContainingAll("reading lease", "403", ROLE);
            case "create leases" ->
                assertThat(error)
                        .isInstanceOfSatisfying(
                                NoCapacityException.class,
                                refused -> assertThat(refused.pods().misconfigured())
                                        .isEqualTo(1));
            case "get pods", "delete leases" -> assertThat(error).isInstanceOf(ConditionTimeoutException.class);
            default -> throw new AssertionError("what is told of a right to " + right + "?", error);
        }
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
