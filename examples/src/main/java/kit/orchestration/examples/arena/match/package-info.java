/**
 * The matchmaker's side: {@code Schedule} draws up the matches, {@code Matchmaker} gets a session for each, two
 * {@code Player}s play it, and impostors try to get in beside them.
 */
@NullMarked
package kit.orchestration.examples.arena.match;

import org.jspecify.annotations.NullMarked;
