package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.k8s.scale.ScaleCalls.Scale;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.TestPods;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleCallsTest {

    private static final ScaleTarget DUEL = ScaleTarget.deployment("duel");

    private static final String SCALE = "{\"kind\":\"Scale\",\"metadata\":{\"resourceVersion\":\"7\"},"
            + "\"spec\":{\"replicas\":3},\"status\":{\"replicas\":2,\"selector\":\"app=duel,track=stable\"}}";

    private static final String POD = "{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"12\"}}";

    private final List<Transport.Ask> asks = new ArrayList<>();
    private Transport.Answer answer = new Transport.Answer(200, SCALE, "");

    private @Nullable RuntimeException broken;
    private final ScaleCalls calls = new ScaleCalls(
            new Transport() {
                @Override
                public URI server() {
                    return URI.create("https://10.96.0.1");
                }

                @Override
                public CompletableFuture<Answer> send(Ask ask) {
                    asks.add(ask);
                    if (broken != null) {
                        throw broken;
                    }
                    return CompletableFuture.completedFuture(answer);
                }

                @Override
                public Stream lines(Ask ask, Listener listener) {
                    throw new UnsupportedOperationException();
                }
            },
            "games",
            Duration.ofSeconds(5));

    /** An interceptor, or whoever gives it its token. */
    @Test
    void a_client_that_throws_is_a_failure_like_any() {
        broken = new IllegalStateException("no token");

        assertThat(error(calls.read(DUEL))).hasMessageContaining("no token");
    }

    private static ApiException error(CompletableFuture<?> call) {
        return ApiException.of(call.handle((done, failure) -> failure).join());
    }

    @Test
    void it_reads_and_sets_the_number_as_it_was_seen() {
        Scale seen = calls.read(DUEL).join();
        assertThat(seen).isEqualTo(new Scale(3, "7", 2, "app=duel,track=stable"));

        calls.write(DUEL, seen, 4).join();

        assertThat(asks)
                .extracting(Transport.Ask::path)
                .containsOnly("/apis/apps/v1/namespaces/games/deployments/duel/scale");
        assertThat(asks.get(1).body()).contains("\"resourceVersion\":\"7\"", "\"replicas\":4");
    }

    @Test
    void a_target_without_pods_says_no_number_and_one_of_its_own_kind_no_selector() {
        answer = new Transport.Answer(
                200, "{\"kind\":\"Scale\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}", "");
        assertThat(calls.read(new ScaleTarget("v1", "replicationcontrollers", "duel", false))
                        .join())
                .isEqualTo(new Scale(0, "7", 0, ""));
        assertThat(asks.get(0).path()).isEqualTo("/api/v1/namespaces/games/replicationcontrollers/duel/scale");
    }

    @Test
    void a_page_of_a_proxy_is_no_scale() {
        answer = new Transport.Answer(200, "<html>", "");
        assertThat(error(calls.read(DUEL)).kind()).isEqualTo(Kind.UNKNOWN);
        answer = new Transport.Answer(200, "{\"metadata\":{\"resourceVersion\":\"7\"}}", "");
        assertThat(error(calls.read(DUEL)).kind()).isEqualTo(Kind.UNKNOWN);
    }

    @Test
    void a_refusal_names_the_call_and_the_component_that_gives_the_right() {
        answer = new Transport.Answer(403, "{\"kind\":\"Status\",\"message\":\"cannot patch\"}", "");

        ApiException scale = error(calls.write(DUEL, new Scale(3, "7", 2, ""), 4));
        assertThat(scale.problem() + ScaleCalls.wayOut(scale))
                .contains("the patch of the scale of deployments/duel in namespace games", "403", "cannot patch")
                .contains("give the allocator's service account the Role of deploy/scaler (");
        ApiException cost = error(calls.cheap("duel-1", "u", true));
        assertThat(cost.problem() + ScaleCalls.wayOut(cost))
                .contains("the patch of pod duel-1", "the Role of deploy/scaler/cost (");
        ApiException lease = error(calls.annotate("duel.waiting.orchestration.kit", "a", "1"));
        assertThat(lease.problem() + ScaleCalls.wayOut(lease))
                .contains("the patch of lease duel.waiting", "the Role of deploy/base/allocator.yaml");
    }

    @Test
    void a_cost_is_said_of_that_pod_alone_and_taken_back() {
        answer = new Transport.Answer(200, POD, "");
        calls.cheap("duel-1", "u", true).join();
        calls.cheap("duel-1", "u", false).join();
        assertThat(asks.get(0).body())
                .contains("\"uid\":\"u\"", "\"controller.kubernetes.io/pod-deletion-cost\":\"-1000\"");
        assertThat(asks.get(1).body()).contains("\"controller.kubernetes.io/pod-deletion-cost\":null");
    }

    /** The right may have been given meanwhile. */
    @Test
    void who_may_not_say_costs_tries_it_again_after_five_minutes() {
        AtomicLong nanos = new AtomicLong(-7);
        Costs costs = new Costs(calls, nanos::get);
        assertThat(costs.mayBeSaid()).isTrue();
        answer = new Transport.Answer(403, "{}", "");
        costs.say("duel-1", "u", true).join();
        assertThat(costs.mayBeSaid()).isFalse();
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        assertThat(costs.mayBeSaid()).isFalse();
        nanos.addAndGet(1);
        assertThat(costs.mayBeSaid()).isTrue();

        costs.say("duel-1", "u", true).join();
        assertThat(costs.mayBeSaid()).as("refused anew").isFalse();

        answer = new Transport.Answer(200, POD, "");
        costs.say("duel-1", "u", true).join();
        assertThat(costs.mayBeSaid()).isTrue();
    }

    /** Its watch may be late by any time, and by then the pod may have sessions again. */
    @Test
    void what_was_said_counts_until_the_view_has_seen_it() {
        Costs costs = new Costs(calls, () -> 0);
        answer = new Transport.Answer(200, POD, "");
        costs.say("duel-1", "u", true).join();

        assertThat(costs.known(sighting(11, false), Order.BY_COST).isLetGo()).isTrue();
        assertThat(costs.known(sighting(12, true), Order.BY_COST).isLetGo()).isTrue();
        assertThat(costs.known(sighting(13, false), Order.BY_COST).isLetGo())
                .as("somebody else has said otherwise")
                .isFalse();
        costs.keep(Set.of("u"));
        assertThat(costs.known(sighting(11, false), Order.BY_COST).isLetGo()).isTrue();
        costs.keep(Set.of());
        assertThat(costs.known(sighting(11, false), Order.BY_COST).isLetGo())
                .as("forgotten")
                .isFalse();
    }

    /** Where no cost is said nothing else tells: a lowering without an answer may be carried out yet. */
    @Test
    void a_pod_that_was_let_go_without_a_cost_is_so_until_it_is_gone() {
        Costs costs = new Costs(calls, () -> 0);
        assertThat(costs.known(sighting(11, false), Order.ANY_UNREADY).isLetGo())
                .isFalse();
        letGo(costs, new HttpTimeoutException("no answer"));
        costs.keep(Set.of("u"));
        assertThat(costs.known(sighting(12, false), Order.ANY_UNREADY).isLetGo())
                .isTrue();
        assertThat(costs.known(sighting(12, false), Order.ANY_UNREADY).isCheap())
                .as("no cost is said")
                .isFalse();

        letGo(costs, refusal(409, "Conflict"));
        assertThat(costs.known(sighting(12, false), Order.ANY_UNREADY).isLetGo())
                .as("by the one before")
                .isTrue();
        costs.keep(Set.of());
        assertThat(costs.known(sighting(12, false), Order.ANY_UNREADY).isLetGo())
                .isFalse();
    }

    /** It is in the memory of the one that has marked it, and that may be gone. */
    @Test
    void an_idle_pod_that_another_has_marked_may_be_let_go_where_no_cost_is_said() {
        Costs costs = new Costs(calls, () -> 0);
        Sighting others = new Sighting(
                sighting(11, false).known(),
                "u",
                11,
                null,
                true,
                new PoolPod("duel-1", 1, 0, PoolPod.Phase.IDLE, 1, "r1", false));

        assertThat(costs.known(others, Order.BY_ORDINAL).isLetGo()).isTrue();
        assertThat(costs.known(others, Order.ANY_UNREADY).isLetGo()).isTrue();
        assertThat(costs.known(others, Order.BY_COST).isLetGo())
                .as("whether that may say a cost nobody knows yet")
                .isTrue();
        assertThat(costs.known(others, Order.BY_ORDINAL).isCheap()).isFalse();

        answer = new Transport.Answer(200, POD, "");
        costs.say("duel-2", "v", true).join();
        assertThat(costs.known(others, Order.BY_COST).isLetGo())
                .as("it would have said one")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"403, Forbidden", "404, NotFound", "409, Conflict", "422, Invalid", "429, TooManyRequests"})
    void a_lowering_that_was_refused_lets_nobody_go(int status, String reason) {
        Costs costs = new Costs(calls, () -> 0);

        letGo(costs, refusal(status, reason));

        assertThat(costs.known(sighting(12, false), Order.ANY_UNREADY).isLetGo())
                .isFalse();
    }

    private static ApiException refusal(int status, String reason) {
        String body = "{\"kind\":\"Status\",\"reason\":\"" + reason + "\"}";
        return ApiException.answered("the number", new Transport.Answer(status, body, ""));
    }

    private static void letGo(Costs costs, Throwable failure) {
        assertThat(costs.letGo(List.of("u"), () -> CompletableFuture.failedFuture(failure)))
                .isCompletedExceptionally();
    }

    private static Sighting sighting(long version, boolean isCheap) {
        KnownPod pod = TestPods.pod("duel-1", false, false, 0, "closed/b 1", null, "0");
        return new Sighting(
                pod,
                "u",
                version,
                pod.lease(),
                false,
                new PoolPod("duel-1", 1, 0, PoolPod.Phase.IDLE, 1, "r1", isCheap));
    }

    /** A token that is too old is renewed; a server that is away comes back. */
    @ParameterizedTest
    @ValueSource(ints = {401, 404, 500})
    void another_failure_is_no_refusal(int status) {
        Costs costs = new Costs(calls, () -> 0);
        answer = new Transport.Answer(status, "{}", "");

        assertThat(error(costs.say("duel-1", "u", true)).code()).isEqualTo(status);
        assertThat(costs.mayBeSaid()).isTrue();
    }

    @Test
    void a_selector_is_of_pairs() {
        LabelSelector selector = LabelSelector.parse("app=duel,track==stable");
        assertThat(selector.selects(Map.of("app", "duel", "track", "stable", "x", "y")))
                .isTrue();
        assertThat(selector.selects(Map.of("app", "duel"))).isFalse();
        assertThat(LabelSelector.parse("").selects(Map.of())).isTrue();
        assertThatThrownBy(() -> LabelSelector.parse("app in (duel,arena)"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("matchLabels alone")
                .hasMessageContaining("app in (duel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Duel", "a/b", "a?x=1", "-a", "../a"})
    void a_target_s_name_means_nothing_in_a_path(String name) {
        assertThatThrownBy(() -> ScaleTarget.deployment(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name must be");
        assertThatThrownBy(() -> new ScaleTarget("apps/v1", name, "duel", false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resource must be");
        assertThatThrownBy(() -> new ScaleTarget(name + "/x/v1", "deployments", "duel", false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("apiVersion must be");
    }
}
