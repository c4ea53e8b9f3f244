/**
 * Who gets which slot of a pool, who waits, and who is refused: a pure state machine, seen by the engine alone.
 * {@link kit.orchestration.engine.matching.Matching} takes an event and the time, and gives
 * {@link kit.orchestration.engine.matching.Step}s; it has no clock, no lock, no future, and does no I/O. So it can be
 * driven by a seed in one thread, through schedules that no test with threads would meet.
 *
 * <p>Nothing here may be used by two threads at once: {@link kit.orchestration.engine.Pool} sees to that.
 */
@NullMarked
package kit.orchestration.engine.matching;

import org.jspecify.annotations.NullMarked;
