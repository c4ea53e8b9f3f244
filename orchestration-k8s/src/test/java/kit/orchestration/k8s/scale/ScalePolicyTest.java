package kit.orchestration.k8s.scale;

import static kit.orchestration.k8s.scale.PoolPod.Phase.COMING;
import static kit.orchestration.k8s.scale.PoolPod.Phase.DRAINING;
import static kit.orchestration.k8s.scale.PoolPod.Phase.IDLE;
import static kit.orchestration.k8s.scale.PoolPod.Phase.LATE;
import static kit.orchestration.k8s.scale.PoolPod.Phase.OPEN;
import static kit.orchestration.k8s.scale.PoolPod.Phase.OUT;
import static kit.orchestration.k8s.scale.PoolPod.Phase.STOPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScalePolicy.Buffer;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.ScalePolicy.Plan;
import kit.orchestration.k8s.scale.ScalePolicy.Sight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How many pods there are to be, and which may go: pods of ten slots, a buffer of five, one to ten pods. */
class ScalePolicyTest {

    private static final int SLOTS = 10;
    private static final OptionalInt LITTLE = OptionalInt.of(0);
    private static final OptionalInt NOT_WATCHED = OptionalInt.empty();

    private final List<PoolPod> pods = new ArrayList<>();
    private int replicas = -1;
    private int slotsPerPod = SLOTS;
    private Order order = Order.BY_COST;
    private boolean isStuck;
    private int unseen;
    private Set<String> unmarkable = Set.of();
    private int least = 1;

    private ScalePolicyTest pod(Phase phase, int held) {
        return pod(phase, held, "r1");
    }

    private ScalePolicyTest pod(Phase phase, int held, String revision) {
        return pod(phase, held, revision, false);
    }

    private ScalePolicyTest pod(Phase phase, int held, String revision, boolean isCheap) {
        int ordinal = pods.size();
        pods.add(new PoolPod("p-" + ordinal, SLOTS, held, phase, ordinal, revision, isCheap));
        return this;
    }

    /** One that the scaler has said to go first. */
    private ScalePolicyTest cheap(Phase phase, int held) {
        return pod(phase, held, "r1", true);
    }

    private ScalePolicyTest pods(int count, int held) {
        IntStream.range(0, count).forEach(i -> pod(OPEN, held));
        return this;
    }

    private Plan plan(int waiting, OptionalInt calm) {
        return plan(waiting, calm, true);
    }

    private Plan plan(int waiting, OptionalInt calm, boolean isCertain) {
        int seen = replicas < 0 ? pods.size() : replicas;
        return new ScalePolicy(least, 10, new Buffer(5, false), order)
                .plan(new Sight(pods, waiting, seen, slotsPerPod, isCertain, 0, unseen, isStuck, unmarkable), calm);
    }

    private static void assertNothing(Plan plan, int replicas) {
        assertThat(plan.isNothing(replicas)).as(plan.toString()).isTrue();
    }

    // ---- up ----

    @ParameterizedTest
    @CsvSource({
        "3, 0, 0, 3", // 27 free
        "3, 8, 0, 3", // 6 free
        "3, 9, 0, 4", // 3 free, 5 wanted
        "3, 9, 10, 5", // 12 lack
        "3, 10, 100, 10", // 105 lack: no more than the most
        "0, 0, 1, 1",
        "0, 0, 6, 2",
        "0, 0, 0, 1", // the buffer, and the least
    })
    void it_grows_at_once_by_what_waits_and_by_what_the_buffer_lacks(int count, int held, int waiting, int wanted) {
        Plan plan = pods(count, held).plan(waiting, NOT_WATCHED);

        assertThat(plan.replicas()).isEqualTo(wanted);
        assertThat(plan.needed()).isEqualTo(count * held + waiting + 5);
        assertThat(plan.mark()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "5, 5", "6, 6", "16, 7"})
    void pods_on_their_way_count(int waiting, int wanted) {
        replicas = 5; // one starts, and one is not made yet: 20 slots, and 5 of 15 are wanted free
        pods(3, 10).pod(COMING, 0);

        assertThat(plan(waiting + 10, NOT_WATCHED).replicas()).isEqualTo(wanted);
    }

