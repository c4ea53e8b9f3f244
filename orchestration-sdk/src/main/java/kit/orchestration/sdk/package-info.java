/**
 * The pod side of the library: what a game server embeds.
 *
 * <p>The tour, in reading order:
 *
 * <ol>
 *   <li>{@link kit.orchestration.sdk.GameServer}: the one object. It says {@code ready()}, lets players in with
 *       {@code enter(token)}, drains, shuts down.
 *   <li>{@link kit.orchestration.sdk.Session}: what a player's token opens. Closing it frees its slot.
 *   <li>{@link kit.orchestration.sdk.SessionListener}: hears of claims before their players arrive, and of every end.
 *   <li>{@link kit.orchestration.sdk.TokenRefusedException}: why a token opened nothing.
 *   <li>{@link kit.orchestration.sdk.Platform}: what a backend implements. A game server only chooses one, or lets
 *       {@link kit.orchestration.sdk.GameServer#fromEnvironment()} find it.
 * </ol>
 *
 * <p>Inside: {@code Sessions} is the state machine of a session and holds the only lock that matters;
 * {@code TokenGate} decides on a token, {@code Asks} asks the platform when a player is faster than the watch;
 * {@code Health} is what {@code ProbeServer} tells the kubelet.
 */
@NullMarked
package kit.orchestration.sdk;

import org.jspecify.annotations.NullMarked;
