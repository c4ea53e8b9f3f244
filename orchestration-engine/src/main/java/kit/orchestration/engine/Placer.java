package kit.orchestration.engine;

/** Finds slots for calls: a {@link Pool}, or a backend's own where the backend itself picks the pod. */
public interface Placer {

    /** Takes a call in, to settle it some time. May settle it at once; does not block. */
    void place(Call call);

    /**
     * The call's {@code maxWait} has passed: settles it with a {@link kit.orchestration.NoCapacityException} unless it
     * is no longer room that it waits for. To be called once after {@link #place}, at once if {@code maxWait} is zero.
     */
    void overdue(Call call);

    /**
     * Forgets a call that the caller no longer waits for.
     *
     * @param timeIsOver whether it does so since the call's time is over: if it waited for room and none is known of,
     *     it may be settled with a {@link kit.orchestration.NoCapacityException}
     * @return whether it waited for room, so that nothing was written for it, nor will be
     */
    boolean withdraw(Call call, boolean timeIsOver);

    /** A claim that its caller did not take: its slot goes free. Does not block or throw. */
    void giveBack(Claim claim);
}
