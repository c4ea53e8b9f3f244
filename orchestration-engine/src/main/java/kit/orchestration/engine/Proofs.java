package kit.orchestration.engine;

/** Whether what a pool was told of its slots is known to be how they are. Called under its lock: a look at fields. */
public interface Proofs {

    /**
     * The number of the proof that would begin next: whoever is to be refused for lack of room waits until it is
     * {@link #proven}, since what was known before the call came may be old.
     */
    default long nextProof() {
        return 0;
    }

    /** The number of the last proof; -1 while what the pool was told is in doubt. */
    default long proven() {
        return 0;
    }
}
