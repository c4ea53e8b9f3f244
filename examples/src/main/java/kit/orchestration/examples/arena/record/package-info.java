/**
 * What was seen in the arena, and what follows from it: parties append
 * {@link kit.orchestration.examples.arena.record.Event}s to the
 * {@link kit.orchestration.examples.arena.record.Journal}, and the
 * {@link kit.orchestration.examples.arena.record.Tally} reads it at the end.
 */
@NullMarked
package kit.orchestration.examples.arena.record;

import org.jspecify.annotations.NullMarked;
