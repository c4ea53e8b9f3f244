package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.examples.node.Workload.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How long things take on a node, printed: {@code ./verify --without tests --only TimesOnNode}. What is asserted is
 * that they happen.
 */
@ExtendWith(SharedNode.class)
@Timeout(400)
class TimesOnNode {

    private static final int SLOTS = 4;
    private static final int PODS = 5;
    private static final int ROUNDS = 200;
    private static final Duration LONG = Duration.ofMinutes(2);

    private static CompletableFuture<Allocation> call(Allocator allocator, Workload workload) {
        return allocator.allocateAsync(
                AllocateReq.builder(workload.pool()).maxWait(LONG).build());
    }

    private static Allocation given(CompletableFuture<Allocation> call) throws Exception {
        return call.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static void print(String what, List<Long> millis) {
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        System.out.printf(
                "times: %s: p50 %s ms, p99 %s ms, most %s ms, of %s%n",
                what,
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100),
                sorted.get(sorted.size() - 1),
                sorted.size());
    }

    @Test
    void from_a_goodbye_to_the_next_session_of_a_full_pool(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.DEPLOYMENT, "times-full", 1, SLOTS, Duration.ofSeconds(60));
        node.start(workload);
        List<Long> millis = new ArrayList<>();
        Deque<Player> players = new ArrayDeque<>();
        try (Allocator allocator = node.allocator(workload.pool())) {
            for (int i = 0; i < SLOTS; i++) {
                players.add(Player.enter(given(call(allocator, workload))));
            }
            for (int i = 0; i < ROUNDS; i++) {
                CompletableFuture<Allocation> next = call(allocator, workload);
                await().until(() -> allocator.status(workload.pool()).waiting() == 1);
                try (Player leaving = players.remove()) {
                    long goodbye = System.nanoTime();
                    assertThat(leaving.play(Duration.ofMillis(1))).isNull();
                    Allocation given = given(next);
                    millis.add(millisSince(goodbye));
                    players.add(Player.enter(given));
                }
            }
        } finally {
            players.forEach(Player::close);
        }
        print("from a player's goodbye to the session of whoever waits, in a full pool", millis);
        node.stop(workload);
    }

    @Test
    void from_a_kill_to_the_slots_and_from_a_delete_to_the_end(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.STATEFUL_SET, "times-end", PODS, SLOTS, Duration.ofSeconds(60));
        node.start(workload);
        List<Long> killed = new ArrayList<>();
        List<Long> deleted = new ArrayList<>();
        try (Allocator allocator = node.allocator(workload.pool())) {
            for (Pod pod : node.pods(workload.pool())) {
                long kill = System.nanoTime();
                node.kill(pod);
                await().atMost(LONG)
                        .until(() -> allocator.status(workload.pool()).free().orElse(-1) < PODS * SLOTS);
                await().atMost(LONG)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> allocator.status(workload.pool()).free().orElse(-1) == PODS * SLOTS);
                killed.add(millisSince(kill));
            }
            for (Pod pod : node.pods(workload.pool())) {
                long delete = System.nanoTime();
                node.administrator().pods().resource(pod).delete();
                node.awaitGone(pod);
                deleted.add(millisSince(delete));
            }
        }
        print("from a container's kill until all its slots are to be had again", killed);
        print("from the delete of an idle pod, and SIGTERM, until it is gone", deleted);
        node.stop(workload);
    }
}
