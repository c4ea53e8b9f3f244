package kit.orchestration.engine.matching;

import kit.orchestration.engine.PodRank;

/**
 * Which pods with room are picked first where placement is {@code PACKED}; {@code SPREAD} asks only whether they are
 * fresh and whether they stay. An old batch does not make a pod that another allocator fills the better one: it can
 * still take what comes, and there would be a race for that pod's slots. Only when it is full does a pod like that come
 * next.
 */
enum PickOrder {
    PREFERRED(0, true),
    UNRANKED(1, true),
    /** Preferred or not, what gathers for it has become too old. */
    AGED(2, false),
    LEFT_TO_OTHERS(3, true),
    LEFT_TO_OTHERS_AND_AGED(4, false),
    /** Of the last with {@code SPREAD}, too. */
    REFUSING(5, false),
    /** Last of all: what is placed there is soon to move. */
    LEAVING(6, false);

    /** From 0, in the order above. */
    final int number;
    /** Whether what gathers for the pod, if anything, is young enough. */
    final boolean fresh;

    PickOrder(int number, boolean fresh) {
        this.number = number;
        this.fresh = fresh;
    }

    static PickOrder of(PodRank rank, boolean aged) {
        return switch (rank) {
            case PREFERRED -> aged ? AGED : PREFERRED;
            case UNRANKED -> aged ? AGED : UNRANKED;
            case LEFT_TO_OTHERS -> aged ? LEFT_TO_OTHERS_AND_AGED : LEFT_TO_OTHERS;
            case LEAVING -> LEAVING;
            case REFUSING -> REFUSING;
        };
    }
}
