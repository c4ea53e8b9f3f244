package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import kit.orchestration.k8s.PoolScalerBuilder;
import kit.orchestration.k8s.contract.PlayedReplicaSet.Gone;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pool that follows its load: what goes, what comes, and who acts. */
class PoolScalerTest extends ScalerFixture {

    /** Where scalers may not say what the deletion of a pod costs. */
    private static Cluster withoutCosts;

    @BeforeAll
    static void deployWithoutCosts(@TempDir Path folder) throws IOException {
        withoutCosts = new Cluster(ControlPlane.shared());
        grant(withoutCosts, folder, "deploy/scaler");
    }

    /** A controller has decided which pods go, and carries that out, though they are wanted again by then. */
    @ParameterizedTest
    @EnumSource(Workload.class)
    void load_that_comes_back_while_pods_are_being_taken_away_is_served_by_others(Workload workload) throws Exception {
        workload(workload, 4);
        controller.lag(Duration.ofSeconds(3));
        KubernetesAllocator allocator = allocator(Placement.PACKED);
        PoolScalerBuilder builder = scaler(allocator).pods(1, 8).buffer(0);
        start(
                workload == Workload.DEPLOYMENT
                        ? builder.deployment(controller.name())
                        : builder.statefulSet(controller.name()));
        await().atMost(PATIENCE).until(() -> controller.replicas() == 1);

        for (int i = 0; i < 30; i++) {
            play(allocator.allocate(request(PATIENCE)));
        }

        await().atMost(PATIENCE).until(() -> controller.gone().size() == 3);
        assertThat(controller.gone())
                .allSatisfy(gone -> assertThat(gone.sessions()).isZero());
        assertThat(where.held(pool)).hasSize(30);
    }

    @Test
    void from_ten_pods_to_three_no_session_is_cut_and_the_emptiest_go() throws Exception {
        workload(Workload.DEPLOYMENT, 10);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1);
        PoolScaler scaler =
                start(scaler(allocator).deployment(controller.name()).identity("one"));

        List<String> emptiest = names.subList(3, 10);
        await().atMost(PATIENCE).until(() -> marked(names).equals(emptiest));
        assertThat(mark(emptiest.get(0))).startsWith("scaler/" + pool + " one/");
        assertThat(scaler.neededSlots()).hasValue(30);
        assertThat(controller.gone()).as("they have sessions").isEmpty();

        // The load comes back: drains are called off, of those with most sessions first.
        List<CompletableFuture<Allocation>> more = IntStream.range(0, 25)
                .mapToObj(i -> allocator.allocateAsync(request(PATIENCE)))
                .toList();
        for (CompletableFuture<Allocation> each : more) {
            play(each.get(60, TimeUnit.SECONDS));
        }
        assertThat(controller.most()).as("no pod was asked for").isEqualTo(10);
        assertThat(marked(names)).doesNotContain(names.get(3)).hasSizeBetween(1, 6);

        // And goes: those that drain lose their sessions one after the other, and go when they have none.
        for (String name : names.subList(0, 3)) {
            end(name, sessions.get(name).size() - 6);
        }
        for (String name : emptiest) {
            end(name, sessions.get(name).size() - 1);
        }
        await().atMost(PATIENCE).until(() -> marked(names).equals(emptiest));
        for (String name : emptiest) {
            end(name, 1);
        }
        await().atMost(PATIENCE).until(() -> controller.pods().size() == 3);

