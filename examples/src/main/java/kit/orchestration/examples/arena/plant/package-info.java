/** Faults that are built in on request, to show that the arena finds them. */
@NullMarked
package kit.orchestration.examples.arena.plant;

import org.jspecify.annotations.NullMarked;
