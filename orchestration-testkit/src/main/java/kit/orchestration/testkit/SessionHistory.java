package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;

/**
 * What callers and pods saw, and the check that no rule was broken: for storms of a backend's own, beside the one of
 * the contract. Safe for any number of threads.
 */
public final class SessionHistory {

    private final History history = new History();

    /** A caller was given a session. */
    public void allocated(Allocation allocation) {
        history.add(new History.Allocated(allocation.sessionId(), allocation.podName(), null));
    }

    /** A call of start succeeded, in the only process of a pod. */
    public void started(String pod, Session session) {
        history.add(new History.Started(pod, 1, session.slot(), session.id()));
    }

    /** Writes down what the only process of a pod hears; its name is asked for when something happens. */
    public SessionListener pod(Supplier<String> pod) {
        return new SessionListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                history.add(new History.Claimed(pod.get(), 1, claim.slot(), claim.sessionId()));
            }

            @Override
            public void expired(ClaimedSlot claim) {
                history.add(new History.Freed(pod.get(), 1, claim.slot(), claim.sessionId()));
            }

            @Override
            public void withdrawn(ClaimedSlot claim) {
                history.add(new History.Freed(pod.get(), 1, claim.slot(), claim.sessionId()));
            }

            @Override
            public void ended(Session session, EndReason reason) {
                history.add(new History.Freed(pod.get(), 1, session.slot(), session.id()));
            }
        };
    }

    /** Fails if the contract was broken: an id given twice, a slot held twice, a session started twice. */
    public void check() {
        assertThat(HistoryChecker.violations(history.events())).isEmpty();
    }

    /** Of callers and pods. */
    public List<?> events() {
        return history.events();
    }
}