        assertThat(controller.gone()).extracting(Gone::sessions).containsOnly(0);
        assertThat(controller.gone()).extracting(Gone::name).containsExactlyInAnyOrderElementsOf(emptiest);
        assertThat(names.subList(0, 3))
                .allSatisfy(
                        name -> assertThat(controller.server(name).sessions()).hasSize(6));
        assertThat(controller.replicas()).isEqualTo(3);
        assertThat(controller.most()).isEqualTo(10);
    }

    @Test
    void an_idle_pod_goes_beside_others_that_drain() throws Exception {
        workload(Workload.DEPLOYMENT, 4);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 4, 1, 1, 0);
        start(scaler(allocator).deployment(controller.name()));

        await().atMost(PATIENCE).until(() -> controller.gone().size() == 1);
        assertThat(controller.gone()).containsExactly(new Gone(names.get(3), 0));
        await().atMost(PATIENCE).until(() -> marked(names.subList(0, 3)).equals(names.subList(2, 3)));
        end(names.get(2), 1);
        await().atMost(PATIENCE).until(() -> controller.gone().size() == 2);
        assertThat(controller.gone()).extracting(Gone::sessions).containsOnly(0);
    }

    /** As after its mark was taken away by hand: it has sessions, and would go before those that are idle. */
    @Test
    void a_pod_that_plays_costs_as_much_as_others_whoever_has_said_otherwise() throws Exception {
        workload(Workload.DEPLOYMENT, 2);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 3, 2);
        String pod = "/api/v1/namespaces/" + where.namespace() + "/pods/" + names.get(1);
        where.plane()
                .api()
                .mergePatch(
                        pod,
                        "{\"metadata\":{\"annotations\":{\"controller.kubernetes.io/pod-deletion-cost\":\"-1000\"}}}")
                .ok();

        start(scaler(allocator).pods(2, 12).deployment(controller.name()));

        await().atMost(PATIENCE)
                .until(() -> !where.plane().api().get(pod).ok().body().contains("pod-deletion-cost"));
        assertThat(controller.gone()).isEmpty();
    }

    /** Its watches are deaf, and it has not noticed yet: what it takes for idle plays, and has the same name. */
    @Test
    void nothing_goes_by_a_view_that_is_not_true() throws Exception {
        workload(Workload.STATEFUL_SET, 3);
        KubernetesAllocator hearing = allocator(Placement.SPREAD); // takes away Leases whose pods are gone
        ApiRelay relay = ApiRelay.open(
                where.plane().url(), ClusterAuthority.sockets(where.plane().caPem()));
        closing.push(relay);
        KubernetesClient client = where.client(relay.url());
        closing.push(client);
        KubernetesAllocator deaf =
                KubernetesAllocator.builder().client(client).pools(pool).build();
        closing.push(deaf);
        String last = controller.name() + "-2";
        where.plane()
                .api()
                .mergePatch(
                        where.leases() + "/" + LedgerNames.lease(last),
                        "{\"metadata\":{\"annotations\":{\"drain\":\"scaler/" + pool + " another\"}}}")
                .ok();
        await().during(Duration.ofSeconds(2))
                .atMost(PATIENCE)
                .until(() -> !controller.isReady(last)
                        && deaf.status(pool).readyPods().orElse(0) == 2);
        relay.stallWatches("pods", "leases");
        controller.lose(last);
        await().atMost(PATIENCE).until(() -> controller.pods().containsKey(last) && controller.isReady(last));
        for (int i = 0; i < 9; i++) {
            play(hearing.allocate(request(PATIENCE)));
        }
        assertThat(sessions).containsKey(last);

        PoolScaler scaler = start(scaler(deaf).pods(1, 3).buffer(0).statefulSet(controller.name()));

        await().atMost(PATIENCE).until(scaler::isLeading);
        await().during(Duration.ofSeconds(4))
                .atMost(PATIENCE)
                .until(() -> controller.gone().isEmpty());
    }

    /** By hand, or by a leader that is dead, and whose clock was ahead. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"holderIdentity\":\"dead\",\"leaseDurationSeconds\":15,\"leaseTransitions\":1,"
                        + "\"acquireTime\":\"2099-01-01T00:00:00.000000Z\","
                        + "\"renewTime\":\"2099-01-01T00:00:00.000000Z\"}"
            })
    void a_Lease_that_nobody_renews_is_taken_over_whatever_it_says(String spec) {
        where.plane()
                .api()
                .post(
                        where.leases(),
                        "{\"metadata\":{\"name\":\"" + pool + ".scaler.orchestration.kit\"},\"spec\":" + spec + "}")
                .ok();
        workload(Workload.DEPLOYMENT, 0);

        PoolScaler scaler = start(scaler(allocator(Placement.PACKED)).deployment(controller.name()));

        await().atMost(PATIENCE).until(scaler::isLeading);
        await().during(Duration.ofSeconds(3)).atMost(PATIENCE).until(scaler::isLeading);
    }

    /** It sees nothing any more, and would act on nothing. */
    @Test
    void who_leads_and_whose_allocator_is_closed_gives_it_up() {
        workload(Workload.DEPLOYMENT, 0);
        KubernetesAllocator closed = allocator(Placement.PACKED);
        PoolScaler first = start(scaler(closed).deployment(controller.name()));
        await().atMost(PATIENCE).until(first::isLeading);
        PoolScaler second = start(scaler(allocator(Placement.PACKED)).deployment(controller.name()));

        closed.close();

        await().atMost(Duration.ofSeconds(12)).until(second::isLeading);
        assertThat(first.isLeading()).isFalse();
    }

    @Test
    void without_the_right_to_say_what_a_pod_costs_none_goes_before_all_are_idle() throws Exception {
        where = withoutCosts;
        workload(Workload.DEPLOYMENT, 4);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 4, 2, 1, 0);
        start(scaler(allocator).deployment(controller.name()));

        List<String> emptiest = names.subList(2, 4);
        await().atMost(PATIENCE).until(() -> marked(names).equals(emptiest));
        await().during(Duration.ofSeconds(4))
                .atMost(PATIENCE)
                .until(() -> controller.gone().isEmpty());
        end(names.get(2), 1);
        await().atMost(PATIENCE).until(() -> controller.gone().size() == 2);
        assertThat(controller.gone()).extracting(Gone::sessions).containsOnly(0);
        assertThat(controller.gone()).extracting(Gone::name).containsExactlyInAnyOrderElementsOf(emptiest);
    }

    /** Both have read the number; the scaler's write comes second, is refused, and made from another look. */
    @Test
    void who_sets_the_number_by_hand_at_the_same_time_is_not_overruled() throws Exception {
        workload(Workload.DEPLOYMENT, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        start(scaler(allocator).pods(1, 12).buffer(30).deployment(controller.name()));
        await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> controller.replicas() == 3);

        controller.scale(5);

        await().atMost(PATIENCE).until(() -> controller.pods().size() == 5);
        await().atMost(PATIENCE).until(() -> controller.pods().size() == 3);
        assertThat(controller.gone()).extracting(Gone::sessions).containsOnly(0);
    }

    @Test
    void from_nothing_the_first_waiter_is_served_as_soon_as_its_pod_is_ready() throws Exception {
        workload(Workload.DEPLOYMENT, 0);
        KubernetesAllocator allocator = allocator(Placement.PACKED);
        start(scaler(allocator).buffer(0).deployment(controller.name()));
        CompletableFuture<Long> served = new CompletableFuture<>();
        CompletableFuture<Allocation> first = allocator.allocateAsync(request(PATIENCE));
        first.thenAccept(allocation -> served.complete(System.nanoTime()));

        Allocation allocation = first.get(60, TimeUnit.SECONDS);

        String pod = allocation.annotations().get(Allocation.POD_ANNOTATION);
        assertThat(Duration.ofNanos(served.get(1, TimeUnit.SECONDS) - controller.readyNanos(pod)))
                .isLessThan(Duration.ofSeconds(2));
        assertThat(controller.most()).isEqualTo(1);
        play(allocation);
        end(pod, 1);
        await().atMost(PATIENCE).until(() -> controller.pods().isEmpty());
        assertThat(controller.gone()).containsExactly(new Gone(pod, 0));
    }

    @Test
    void of_a_stateful_set_the_highest_numbers_go_once_they_are_idle() throws Exception {
        workload(Workload.STATEFUL_SET, 4);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 0, 2, 1, 3);
        start(scaler(allocator).pods(1, 12).statefulSet(controller.name()));

        await().atMost(PATIENCE).until(() -> marked(names).equals(names.subList(2, 4)));
        end(names.get(2), 1);
        await().during(Duration.ofSeconds(3))
                .atMost(PATIENCE)
                .until(() -> controller.gone().isEmpty());
        end(names.get(3), 3);
        await().atMost(PATIENCE).until(() -> controller.pods().size() == 2);
        assertThat(controller.gone()).containsExactly(new Gone(names.get(3), 0), new Gone(names.get(2), 0));
    }

    @Test
    void who_waits_in_another_allocator_counts_and_who_leads_hands_on() throws Exception {
        workload(Workload.DEPLOYMENT, 0);
        KubernetesAllocator one = allocator(Placement.PACKED);
        KubernetesAllocator two = allocator(Placement.PACKED);
        PoolScaler first = start(scaler(one).buffer(0).deployment(controller.name()));
        await().atMost(PATIENCE).until(first::isLeading);
        PoolScaler second = start(scaler(two).buffer(0).deployment(controller.name()));

        List<CompletableFuture<Allocation>> waiting = IntStream.range(0, 15)
                .mapToObj(i -> two.allocateAsync(request(PATIENCE)))
                .toList();
        for (CompletableFuture<Allocation> each : waiting) {
            play(each.get(60, TimeUnit.SECONDS));
        }
        assertThat(controller.replicas()).isEqualTo(2);
        assertThat(second.isLeading()).isFalse();
        assertThat(second.neededSlots()).isPresent();

        first.close();
        assertThat(first.isLeading()).isFalse();
        await().atMost(Duration.ofSeconds(12)).until(second::isLeading);
        List<CompletableFuture<Allocation>> more = IntStream.range(0, 10)
                .mapToObj(i -> one.allocateAsync(request(PATIENCE)))
                .toList();
        assertThat(more.get(0).get(60, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void a_mark_that_somebody_else_has_set_is_his_to_take_away() throws Exception {
        workload(Workload.DEPLOYMENT, 2);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = List.copyOf(controller.pods().keySet());
        String lease = cluster.leases() + "/" + LedgerNames.lease(names.get(0));
        cluster.plane()
                .api()
                .mergePatch(lease, "{\"metadata\":{\"annotations\":{\"drain\":\"alice: node 7\"}}}")
                .ok();
        start(scaler(allocator).pods(1, 12).buffer(15).deployment(controller.name()));

        // Its slots are no room, so there is another pod for the buffer; it is neither called back nor taken away.
        await().atMost(PATIENCE).until(() -> controller.pods().size() == 3);
        await().during(CALM.multipliedBy(2)).atMost(PATIENCE).until(() -> controller.replicas() == 3);
        assertThat(mark(names.get(0))).isEqualTo("alice: node 7");
    }
}
