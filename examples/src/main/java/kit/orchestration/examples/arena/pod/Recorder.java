package kit.orchestration.examples.arena.pod;

import java.util.function.Consumer;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.sdk.TokenRefusedException.Reason;

/** Writes down what the SDK tells of a pod's slots, which it does in the order in which it happened. */
final class Recorder implements SessionListener {

    private final String pod;
    private final Rooms rooms;
    private final Consumer<Event> journal;

    Recorder(String pod, Rooms rooms, Consumer<Event> journal) {
        this.pod = pod;
        this.rooms = rooms;
        this.journal = journal;
    }

    @Override
    public void claimed(ClaimedSlot claim) {
        journal.accept(new Event.Claimed(pod, claim.slot(), claim.sessionId()));
    }

    @Override
    public void expired(ClaimedSlot claim) {
        journal.accept(new Event.Freed(pod, claim.slot(), claim.sessionId(), false));
    }

    @Override
    public void withdrawn(ClaimedSlot claim) {
        journal.accept(new Event.Freed(pod, claim.slot(), claim.sessionId(), false));
    }

    @Override
    public void revoked(Session session) {
        rooms.breakOff(session.id());
    }

    @Override
    public void ended(Session session, EndReason reason) {
        journal.accept(new Event.Freed(pod, session.slot(), session.id(), true));
    }

    @Override
    public void refused(Reason reason) {
        journal.accept(new Event.Refused(pod, reason));
    }
}
