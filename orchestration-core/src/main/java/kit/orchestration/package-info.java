/**
 * The session-pool API. A <b>pool</b> is a set of <b>pods</b>, each hosting up to <i>capacity</i> sessions; a
 * <b>slot</b> is the room for one of them, a <b>claim</b> takes a slot for a <b>session</b> that is to come, and the
 * session frees it.
 *
 * <p>The tour, in reading order:
 *
 * <ol>
 *   <li>{@link kit.orchestration.Allocator}: the one interface. {@code allocate(AllocateReq.of("duel"))} claims a slot.
 *   <li>{@link kit.orchestration.AllocateReq}: which pool, which pods of it, how urgent, how long to wait for room.
 *   <li>{@link kit.orchestration.Allocation}: where the players dial ({@link kit.orchestration.PodAddress}), and the
 *       {@link kit.orchestration.Token} that the pod will ask them for.
 *   <li>{@link kit.orchestration.AllocationException} and its five kinds: what can go wrong, and what to do.
 *   <li>{@link kit.orchestration.PoolStatus} and {@link kit.orchestration.AllocatorListener}: to look at, to measure.
 *   <li>{@link kit.orchestration.Limits}: every bound on a request, in one place.
 * </ol>
 *
 * <p>The rules that every backend keeps are numbered in the project's {@code CONTRACT.md}; "rule 4" in a comment means
 * the fourth of them.
 */
@NullMarked
package kit.orchestration;

import org.jspecify.annotations.NullMarked;
