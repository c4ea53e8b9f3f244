/**
 * The arena: a game that is played for real, from the matchmaker to the game server and back, and that counts what
 * everybody saw. {@code ./arena} at the root runs it.
 *
 * <p>The tour, in reading order:
 *
 * <ol>
 *   <li>{@code match.Matchmaker}: how a session is got; what a matchmaker of yours would do.
 *   <li>{@code pod.GamePod} and {@code pod.Visit}: how a game server embeds the SDK, and lets a player in by a token.
 *   <li>{@code pod.Room}: a session, and its end.
 *   <li>{@code match.Player}: a client that checks all it is told; {@code match.Impostor} one that should not get in.
 *   <li>{@code match.Tournament}: the whole run.
 *   <li>{@code record.Tally}: what was seen, held against each other.
 *   <li>{@code backend.ArenaBackend}: the seam to the backends.
 * </ol>
 */
@NullMarked
package kit.orchestration.examples.arena;

import org.jspecify.annotations.NullMarked;
