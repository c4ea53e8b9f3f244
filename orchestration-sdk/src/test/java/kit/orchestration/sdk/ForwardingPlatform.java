package kit.orchestration.sdk;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import kit.orchestration.PodAddress;
import kit.orchestration.token.VerificationKey;

/** Hands every call on: for a test that bends one of them. */
class ForwardingPlatform implements Platform {

    private final Platform to;

    ForwardingPlatform(Platform to) {
        this.to = to;
    }

    @Override
    public Boot boot(PlatformListener listener) {
        return to.boot(listener);
    }

    @Override
    public void address(PodAddress address) {
        to.address(address);
    }

    @Override
    public void ready(boolean ready) {
        to.ready(ready);
    }

    @Override
    public void drain() {
        to.drain();
    }

    @Override
    public void ending() {
        to.ending();
    }

    @Override
    public void free(ClaimedSlot claim) {
        to.free(claim);
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        return to.find(sessionId, kid);
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return to.key(kid);
    }

    @Override
    public Optional<String> problem() {
        return to.problem();
    }

    @Override
    public Optional<String> lost() {
        return to.lost();
    }

    @Override
    public Optional<Duration> terminationGrace() {
        return to.terminationGrace();
    }

    @Override
    public void shutdown() {
        to.shutdown();
    }

    @Override
    public void close() {
        to.close();
    }
}
