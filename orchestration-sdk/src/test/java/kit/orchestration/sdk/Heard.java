package kit.orchestration.sdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what a listener hears, in order. */
final class Heard implements SessionListener {

    final List<String> events = new CopyOnWriteArrayList<>();

    @Override
    public void claimed(ClaimedSlot claim) {
        events.add("claimed " + claim.sessionId());
    }

    @Override
    public void expired(ClaimedSlot claim) {
        events.add("expired " + claim.sessionId());
    }

    @Override
    public void withdrawn(ClaimedSlot claim) {
        events.add("withdrawn " + claim.sessionId());
    }

    @Override
    public void revoked(Session session) {
        events.add("revoked " + session.id());
    }

    @Override
    public void ended(Session session, EndReason reason) {
        events.add("ended " + session.id() + " " + reason);
    }

    @Override
    public void refused(TokenRefusedException.Reason reason) {
        events.add("refused " + reason);
    }
}
