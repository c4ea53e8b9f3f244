/** The game that is played in the arena, and how it may be played. It knows of no network and no session. */
@NullMarked
package kit.orchestration.examples.arena.game;

import org.jspecify.annotations.NullMarked;
