/** Where the arena runs: all that differs between backends is in here. */
@NullMarked
package kit.orchestration.examples.arena.backend;

import org.jspecify.annotations.NullMarked;
