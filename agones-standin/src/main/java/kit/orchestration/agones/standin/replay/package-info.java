/**
 * Asks the same of the stand-in and of a real Agones, and shows where the two differ.
 *
 * <p>The tour: {@link kit.orchestration.agones.standin.replay.Replay} is the command. An {@code Assertion} is a
 * question and the answer that is recorded; {@code AllocatorAssertions}, {@code SidecarAssertions} and
 * {@code ListAssertions} have them all. They ask a {@code Site}: an allocator, and a {@code Pod} for each sidecar.
 */
@NullMarked
package kit.orchestration.agones.standin.replay;

import org.jspecify.annotations.NullMarked;
