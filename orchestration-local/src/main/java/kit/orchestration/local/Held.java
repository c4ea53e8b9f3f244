package kit.orchestration.local;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import kit.orchestration.AllocateReq;
import kit.orchestration.engine.Claim;

/** A slot that a session holds, from its claim on. Its mutable field is guarded by the {@link LocalLedger}'s lock. */
final class Held {

    final PodRecord record;
    final int slot;
    final String sessionId;
    final AllocateReq request;
    final Instant expiresAt;

    /** Tries that were given this claim, or are about to be: at none, a claim that goes back is free. */
    int shares = 1;
    /** The timer that ends the claim in a pod without SDK. */
    final CompletableFuture<Future<?>> expiry = new CompletableFuture<>();

    Held(PodRecord record, int slot, String sessionId, AllocateReq request, Instant now) {
        this.record = record;
        this.slot = slot;
        this.sessionId = sessionId;
        this.request = request;
        this.expiresAt = now.plus(request.claimTtl());
    }

    /** The claim for the allocator. */
    Claim claim() {
        return new Claim(
                request.pool(),
                record.name,
                record.address,
                record.audience,
                sessionId,
                OptionalInt.of(slot),
                request.annotations(),
                expiresAt);
    }

    /** The claim for the pod. */
    kit.orchestration.sdk.ClaimedSlot sdkClaim() {
        return new kit.orchestration.sdk.ClaimedSlot(sessionId, slot, ttl(), request.annotations());
    }

    Duration ttl() {
        return request.claimTtl();
    }
}
