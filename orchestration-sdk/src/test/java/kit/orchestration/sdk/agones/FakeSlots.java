package kit.orchestration.sdk.agones;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/** What keeps the slots, as far as the pod goes: writes down what it is told, and tells what a test says. */
final class FakeSlots implements Platform {

    /** What it was told, in its order. */
    final List<String> heard = new CopyOnWriteArrayList<>();
    /** What is found by whoever asks. */
    final Map<String, ClaimedSlot> claims = new ConcurrentHashMap<>();
    /** What it says to the next word; null if it takes it. */
    volatile @Nullable PlatformException refusal;

    volatile @Nullable String problem;
    private volatile @Nullable PlatformListener listener;

    PlatformListener tells() {
        return Objects.requireNonNull(listener, "it was not booted");
    }

    /** An allocator claims a slot, and the watch tells of it. */
    ClaimedSlot claim(String sessionId) {
        ClaimedSlot claim = new ClaimedSlot(sessionId, claims.size(), Rig.TTL, Map.of());
        claims.put(sessionId, claim);
        tells().claimed(claim);
        return claim;
    }

    private void hear(String word) {
        heard.add(word);
        PlatformException no = refusal;
        if (no != null) {
            throw no;
        }
    }

    @Override
    public void ending() {
        heard.add("ending");
    }

    @Override
    public Boot boot(PlatformListener newListener) {
        listener = newListener;
        hear("boot");
        return new Boot("duel", "uid/boot", 4);
    }

    @Override
    public void address(PodAddress address) {
        hear("address " + address.format());
    }

    @Override
    public void ready(boolean ready) {
        hear("ready " + ready);
    }

    @Override
    public void drain() {
        hear("drain");
    }

    @Override
    public void free(ClaimedSlot claim) {
        heard.add("free " + claim.sessionId());
        claims.remove(claim.sessionId());
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        return CompletableFuture.completedFuture(Optional.ofNullable(claims.get(sessionId)));
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return Optional.empty();
    }

    @Override
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    @Override
    public void shutdown() {
        hear("shutdown");
    }

    @Override
    public void close() {
        heard.add("close");
    }
}
