package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Page;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.ledger.lease.Watcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the scalers of a pool tell each other how many requests wait in their allocators: a Lease with an annotation
 * for each of them that has any, of the number, the time, and who it is. One that says nothing new for {@link #DEAD} is
 * dead, by the clock of whoever reads. Confined to the loop.
 */
final class WaitingBoard implements Watcher.Sink<WaitingBoard.Board>, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WaitingBoard.class);

    /** A number that stays is said again after so long. */
    static final Duration AGAIN = Duration.ofSeconds(10);

    static final Duration DEAD = AGAIN.multipliedBy(3);
    /** Of a number that changes all the time. */
    private static final Duration PACE = Duration.ofSeconds(1);

    private static final String PREFIX = "waiting-";
    /** So many numbers are read, and no more: nobody has more matchmakers. */
    private static final int MANY = 1_000;
    /** What no number is above, nor all together. */
    private static final int MOST = 1_000_000;
    /** What a write has said whose answer is not there. */
    private static final int UNKNOWN = -1;

    /** The Lease, as far as it matters here. */
    record Board(String version, Map<String, String> numbers) {}

    private record Heard(String text, int number, long atNanos) {}

    private final ScaleCalls calls;
    private final Loop loop;
    private final InstantSource clock;
    private final String identity;
    private final String lease;
    private final String mine;
    private final Retry retry;
    private final Watcher<Board> watcher;
    private final Map<String, Heard> others = new HashMap<>();
    private final NotBefore notBefore;

    private int said;
    private long saidNanos;
    private boolean saying;

    WaitingBoard(
            ScaleCalls calls,
            LeaseApi leases,
            Loop loop,
            RandomGenerator random,
            InstantSource clock,
            String pool,
            String identity) {
        this.calls = calls;
        this.loop = loop;
        this.clock = clock;
        this.identity = identity;
        this.lease = pool + ".waiting.orchestration.kit";
        this.mine = PREFIX + Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX);
        this.retry = new Retry("telling how many requests wait for pool " + pool, Scaler.BACKOFF, ScaleCalls::wayOut);
        this.notBefore = new NotBefore(loop);
        Kind<Board> kind = new Kind<>(
                "leases",
                calls.leases(),
                WaitingBoard::page,
                line -> board(ScaleCalls.object(LedgerJson.read(line), "object")),
                Board::version);
        this.watcher = new Watcher<>(leases.only(kind, lease), loop, random, this);
    }

    /** Begins to listen. Any thread. */
    void start() {
        watcher.start();
    }

    /** So many requests wait here now. */
    void say(int waiting) {
        long now = loop.nanoTime();
        boolean due =
                waiting != said ? now - saidNanos >= PACE.toNanos() : waiting > 0 && now - saidNanos >= AGAIN.toNanos();
        if (due && !saying && now - notBefore.end() >= 0) {
            saying = true;
            saidNanos = now;
            said = UNKNOWN; // also if there is no answer: it may be there, or may come
            loop.whenDone(write(waiting), (done, failure) -> {
                saying = false;
                if (failure == null) {
                    said = waiting;
                    retry.succeeded();
                } else {
                    notBefore.pause(retry.failed(ApiException.of(failure)));
                }
            });
        }
    }

    /** How many wait in other allocators. */
    int others() {
        long now = loop.nanoTime();
        return (int) Math.min(
                MOST,
                others.values().stream()
                        .filter(heard -> now - heard.atNanos() < DEAD.toNanos())
                        .mapToLong(Heard::number)
                        .sum());
    }

    /** Takes out what scalers have left that died. */
    void tidy() {
        long now = loop.nanoTime();
        others.forEach((key, heard) -> {
            if (now - heard.atNanos() > DEAD.multipliedBy(10).toNanos()) { // until the watch tells that it is gone
                loop.whenDone(calls.annotate(lease, key, null), (done, failure) -> {
                    if (failure != null) {
                        log.debug("{} of lease {} stays for now", key, lease, failure);
                    }
                });
            }
        });
    }

    /** Ends listening, and takes back what was said, if there is time. Any thread. */
    @Override
    public void close() {
        watcher.close();
        loop.offer(() -> {
            if (said != 0) {
                saying = false;
                saidNanos = loop.nanoTime() - PACE.toNanos();
                say(0);
            }
        });
    }

    private CompletableFuture<?> write(int waiting) {
        String text =
                waiting == 0 ? null : waiting + " " + clock.instant().truncatedTo(ChronoUnit.SECONDS) + " " + identity;
        return calls.annotate(lease, mine, text).exceptionallyCompose(failure -> {
            if (ApiException.of(failure).kind() != ApiException.Kind.NOT_FOUND) {
                return CompletableFuture.failedFuture(failure);
            }
            // Nobody has said anything yet.
            return text == null ? CompletableFuture.completedFuture(Map.of()) : calls.createLease(lease, mine, text);
        });
    }

    // ---- what others say ----

    @Override
    public void listed(List<Board> boards) {
        if (boards.isEmpty()) {
            others.clear();
        } else {
            take(boards.get(0), true);
        }
    }

    @Override
    public void seen(Board board) {
        take(board, false);
    }

    private void take(Board board, boolean isListed) {
        Set<String> there = new HashSet<>(board.numbers().keySet());
        others.keySet().retainAll(there);
        board.numbers().forEach((key, text) -> {
            Heard before = others.get(key);
            if (!key.equals(mine) && (before == null || !before.text().equals(text))) {
                others.put(key, heard(text, isListed && before == null));
            }
        });
    }

    @Override
    public void gone(Board board) {
        others.clear();
    }

    @Override
    public void doubtChanged() {
        // What waits is a number of a moment ago at best.
    }

    /** One that was there before we listened may be dead for long: then its own time tells. */
    private Heard heard(String text, boolean isOld) {
        String[] words = text.split(" ", -1);
        long now = loop.nanoTime();
        try {
            int number = Math.min(MOST, Math.max(0, Integer.parseInt(words[0])));
            Duration age = words.length < 2 || !isOld
                    ? Duration.ZERO
                    : Duration.between(Instant.parse(words[1]), clock.instant());
            return new Heard(text, number, age.compareTo(DEAD) > 0 ? now - DEAD.toNanos() : now);
        } catch (NumberFormatException | DateTimeParseException somebodyElses) {
            return new Heard(text, 0, now);
        }
    }

    private static Page<Board> page(String body) {
        Map<String, Object> list = LedgerJson.read(body);
        List<Board> boards = list.get("items") instanceof List<?> items
                ? items.stream()
                        .map(item -> board(ScaleCalls.object(Map.of("item", item), "item")))
                        .toList()
                : List.of();
        return new Page<>(boards, ScaleCalls.resourceVersion(list), "");
    }

    private static Board board(Map<String, Object> object) {
        Map<String, String> numbers = new HashMap<>();
        ScaleCalls.object(ScaleCalls.object(object, "metadata"), "annotations").forEach((key, value) -> {
            if (key.startsWith(PREFIX) && numbers.size() < MANY) {
                numbers.put(key, String.valueOf(value));
            }
        });
        return new Board(ScaleCalls.resourceVersion(object), numbers);
    }
}
