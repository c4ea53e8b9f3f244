package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.Test;

class Reader8BoardTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final Loop loop = new Loop(clock.scheduler(), clock::nanoTime);
    private final BoardServer server = new BoardServer();
    private boolean loses;

    /** The server takes it, and the answer is lost. */
    private final Transport losing = new Transport() {
        @Override
        public URI server() {
            return server.server();
        }

        @Override
        public CompletableFuture<Answer> send(Ask ask) {
            CompletableFuture<Answer> answer = server.send(ask);
            return loses && ask.method().equals("PATCH")
                    ? CompletableFuture.failedFuture(new java.net.http.HttpTimeoutException("no answer"))
                    : answer;
        }

        @Override
        public Stream lines(Ask ask, Listener listener) {
            return server.lines(ask, listener);
        }
    };

    private WaitingBoard board(Transport transport, int seed) {
        return new WaitingBoard(
                new ScaleCalls(transport, "games", Duration.ofSeconds(5)),
                new LeaseApi(transport, "games", Duration.ofSeconds(5), LeaseApi.Observer.NONE, clock::nanoTime),
                loop,
                new Random(seed),
                clock,
                "duel",
                "one-" + seed);
    }

    private void say(WaitingBoard board, int waiting) {
        loop.execute(() -> board.say(waiting));
        clock.advance(SECOND);
    }

    @Test
    void a_number_whose_answer_was_lost_is_taken_back_when_nobody_waits_any_more() {
        WaitingBoard one = board(losing, 1);
        WaitingBoard two = board(server, 2);
        one.start();
        two.start();
        clock.advance(SECOND);
        say(one, 1);
        say(one, 0); // the Lease is there
        assertThat(two.others()).isZero();

        loses = true;
        say(one, 400);
        loses = false;
        for (int i = 0; i < 20; i++) { // they have all been served, the server is well
            say(one, 0);
        }
        assertThat(two.others()).as("nobody waits for 20 s").isZero();
    }
}
