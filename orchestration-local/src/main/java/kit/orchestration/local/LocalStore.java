package kit.orchestration.local;

import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.Token;
import kit.orchestration.engine.Timing;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/** What the allocators of one process share: the ledgers, the key, the time. It ends with the last of them. */
final class LocalStore {

    private final @Nullable ManualClock clock;
    private final Timing timing;
    private final SigningKey key = SigningKey.generateHs256();
    private final TokenSigner signer = TokenSigner.of(key);
    private final Map<String, LocalLedger> ledgers = new ConcurrentHashMap<>();
    /** How many are open; at zero the store has ended for good. */
    private final AtomicInteger allocators = new AtomicInteger(1);

    private final AtomicLong podNumbers = new AtomicLong();
    private final AtomicLong boots = new AtomicLong();
    /** Tells the pods of this store from those of another, so that their tokens are no good here. */
    private final String id = Long.toHexString(new SecureRandom().nextLong());

    /** A store that goes by this clock; by the system's if it is null. */
    LocalStore(@Nullable ManualClock clock) {
        this.clock = clock;
        timing = clock == null
                ? Timing.system("orchestration-local-timer")
                : new Timing(clock, clock::nanoTime, clock.scheduler());
    }

    /** What a test moves time by, if it does. */
    Optional<ManualClock> clock() {
        return Optional.ofNullable(clock);
    }

    Timing timing() {
        return timing;
    }

    @Nullable
    LocalLedger ledger(String pool) {
        return ledgers.get(pool);
    }

    LocalLedger declare(String pool) {
        return ledgers.computeIfAbsent(pool, name -> new LocalLedger(name, this));
    }

    /** Adds a pod to a pool, which is declared with it: not if the pod is in one already. */
    void add(String pool, LocalPod pod) {
        AtomicReference<PodRecord> joined = new AtomicReference<>();
        LocalLedger to = ledgers.compute(pool, (name, known) -> {
            LocalLedger ledger = known == null ? new LocalLedger(name, this) : known;
            joined.set(ledger.join(pod, "local-" + podNumbers.getAndIncrement()));
            return ledger;
        });
        to.add(Objects.requireNonNull(joined.get()));
    }

    Set<String> pools() {
        return ledgers.keySet();
    }

    String newAudience(String podName) {
        return podName + "/" + id + "." + boots.getAndIncrement();
    }

    Token sign(TokenClaims claims) {
        return signer.sign(claims);
    }

    Optional<VerificationKey> key(String kid) {
        return kid.equals(key.kid()) ? Optional.of(key.verificationKey()) : Optional.empty();
    }

    /** One more allocator; the first is counted from the start. False if the last was closed. */
    boolean join() {
        return allocators.getAndUpdate(open -> open == 0 ? 0 : open + 1) != 0;
    }

    void closed() {
        if (allocators.decrementAndGet() == 0 && clock == null) {
            timing.scheduler().shutdownNow();
        }
    }
}
