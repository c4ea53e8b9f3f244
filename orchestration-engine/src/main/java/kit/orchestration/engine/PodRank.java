package kit.orchestration.engine;

/**
 * Which pods are filled first where placement is {@code PACKED}: of those with room the first in this order, and of
 * equals the fullest. {@code SPREAD} looks only whether it is one of the last two. A rank refuses nobody.
 */
public enum PodRank {
    /** This allocator fills it. */
    PREFERRED,
    /** What a pod has that no rank was told of. */
    UNRANKED,
    /** Another allocator fills it: taken when no other pod has room, a quarter of its free slots at a time. */
    LEFT_TO_OTHERS,
    /** It has refused what others may take, and nothing was written there since: taken when no other pod has room. */
    REFUSING,
    /**
     * It is about to be emptied: taken when no other pod has room at that moment. One to which as much is being written
     * as may be at once has none until that is answered.
     */
    LEAVING
}
