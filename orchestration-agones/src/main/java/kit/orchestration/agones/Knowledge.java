package kit.orchestration.agones;

import org.jspecify.annotations.Nullable;

/** What Agones' answers have told of a pool. Guarded by the pool's lock. */
final class Knowledge {

    /** Whether it was declared, or a server of it was seen. */
    boolean known;
    /** Whether its servers are known to have the list: a claim landed, or a look has shown it. */
    boolean hasList;
    /** The largest list that was seen: a call for more than that can't land whole. 0 before the first. */
    int slots;
    /** Whether a look at its servers is under way. */
    boolean looking;
    /** What a look has shown a short while ago; null if there was none. */
    @Nullable
    Diagnosis diagnosis;
    /** When Agones answered last; negative if never. */
    long heardAt = -1;

    Knowledge(boolean declared) {
        this.known = declared;
    }

    void answered(long now) {
        heardAt = now;
    }

    void looked(Diagnosis shown) {
        looking = false;
        diagnosis = shown;
        known |= shown.exists();
        hasList |= shown.exists() && shown.complaint() == null;
    }

    /** A claim has landed. */
    void landed() {
        hasList = true;
        diagnosis = null;
    }

    /** What was looked at is too long ago. */
    void forget() {
        diagnosis = null;
    }
}
