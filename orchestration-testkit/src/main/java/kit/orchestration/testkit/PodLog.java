package kit.orchestration.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;

/** Writes down what a pod's game server heard, in order, each as {@code event id}. Safe for any number of threads. */
public final class PodLog implements SessionListener {

    /** It has heard nothing yet. */
    PodLog() {}

    private final List<ClaimedSlot> claims = Collections.synchronizedList(new ArrayList<>());
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void claimed(ClaimedSlot claim) {
        claims.add(claim);
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

    /** The claims it heard of. */
    public List<ClaimedSlot> claims() {
        synchronized (claims) {
            return List.copyOf(claims);
        }
    }

    /** All it heard, such as {@code claimed ID}, {@code expired ID} or {@code ended ID CLOSED}. */
    public List<String> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    /** The sessions that it heard this event of, such as {@code claimed}, as often as it did; sorted. */
    List<String> ids(String event) {
        return events().stream()
                .filter(heard -> heard.startsWith(event + " "))
                .map(heard -> heard.split(" ", 3)[1])
                .sorted()
                .toList();
    }
}
