package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import org.jspecify.annotations.Nullable;

/**
 * Callers and players: a call now and again, whatever becomes of the others, and two players for each session, who play
 * as long as they like, dice as to how long. Closing it is {@link #end}.
 */
final class Load implements AutoCloseable {

    /** The game waits for a move no longer than 5 s. */
    private static final Duration MOVE = Duration.ofSeconds(3);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final Allocator allocator;
    private final String pool;
    private final Duration longest;
    private final Duration between;
    private final ExecutorService players = Executors.newCachedThreadPool();
    private final CountDownLatch over = new CountDownLatch(1);
    private final CompletableFuture<Void> calls;
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Queue<String> cut = new ConcurrentLinkedQueue<>();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();

    /**
     * Begins at once.
     *
     * @param between from one call to the next
     * @param longest how long a session lasts at most; a second at least
     */
    Load(Allocator allocator, String pool, Duration between, Duration longest) {
        this.allocator = allocator;
        this.pool = pool;
        this.between = between;
        this.longest = longest;
        calls = CompletableFuture.runAsync(this::call);
    }

    /** Sessions that are played now. */
    int running() {
        return running.get();
    }

    /** No more calls; waits for the sessions' ends. */
    Outcome end() throws InterruptedException {
        over.countDown();
        try {
            calls.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load was broken off", e);
        }
        players.shutdown();
        assertThat(players.awaitTermination(longest.plus(ANSWER.multipliedBy(3)).toSeconds(), TimeUnit.SECONDS))
                .as("all sessions have ended")
                .isTrue();
        return new Outcome(sessions.get(), new ArrayList<>(cut), new ArrayList<>(lost), new ArrayList<>(refused));
    }

    @Override
    public void close() {
        over.countDown();
        players.shutdownNow();
    }

    private void call() {
        Random random = new Random(1);
        try {
            while (!over.await(between.toMillis(), TimeUnit.MILLISECONDS)) {
                long millis = random.nextLong(SHORTEST.toMillis(), longest.toMillis());
                players.execute(() -> session(Duration.ofMillis(millis)));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the load was broken off", e);
        }
    }

    private void session(Duration length) {
        Instant called = now();
        try {
            Allocation allocation = allocator.allocate(
                    AllocateReq.builder(pool).annotation("stones", "999").build());
            sessions.incrementAndGet();
            running.incrementAndGet();
            try {
                play(allocation, length);
            } finally {
                running.decrementAndGet();
            }
        } catch (NoCapacityException e) {
            refused.add("%s: called at %s: %s".formatted(now(), called, e.getMessage()));
        } catch (AllocationException e) {
            lost.add("%s: called at %s: %s".formatted(now(), called, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Two players play for so long; then one gets up, and the other hears that it is over. */
    private void play(Allocation allocation, Duration length) throws InterruptedException {
        Instant allocated = now();
        try (Player other = new Player("other", allocation)) {
            try (Player one = new Player("one", allocation)) {
                one.hears(Words.WELCOME);
                other.hears(Words.WELCOME);
                moves(List.of(one, other), length);
            }
            String said = other.read();
            while (said != null
                    && (said.startsWith(Words.TURN) || said.startsWith(Words.TOOK) || said.startsWith(Words.START))) {
                said = other.read();
            }
            if (said == null || !said.equals(Words.OVER + " 1")) { // the winner is who has stayed
                cut.add("%s: %s, allocated at %s, heard %s".formatted(now(), where(allocation), allocated, said));
            }
        } catch (NotLetInException e) {
            lost.add("%s: %s, allocated at %s: %s".formatted(now(), where(allocation), allocated, e.getMessage()));
        } catch (IOException e) {
            cut.add("%s: %s, allocated at %s: %s".formatted(now(), where(allocation), allocated, e));
        }
    }

    private static void moves(List<Player> players, Duration length) throws IOException, InterruptedException {
        long left = length.toMillis();
        for (int move = 0; left > MOVE.toMillis(); move++) {
            Thread.sleep(MOVE.toMillis());
            left -= MOVE.toMillis();
            players.get(move % 2).connection.send(Words.TAKE + " 1");
        }
        Thread.sleep(left);
    }

    private static String where(Allocation allocation) {
        return "session %s on %s".formatted(allocation.sessionId(), allocation.podName());
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Who has the token and was not let in by it. */
    private static final class NotLetInException extends IOException {
        NotLetInException(String message, IOException cause) {
            super(message, cause);
        }

        NotLetInException(String message) {
            super(message);
        }
    }

    /** One of the two, with the token shown. */
    private static final class Player implements AutoCloseable {

        private final String name;
        private final LineConnection connection;

        Player(String name, Allocation allocation) throws NotLetInException {
            this.name = name;
            try {
                connection = LineConnection.dial(allocation.podAddress(), ANSWER);
                connection.send(
                        "%s %s %s".formatted(Words.HELLO, allocation.token().encoded(), name));
            } catch (IOException e) {
                throw new NotLetInException("%s can't dial %s: %s".formatted(name, allocation.podAddress(), e), e);
            }
        }

        void hears(String word) throws NotLetInException {
            String said;
            try {
                said = read();
            } catch (IOException e) {
                throw new NotLetInException("%s waits for %s: %s".formatted(name, word, e), e);
            }
            if (said == null || !said.startsWith(word)) {
                throw new NotLetInException("%s should hear %s, heard %s".formatted(name, word, said));
            }
        }

        @Nullable
        String read() throws IOException {
            return connection.read(ANSWER);
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
