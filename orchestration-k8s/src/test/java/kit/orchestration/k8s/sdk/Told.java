package kit.orchestration.k8s.sdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;

/** What a platform has told, in order. */
public final class Told implements PlatformListener {

    public final List<String> events = new CopyOnWriteArrayList<>();
    public final List<ClaimedSlot> claims = new CopyOnWriteArrayList<>();
    /** Run on the platform's thread when a claim is told. */
    volatile Consumer<ClaimedSlot> onClaim = claim -> {};

    /** The claim for the session, which was told. */
    public ClaimedSlot claim(String sessionId) {
        return claims.stream()
                .filter(claim -> claim.sessionId().equals(sessionId))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void claimed(ClaimedSlot claim) {
        claims.add(claim);
        events.add("claimed " + claim.sessionId());
        onClaim.accept(claim);
    }

    @Override
    public void revoked(String sessionId) {
        events.add("revoked " + sessionId);
    }

    @Override
    public void gone(String sessionId) {
        events.add("gone " + sessionId);
    }

    @Override
    public void lost() {
        events.add("lost");
    }
}
