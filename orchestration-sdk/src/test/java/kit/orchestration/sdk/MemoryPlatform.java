package kit.orchestration.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.token.VerificationKey;

/** A whole little backend: a ledger in memory, a watch that can be late, answers that can be held back. */
final class MemoryPlatform implements Platform {

    static final Boot BOOT = new Boot("duel", "pod-1/boot-1", 4);

    final Map<String, ClaimedSlot> ledger = new ConcurrentHashMap<>();
    final List<ClaimedSlot> freed = new CopyOnWriteArrayList<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final AtomicInteger asks = new AtomicInteger();
    final AtomicInteger heartbeats = new AtomicInteger();

    /** Keys that the view has, and those that are in the ledger only until somebody asks. */
    final Map<String, VerificationKey> keys = new ConcurrentHashMap<>();

    final Map<String, VerificationKey> unseenKeys = new ConcurrentHashMap<>();

    /** Whether claims are told as they are made. */
    volatile boolean watching = true;
    /** Whether find() answers at once; otherwise {@link #answerAll} does. */
    volatile boolean answering = true;
    /** Why the hold of the pod is not in order; empty if it is. */
    volatile Optional<String> problem = Optional.empty();
    /** Why this process has lost the pod; empty if it has not. */
    volatile Optional<String> lost = Optional.empty();
    /** What every call fails with, if anything. */
    volatile RuntimeException failure;

    private final List<Runnable> held = new ArrayList<>();
    private volatile PlatformListener listener;

    PlatformListener listener() {
        return listener;
    }

    ClaimedSlot claim(String sessionId, int slot, Duration ttl) {
        ClaimedSlot claim = new ClaimedSlot(sessionId, slot, ttl, Map.of("map", "dust"));
        ledger.put(sessionId, claim);
        if (watching) {
            listener.claimed(claim);
        }
        return claim;
    }

    /** Another process takes the pod over. */
    void lose() {
        lost = Optional.of("another process has taken the pod over");
        listener.lost();
    }

    void answerAll() {
        List<Runnable> all;
        synchronized (held) {
            all = List.copyOf(held);
            held.clear();
        }
        all.forEach(Runnable::run);
    }

    private void call(String what) {
        calls.add(what);
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public Boot boot(PlatformListener listener) {
        this.listener = listener;
        call("boot");
        return BOOT;
    }

    @Override
    public void ready(boolean ready) {
        call("ready " + ready);
    }

    @Override
    public void drain() {
        call("drain");
    }

    @Override
    public void free(ClaimedSlot claim) {
        freed.add(claim);
        ledger.remove(claim.sessionId());
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        asks.incrementAndGet();
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        Optional<ClaimedSlot> now = Optional.ofNullable(ledger.get(sessionId));
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        Runnable reply = () -> {
            keys.putAll(unseenKeys);
            answer.complete(now);
        };
        if (answering) {
            reply.run();
        } else {
            synchronized (held) {
                held.add(reply);
            }
        }
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return Optional.ofNullable(keys.get(kid));
    }

    @Override
    public Optional<String> problem() {
        return problem;
    }

    @Override
    public Optional<String> lost() {
        return lost;
    }

    @Override
    public void healthy() {
        heartbeats.incrementAndGet();
    }

    @Override
    public void shutdown() {
        call("shutdown");
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