    @Test
    void as_long_as_nobody_knows_how_large_a_pod_is_one_tells_it() {
        slotsPerPod = 0;
        least = 0;
        assertThat(plan(70, NOT_WATCHED).replicas()).isEqualTo(1);
        replicas = 1;
        assertNothing(plan(70, NOT_WATCHED), 1);
        slotsPerPod = SLOTS;
        assertThat(plan(70, NOT_WATCHED).replicas()).isEqualTo(8);
    }

    @Test
    void from_nothing_it_stays_at_nothing_without_need() {
        least = 0;
        ScalePolicy policy = new ScalePolicy(0, 10, new Buffer(20, true), Order.BY_COST);
        assertNothing(policy.plan(new Sight(List.of(), 0, 0, SLOTS, true), NOT_WATCHED), 0);
        assertThat(policy.plan(new Sight(List.of(), 1, 0, SLOTS, true), NOT_WATCHED)
                        .replicas())
                .isEqualTo(1);
    }

    @Test
    void a_drain_is_called_off_before_a_pod_is_asked_for_and_the_fullest_first() {
        pods(1, 6).pod(DRAINING, 2).pod(DRAINING, 7).pod(IDLE, 0);

        Plan one = plan(2, LITTLE); // 4 free, 7 wanted
        assertThat(one.unmark()).containsExactly("p-2");
        assertThat(one.replicas()).isEqualTo(4);
        Plan all = plan(30, LITTLE); // 31 lack, and there are 3, 8, 10
        assertThat(all.unmark()).containsExactly("p-2", "p-1", "p-3");
        assertThat(all.replicas()).isEqualTo(5);
    }

    @Test
    void of_idle_pods_that_are_being_taken_away_none_is_called_back() {
        replicas = 2;
        pods(1, 10).pod(DRAINING, 2).pod(IDLE, 0).pod(IDLE, 0);

        Plan plan = plan(20, LITTLE);

        assertThat(plan.unmark()).containsExactly("p-1");
        assertThat(plan.replicas()).isEqualTo(4);
    }

    @Test
    void a_pod_that_is_out_is_no_room_and_is_replaced() {
        pods(1, 6).pod(OUT, 0).pod(OUT, 3);

        assertThat(plan(0, NOT_WATCHED).replicas()).isEqualTo(4);
    }

    // ---- down: which drain ----

    @Test
    void the_emptiest_are_asked_to_drain_and_as_many_as_can_be_spared() {
        for (int held : new int[] {4, 0, 1, 8, 3, 2, 1, 2, 0, 9}) {
            pod(OPEN, held);
        }

        Plan plan = plan(0, LITTLE); // 30 held, 35 needed: 4 pods stay

        assertThat(plan.mark()).containsExactly("p-8", "p-1", "p-6", "p-2", "p-7", "p-5");
        assertThat(plan.replicas()).isEqualTo(10);
    }

    @Test
    void the_highest_numbers_of_a_stateful_set() {
        order = Order.BY_ORDINAL;
        pods(3, 9).pod(OPEN, 0).pod(OPEN, 3);

        assertThat(plan(0, OptionalInt.of(35)).mark()).containsExactly("p-4");
    }

    @ParameterizedTest
    @CsvSource({"35, 6", "41, 5", "100, 0", "101, 0"})
    void what_was_needed_of_late_stays(int calm, int spared) {
        pods(10, 3);

        assertThat(plan(0, OptionalInt.of(calm)).mark()).hasSize(spared);
    }

    @Test
    void none_is_spared_before_it_was_watched_for_long_enough_or_if_it_is_not_seen() {
        pods(10, 0);

        assertNothing(plan(0, NOT_WATCHED), 10);
        assertNothing(plan(0, LITTLE, false), 10);
    }

    @Test
    void the_least_stay() {
        least = 4;
        pods(10, 0);
        assertThat(plan(0, LITTLE).mark()).hasSize(6);
    }

