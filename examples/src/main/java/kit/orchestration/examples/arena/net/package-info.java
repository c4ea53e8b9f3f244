/** Lines over TCP, and what the arena's server and its players say in them. */
@NullMarked
package kit.orchestration.examples.arena.net;

import org.jspecify.annotations.NullMarked;
