package kit.orchestration.k8s.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocatorListener;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.PodReader;
import kit.orchestration.k8s.view.Reach;
import kit.orchestration.k8s.view.Writes;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.local.ManualClock;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.Test;

/**
 * How many calls are made for how many orphans, and when: by a server that counts them, and a clock that the test
 * moves.
 */
class SweeperTest {

    private static final int CROWD = 600;

    private final ManualClock clock = new ManualClock();
    private final Server server = new Server();
    /** The Leases whose pods the view does not have. */
    private final Set<String> orphans = new HashSet<>();

    private final Set<String> successors = new HashSet<>();

    private final Sweeper sweeper =
            new Sweeper(context(), lease -> orphans.contains(lease.name()), successors::contains);

    private ClusterContext context() {
        return new ClusterContext(
                new LeaseApi(server, "games", Duration.ofSeconds(5), new Reach(clock::nanoTime), clock::nanoTime),
                new PodReader(new KubernetesSerialization(), "games"),
                null,
                new Reach(clock::nanoTime),
                new Loop(clock.scheduler(), clock::nanoTime),
                new Timing(clock, clock::nanoTime, clock.scheduler()),
                new Random(7),
                null,
                TokenSigner.of(SigningKey.generateEd25519()),
                AllocatorListener.NONE,
                new Writes(),
                Duration.ofSeconds(5));
    }

    private static final class Server implements Transport {
        private final Queue<Ask> asked = new ArrayDeque<>();
        private final Queue<CompletableFuture<Answer>> answers = new ArrayDeque<>();

        @Override
        public URI server() {
            return URI.create("https://192.0.2.1");
        }

        @Override
        public CompletableFuture<Answer> send(Ask ask) {
            asked.add(ask);
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
        }

        @Override
        public Stream lines(Ask ask, Listener listener) {
            throw new UnsupportedOperationException("nobody watches here");
        }

        /** Answers the oldest: no pod is there, and every Lease can be deleted. */
        void answer() {
            boolean look = asked.remove().method().equals("GET");
            answers.remove().complete(look ? Statuses.answer(404) : new Answer(200, "{\"kind\":\"Status\"}", ""));
        }
    }

    private Lease orphan(int number) {
        Lease lease = new Lease(
                "orchestration-arena-" + number,
                "uid-" + number,
                "",
                1,
                "arena",
                "arena-" + number,
                "pod-" + number,
                false,
                null,
                null,
                null,
                List.of(),
                Map.of(),
                false,
                null,
                null,
                100);
        orphans.add(lease.name());
        sweeper.suspect(lease);
        return lease;
    }

    @Test
    void so_is_one_whose_pod_was_replaced_before_it_was_seen() {
        successors.add("arena-1");
        orphan(1);

        clock.advance(Duration.ofSeconds(1));

        assertThat(server.asked).hasSize(1);
    }

    private void crowd() {
        for (int number = 0; number < CROWD; number++) {
            orphan(number);
        }
    }

    @Test
    void the_garbage_collector_is_given_its_time() {
        crowd();
        clock.advance(Sweeper.COLLECTOR.minusMillis(1));
        orphans.clear(); // it has come

        clock.advance(Sweeper.COLLECTOR.plusMillis(1));

        assertThat(server.asked).isEmpty();
    }

    @Test
    void a_crowd_is_looked_into_and_deleted_a_few_at_a_time() {
        crowd();
        clock.advance(Sweeper.COLLECTOR.multipliedBy(2));

        int calls = 0;
        while (!server.asked.isEmpty()) {
            assertThat(server.asked).hasSizeLessThanOrEqualTo(2);
            server.answer();
            calls++;
        }

        assertThat(calls).isEqualTo(2 * CROWD);
    }

    @Test
    void a_lease_in_the_way_of_a_pod_that_waits_is_deleted_at_once() {
        Lease inTheWay = orphan(1);
        orphan(2);

        sweeper.isAwaited(inTheWay.name());
        sweeper.isAwaited(inTheWay.name());
        clock.advance(Duration.ofSeconds(1));
        assertThat(server.asked)
                .singleElement()
                .satisfies(ask -> assertThat(ask.path()).endsWith("/pods/arena-1"));
        server.answer();

        assertThat(server.asked)
                .singleElement()
                .satisfies(ask -> assertThat(ask.method() + ask.path())
                        .startsWith("DELETE")
                        .endsWith(inTheWay.name()));
        server.answer();
        clock.advance(Sweeper.COLLECTOR.multipliedBy(2));
        assertThat(server.asked)
                .singleElement()
                .satisfies(ask -> assertThat(ask.path()).endsWith("/pods/arena-2"));
    }

    /** Its pod may play on. */
    @Test
    void that_a_proxy_finds_no_pod_is_no_proof_that_it_is_gone() {
        sweeper.isAwaited(orphan(1).name());
        clock.advance(Duration.ofSeconds(1));
        server.asked.remove();
        server.answers.remove().complete(new Transport.Answer(404, "<html>no such backend</html>", ""));

        clock.advance(Duration.ofMinutes(1));
        assertThat(server.asked)
                .singleElement()
                .satisfies(ask -> assertThat(ask.method()).isEqualTo("GET"));
    }
}
