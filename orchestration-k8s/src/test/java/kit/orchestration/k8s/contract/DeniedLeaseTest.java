package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.Api;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A policy of somebody's denies writes of one pod's Lease, or of one request; the server answers 422, or 403. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DeniedLeaseTest extends BenchFixture {

    private static final String PATH = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private static final String BINDINGS = PATH.replace("policies", "policybindings");
    private static final String NAME = "denied-lease-test";

    @AfterEach
    void removePolicy() {
        api().delete(BINDINGS + "/" + NAME);
        api().delete(PATH + "/" + NAME);
    }

    private Api api() {
        return bench.cluster().plane().api();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Invalid", "Forbidden"})
    void one_pod_whose_lease_may_not_be_written_takes_no_call_down(String reason) throws Exception {
        HandPod bad = bench.pod(2);
        HandPod good = bench.pod(12);
        Matchmaker matchmaker = bench.matchmaker();
        deny(reason, "object.metadata.name != '" + LedgerNames.lease(bad.name()) + "'");
        await().until(() -> annotate(bad).status() >= 400);

        for (int i = 0; i < 5; i++) {
            assertThat(matchmaker.allocate(bench.request()).podName()).isEqualTo(good.name());
        }
        List<CompletableFuture<Allocation>> together = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            together.add(matchmaker.allocator().allocateAsync(bench.request()));
        }
        for (CompletableFuture<Allocation> each : together) {
            assertThat(each.get(20, TimeUnit.SECONDS).podName()).isEqualTo(good.name());
        }
        assertThat(matchmaker.allocate(bench.request("match")).podName()).isEqualTo(good.name());
        // Once it is tried again that is one call's to find out, which is told what the policy says.
        await().untilAsserted(() -> assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining("pod " + bad.name() + ": claims on its lease are refused: "));

        removePolicy();
        await().until(() -> annotate(bad).status() < 400);
        AllocateReq patient =
                bench.request().toBuilder().maxWait(Duration.ofSeconds(60)).build();
        assertThat(matchmaker.allocate(patient).podName()).isEqualTo(bad.name());
    }

    @Test
    void nor_do_nine_beside_one_that_takes_them() throws Exception {
        List<String> denied = new ArrayList<>();
        HandPod first = bench.pod(1);
        denied.add("'" + LedgerNames.lease(first.name()) + "'");
        for (int i = 0; i < 8; i++) {
            denied.add("'" + LedgerNames.lease(bench.pod(2).name()) + "'");
        }
        HandPod good = bench.pod(40);
        Matchmaker matchmaker = bench.matchmaker();
        deny("Invalid", "!(object.metadata.name in [" + String.join(",", denied) + "])");
        await().until(() -> annotate(first).status() >= 400);

        List<CompletableFuture<Allocation>> together = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            together.add(matchmaker.allocator().allocateAsync(bench.request()));
        }
        for (CompletableFuture<Allocation> each : together) {
            assertThat(each.get(30, TimeUnit.SECONDS).podName()).isEqualTo(good.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Invalid", "Forbidden"})
    void a_request_that_may_not_be_written_fails_and_takes_no_pod_down(String reason) throws Exception {
        HandPod one = bench.pod(2);
        HandPod other = bench.pod(2);
        Matchmaker matchmaker = bench.matchmaker();
        deny(
                reason,
                "!has(object.metadata.annotations) || object.metadata.annotations.all(k,"
                        + " !object.metadata.annotations[k].contains('poison'))");
        await().until(() -> annotate(one).status() >= 400);
        AllocateReq poisoned =
                bench.request().toBuilder().annotation("mode", "poison").build();

        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> matchmaker.allocate(poisoned))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining(NAME);
            matchmaker.allocate(bench.request());
        }
        assertThat(one.held()).hasSize(2);
        assertThat(other.held()).hasSize(2);
    }

    private Api.Answer annotate(HandPod pod) {
        return api().mergePatch(
                        bench.cluster().leases() + "/" + LedgerNames.lease(pod.name()) + "?dryRun=All",
                        "{\"metadata\":{\"annotations\":{\"probe\":\"poison\"}}}");
    }

    private void deny(String reason, String unless) {
        api().post(
                        PATH,
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of("name", NAME),
                                "spec",
                                Map.of(
                                        "failurePolicy",
                                        "Fail",
                                        "matchConstraints",
                                        Map.of(
                                                "resourceRules",
                                                List.of(Map.of(
                                                        "apiGroups",
                                                        List.of("coordination.k8s.io"),
                                                        "apiVersions",
                                                        List.of("v1"),
                                                        "operations",
                                                        List.of("UPDATE"),
                                                        "resources",
                                                        List.of("leases")))),
                                        "validations",
                                        List.of(Map.of("expression", unless, "reason", reason))))))
                .ok();
        api().post(
                        BINDINGS,
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of("name", NAME),
                                "spec",
                                Map.of("policyName", NAME, "validationActions", List.of("Deny")))))
                .ok();
    }
}