    @Test
    void those_beyond_the_most_drain_though_they_are_needed_and_are_not_called_back() {
        pods(12, 10);
        Plan plan = plan(0, LITTLE);
        assertThat(plan.mark()).as("while slots lack, none goes").isEmpty();
        assertThat(plan.replicas()).isEqualTo(12);

        pods.clear();
        pods(12, 9);
        assertThat(plan(0, OptionalInt.of(120)).mark()).hasSize(2);
        pods.clear();
        pods(10, 9).pod(DRAINING, 9).pod(DRAINING, 9);
        assertThat(plan(30, OptionalInt.of(120)).unmark()).isEmpty();
    }

    // ---- down: how many go ----

    @ParameterizedTest
    @EnumSource(Order.class)
    void an_idle_pod_goes(Order each) {
        order = each;
        pods(2, 3).cheap(IDLE, 0);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.replicas()).isEqualTo(2);
        assertThat(plan.cheap()).isEmpty();
        assertThat(plan.dear()).isEmpty();
    }

    /** What the server has answered, the ReplicaSet's controller need not have heard. */
    @Test
    void not_before_its_cost_was_seen_on_it() {
        pods(3, 3).pod(IDLE, 0);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.cheap()).containsExactly("p-3");
        assertThat(plan.replicas()).isEqualTo(4);
        assertThat(plan.isNothing(4)).isFalse();
    }

    /** Its mark was taken away by hand, or the leader died between two writes. */
    @ParameterizedTest
    @CsvSource({"OPEN, 3", "COMING, 0", "DRAINING, 2", "OUT, 1"})
    void one_that_may_play_costs_as_much_as_others_before_any_goes(Phase phase, int held) {
        pods(2, 3).cheap(IDLE, 0).cheap(phase, held);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.dear()).containsExactly("p-3");
        assertThat(plan.replicas()).isEqualTo(4);
        assertThat(plan.isNothing(4)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"ANY_UNREADY", "BY_ORDINAL"})
    void where_costs_say_nothing_none_is_said(Order each) {
        order = each;
        pods(2, 3).cheap(OPEN, 3).pod(IDLE, 0);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.replicas()).isEqualTo(3);
        assertThat(plan.cheap()).isEmpty();
        assertThat(plan.dear()).isEmpty();
    }

    /** A controller carries out what it has decided, however late; a lowering without an answer may come yet. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void one_that_was_let_go_is_not_called_back_and_another_is_asked_for(Order each) {
        order = each;
        pods(2, 10).cheap(IDLE, 0).pod(IDLE, 0);

        Plan plan = plan(6, LITTLE);

        assertThat(plan.unmark()).containsExactly("p-3");
        assertThat(plan.replicas()).isEqualTo(5);
    }

    /** Those that go are as good as gone, so what was asked for is on its way; when none goes any more it is not. */
    @Test
    void what_was_asked_for_while_others_go_is_not_asked_for_twice() {
        pods(1, 10).cheap(IDLE, 0).cheap(IDLE, 0).cheap(IDLE, 0).cheap(IDLE, 0);
        replicas = 3;
        assertThat(plan(15, LITTLE).replicas())
                .as("of five two go, and two that stay are of no use")
                .isEqualTo(3);
        replicas = 5;
        assertThat(plan(15, LITTLE).replicas()).isEqualTo(7);
    }

    /** Idle ones that were let go would stand in the way of those that are wanted for ever. */
    @Test
    void at_the_most_those_that_were_let_go_make_room() {
        pods(8, 10).cheap(IDLE, 0).cheap(IDLE, 0);

        assertThat(plan(20, NOT_WATCHED).replicas()).isEqualTo(8);
        order = Order.BY_ORDINAL;
        assertThat(plan(20, NOT_WATCHED).replicas()).isEqualTo(8);
    }

    /** It has no session, but may get one: it is asked to drain, as others are, and before them. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void one_that_is_late_drains_first_when_the_others_are_enough(Order each) {
        order = each;
        pods(3, 3).pod(LATE, 0);

        assertThat(plan(0, OptionalInt.of(31)).mark()).isEmpty();
        assertThat(plan(0, NOT_WATCHED).mark()).isEmpty();
        assertThat(plan(0, OptionalInt.of(30)).mark()).containsExactly("p-3");
        assertThat(plan(0, OptionalInt.of(20)).mark()).hasSize(2).startsWith("p-3");
        assertThat(plan(0, OptionalInt.of(30)).replicas()).isEqualTo(4);
    }

    /** Where nobody says which goes it may be this one, which may open. */
    @Test
    void one_that_is_late_keeps_idle_ones_from_going_that_can_not_be_told_apart() {
        order = Order.ANY_UNREADY;
        pods(3, 3).pod(IDLE, 0);
        assertThat(plan(0, OptionalInt.of(40)).replicas()).isEqualTo(3);
        pod(LATE, 0);
        assertThat(plan(0, OptionalInt.of(40)).replicas()).isEqualTo(5);
    }

    /** Nobody misses it; and it keeps no room from those that would have it. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void one_in_which_nothing_runs_goes_when_the_others_are_enough(Order each) {
        order = each;
        pods(3, 3).cheap(STOPPED, 0);

        assertThat(plan(0, OptionalInt.of(31)).replicas()).isEqualTo(4);
        assertThat(plan(0, NOT_WATCHED).replicas()).isEqualTo(4);
        assertThat(plan(0, OptionalInt.of(30)).replicas()).isEqualTo(3);
    }

    /** Or a ReplicaSet might take one that drains in its place. */
    @Test
    void and_costs_less_than_others_before() {
        pods(3, 3).pod(STOPPED, 0);

        assertThat(plan(0, LITTLE).cheap()).containsExactly("p-3");
        assertThat(plan(0, LITTLE).replicas()).isEqualTo(4);
    }

    /** A pod whose cost can't be written keeps no other from going. */
    @Test
    void as_many_go_as_are_said_to_go_first() {
        pods(2, 3).cheap(IDLE, 0).pod(IDLE, 0);

        assertThat(plan(0, LITTLE).cheap()).containsExactly("p-3");
        assertThat(plan(0, LITTLE).replicas()).isEqualTo(3);
    }

    /** Somebody has taken it out of the pool: it is no room that comes. */
    @Test
    void pods_of_the_target_that_are_not_seen_are_not_waited_for() {
        replicas = 4;
        pods(3, 10);
        assertThat(plan(1, NOT_WATCHED).replicas()).isEqualTo(4);
        unseen = 1;
        assertThat(plan(1, NOT_WATCHED).replicas()).isEqualTo(5);
    }

    /** A quota: what was asked for comes never. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void pods_that_are_not_made_for_long_are_waited_for_by_nobody(Order each) {
        order = each;
        replicas = 5;
        pods(1, 10).pod(DRAINING, 0).pod(DRAINING, 0);
        assertThat(plan(10, LITTLE).unmark()).as("these are there").hasSize(2);
        assertThat(plan(10, LITTLE).replicas()).isEqualTo(5);
        assertThat(plan(40, LITTLE).replicas()).isEqualTo(6);

        isStuck = true;
        assertThat(plan(40, LITTLE).replicas()).as("more would not come either").isEqualTo(5);

        pods.clear();
        pods(1, 0).cheap(IDLE, 0).cheap(IDLE, 0);
        assertThat(plan(0, LITTLE).replicas()).isLessThan(5);
    }

    @Test
    void one_whose_Lease_takes_no_mark_is_passed_over() {
        pods(3, 1);
        unmarkable = Set.of("p-2");
        assertThat(plan(0, OptionalInt.of(10)).mark())
                .containsExactly("p-1", "p-0")
                .hasSize(2);
    }

    @Test
    void of_a_StatefulSet_none_below_it_is_marked_since_none_can_go() {
        order = Order.BY_ORDINAL;
        pods(3, 1);
        unmarkable = Set.of("p-2");
        assertThat(plan(0, OptionalInt.of(10)).mark()).isEmpty();
    }

    @Test
    void above_the_most_idle_pods_go_though_slots_lack() {
        pods(10, 10).cheap(IDLE, 0).cheap(IDLE, 0);

        assertThat(plan(7, LITTLE).replicas()).isEqualTo(10);
    }

    /** As another leader has marked them, with other settings. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void of_idle_pods_the_least_stay(Order each) {
        order = each;
        least = 3;
        pods(1, 1).cheap(IDLE, 0).cheap(IDLE, 0).cheap(IDLE, 0);
        assertThat(plan(0, LITTLE).replicas()).isEqualTo(3);
    }

    @Test
    void where_costs_can_be_said_it_goes_beside_others_that_drain() {
        pods(2, 3).pod(DRAINING, 4).cheap(IDLE, 0).pod(OUT, 7);

        assertThat(plan(0, LITTLE).replicas()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"DRAINING, 4, 4", "DRAINING, 0, 4", "OUT, 4, 4", "OUT, 0, 4", "STOPPED, 0, 2"})
    void where_they_can_not_it_waits_for_all_that_a_replica_set_might_take(Phase other, int held, int wanted) {
        order = Order.ANY_UNREADY;
        pods(2, 3).pod(other, held).pod(IDLE, 0);

        assertThat(plan(0, LITTLE).replicas()).isEqualTo(wanted);
    }

    @Test
    void where_they_can_not_none_begins_to_drain_while_one_goes() {
        order = Order.ANY_UNREADY;
        pods(5, 1).pod(IDLE, 0);
        assertThat(plan(0, LITTLE).mark()).isEmpty();
        replicas = 5;
        assertThat(plan(0, LITTLE).mark()).isEmpty();
        order = Order.BY_COST;
        assertThat(plan(0, LITTLE).mark()).isNotEmpty();
    }

    @Test
    void of_a_stateful_set_only_a_run_of_idle_pods_at_the_top_goes() {
        order = Order.BY_ORDINAL;
        pods(2, 3).pod(IDLE, 0).pod(DRAINING, 1).pod(IDLE, 0).pod(IDLE, 0);
        assertThat(plan(0, LITTLE).replicas()).isEqualTo(4);

        replicas = 4; // those two go already
        assertNothing(plan(0, OptionalInt.of(20)), 4);
    }

    /** Of {@code ordinals.start: 3} the number 9 is not the highest of ten; nor is 3 of four while 2 is missing. */
    @Test
    void of_a_stateful_set_none_goes_while_there_are_numbers_that_its_size_does_not_tell() {
        order = Order.BY_ORDINAL;
        for (int ordinal = 3; ordinal < 13; ordinal++) {
            Phase phase = ordinal == 9 ? IDLE : OPEN;
            pods.add(new PoolPod("p-" + ordinal, SLOTS, phase == IDLE ? 0 : 6, phase, ordinal, "r1", true));
        }
        assertNothing(plan(0, OptionalInt.of(90)), 10);
        pods.clear();
        replicas = 4;
        pods(2, 1);
        pods.add(new PoolPod("p-3", SLOTS, 2, OPEN, 3, "r1", false));
        pods.add(new PoolPod("p-4", SLOTS, 0, IDLE, 4, "r1", true));
        assertNothing(plan(0, OptionalInt.of(40)), 4);
        assertThat(plan(60, LITTLE).unmark()).as("it is being taken away").isEmpty();
    }

    @Test
    void what_was_lowered_is_not_lowered_again_while_the_pods_are_still_there() {
        replicas = 3;
        pods(2, 3).cheap(IDLE, 0).cheap(IDLE, 0);
        assertThat(plan(0, OptionalInt.of(20)).replicas()).isEqualTo(2);
        replicas = 2;
        assertNothing(plan(0, OptionalInt.of(20)), 2);
    }

    // ---- what was let go without a cost ----

    /** One of which no cost is said. */
    private ScalePolicyTest letGo(Phase phase, int held) {
        pod(phase, held);
        int last = pods.size() - 1;
        pods.set(last, pods.get(last).going(false, true));
        return this;
    }

    /** A right to costs that comes later finds what a lowering without it has let go. */
    @Test
    void what_was_let_go_without_a_cost_is_not_taken_for_one_that_costs_less() {
        pods(1, 3).pod(OUT, 3).letGo(IDLE, 0);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.replicas())
                .as("it would be either of two that are not ready")
                .isEqualTo(3);
        assertThat(plan.cheap()).containsExactly("p-2");
    }

    /** As while a cost that was refused is tried again. */
    @Test
    void while_one_goes_of_which_no_cost_is_said_none_begins_to_drain() {
        replicas = 5;
        pods(5, 1).letGo(IDLE, 0);
        assertThat(plan(0, LITTLE).mark()).isEmpty();
        pods.set(5, pods.get(5).going(true, true));
        assertThat(plan(0, LITTLE).mark()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"BY_COST, ''", "ANY_UNREADY, 'p-1 p-2'", "BY_ORDINAL, 'p-1 p-2'"})
    void where_no_cost_is_said_all_that_may_go_are_let_go_before_the_number_is_lowered(Order by, String names) {
        order = by;
        pods(1, 3).cheap(IDLE, 0).cheap(IDLE, 0);

        Plan plan = plan(0, LITTLE);

        assertThat(plan.replicas()).isEqualTo(1);
        assertThat(String.join(" ", plan.letGo())).isEqualTo(names);
        assertThat(plan(30, LITTLE).letGo()).as("nothing is lowered").isEmpty();
    }

    /** A controller has more pods than asked for then, and would get as many more for each that is asked for. */
    @ParameterizedTest
    @EnumSource
    void a_rollout_is_not_taken_for_a_lowering_that_is_under_way(Order by) {
        order = by;
        replicas = 8;
        pods(7, 3).cheap(OPEN, 3).pod(COMING, 0, "r2").pod(COMING, 0, "r2");

        Plan plan = plan(0, NOT_WATCHED);

        assertThat(plan.replicas()).isEqualTo(8);
        assertThat(plan.dear()).isEqualTo(by == Order.BY_COST ? List.of("p-7") : List.of());
    }

    /** Its lowering has failed, and pods above it were made since: nothing takes it away any more. */
    @Test
    void of_a_stateful_set_one_below_a_pod_that_was_made_since_is_let_go_no_more() {
        order = Order.BY_ORDINAL;
        pods(2, 10).letGo(IDLE, 0).pod(OPEN, 10).letGo(IDLE, 0);

        Plan plan = plan(30, LITTLE);

        assertThat(plan.unmark()).as("the one above it may go at any time").containsExactly("p-2");
    }

    // ---- pods that can't be written about ----

    @ParameterizedTest
    @EnumSource
    void who_waits_gets_a_pod_though_a_drain_can_not_be_called_off(Order by) {
        order = by;
        pods(1, 10).pod(DRAINING, 0);
        unmarkable = Set.of("p-1");

        Plan plan = plan(5, LITTLE);

        assertThat(plan.replicas()).isEqualTo(3);
        assertThat(plan.unmark()).isEmpty();
    }

    /** As by a policy that lets nobody write pods. */
    @Test
    void idle_pods_that_take_no_cost_go_as_where_none_may_be_said() {
        pods(2, 3).pod(IDLE, 0).pod(IDLE, 0);
        assertThat(plan(0, LITTLE).replicas()).isEqualTo(4);
        unmarkable = Set.of("p-3");

        Plan plan = plan(0, LITTLE);

        assertThat(plan.replicas()).isEqualTo(2);
        assertThat(plan.letGo()).containsExactly("p-2", "p-3");
        pod(DRAINING, 1);
        assertThat(plan(0, LITTLE).replicas()).as("it may be that one").isEqualTo(5);
    }

    @Test
    void one_whose_cost_can_not_be_taken_away_holds_up_no_other_if_it_is_open() {
        pods(1, 3).cheap(OPEN, 3).cheap(IDLE, 0).cheap(IDLE, 0);
        assertThat(plan(0, LITTLE).replicas()).as("until its cost is written").isEqualTo(4);
        unmarkable = Set.of("p-1");

        assertThat(plan(0, LITTLE).replicas())
                .as("it is ready: others go first")
                .isEqualTo(2);
        pods.set(1, new PoolPod("p-1", SLOTS, 3, DRAINING, 1, "r1", true));
        assertThat(plan(0, LITTLE).replicas()).as("it would go like them").isEqualTo(4);
    }

    @Test
    void while_one_template_takes_over_from_another_none_goes() {
        pod(OPEN, 3, "r1").pod(OPEN, 3, "r2").pod(OPEN, 0, "r1");
        assertNothing(plan(0, OptionalInt.of(11)), 3);
    }

    /** The controller goes on only when as many are ready: marked ones would keep it waiting, and it them, for ever. */
    @Test
    void nor_does_one_drain_then() {
        pod(OPEN, 3, "r1").pod(OPEN, 3, "r2").pod(IDLE, 0, "r2").pod(DRAINING, 1, "r1");
        replicas = 3; // one more than that is made at a time
        Plan plan = plan(0, OptionalInt.of(12));

        assertThat(plan.unmark()).containsExactlyInAnyOrder("p-2", "p-3");
        assertThat(plan.mark()).isEmpty();
        assertThat(plan.replicas()).isEqualTo(3);
    }

    /** A rollout that is stuck, or a pod that somebody keeps for a look at it, has its own revision for ever. */
    @Test
    void idle_pods_are_called_back_also_while_there_are_more_than_asked_for() {
        pod(OPEN, 10, "r1").pod(IDLE, 0, "r1").pod(OUT, 0, "");
        replicas = 2;

        assertThat(plan(3, NOT_WATCHED).unmark()).containsExactly("p-1");
    }

    /** The next of its number is made when it is gone, which may take as long as its sessions. */
    @Test
    void a_pod_that_leaves_a_StatefulSet_is_no_pod_on_its_way() {
        order = Order.BY_ORDINAL;
        pods(2, 10);
        Sight sight = new Sight(pods, 4, 3, SLOTS, true, 1, 0, false, Set.of());

        assertThat(new ScalePolicy(1, 10, new Buffer(5, false), order)
                        .plan(sight, NOT_WATCHED)
                        .replicas())
                .isEqualTo(4);
    }

    @Test
    void while_pods_start_none_goes_since_those_would() {
        pods(2, 3).pod(COMING, 0).pod(IDLE, 0);
        assertNothing(plan(0, OptionalInt.of(30)), 4);
        pods.clear();
        replicas = 4;
        pods(2, 3).pod(IDLE, 0);
        assertNothing(plan(0, OptionalInt.of(30)), 4);
    }

    @Test
    void if_the_pods_are_not_seen_as_they_are_it_only_grows() {
        pods(2, 3).pod(IDLE, 0);
        assertNothing(plan(0, LITTLE, false), 3);
        assertThat(plan(40, LITTLE, false).replicas()).isGreaterThan(3);
    }

    // ---- settings ----

    @ParameterizedTest
    @CsvSource({"0, 20, 0", "1, 20, 1", "5, 20, 1", "6, 20, 2", "100, 0, 0", "100, 1000, 1000"})
    void a_buffer_in_percent_is_rounded_up(int used, int percent, int slots) {
        assertThat(new Buffer(percent, true).slots(used)).isEqualTo(slots);
    }

    @ParameterizedTest
    @CsvSource({"-1, 3", "3, 2", "0, 0", "0, 100001"})
    void the_numbers_of_pods_are_checked(int from, int to) {
        assertThatThrownBy(() -> new ScalePolicy(from, to, new Buffer(5, false), Order.BY_COST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(from + " to " + to);
    }

    // ---- what the settings say ----

    /** By nobody, since the number is no higher than that; one left by other settings is called back. */
    @ParameterizedTest
    @EnumSource(Order.class)
    void at_the_least_an_idle_pod_was_not_let_go(Order order) {
        this.order = order;
        least = 2;
        pods(1, 10).cheap(IDLE, 0);

        Plan plan = plan(15, NOT_WATCHED);
        assertThat(plan.unmark()).containsExactly("p-1");
        assertThat(plan.dear()).isEqualTo(order == Order.BY_COST ? List.of("p-1") : List.of());
        least = 1;
        assertThat(plan(15, NOT_WATCHED).unmark()).isEmpty();
    }

    /** They would never go, and are as many as there are to be. */
    @Test
    void below_the_least_drains_are_called_off_though_nothing_is_lacking() {
        pods(2, 0).pod(DRAINING, 3).pod(DRAINING, 5);
        assertThat(plan(0, NOT_WATCHED).unmark()).isEmpty();
        least = 3;

        Plan plan = plan(0, NOT_WATCHED);
        assertThat(plan.unmark()).containsExactly("p-3");
        assertThat(plan.replicas()).isEqualTo(4);
    }

    /** Or it would drain and come back again and again. */
    @Test
    void for_one_that_is_late_none_is_called_back() {
        least = 2;
        pod(OPEN, 0).pod(LATE, 0).pod(DRAINING, 0);

        assertThat(plan(0, LITTLE).unmark()).isEmpty();
    }
}
