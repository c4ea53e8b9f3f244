/**
 * The game server: what runs in a pod. {@link kit.orchestration.examples.arena.pod.GamePod} is its life,
 * {@code Reception} its port, a {@code Visit} a player's connection, a {@code Room} a session.
 */
@NullMarked
package kit.orchestration.examples.arena.pod;

import org.jspecify.annotations.NullMarked;
