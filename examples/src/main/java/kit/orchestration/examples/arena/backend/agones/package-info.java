/**
 * The arena on Agones. The allocator is in this process, and calls Agones' own; each game server is a process of its
 * own beside a sidecar, which it finds by its environment alone.
 *
 * <p>{@code Agones} is where that is, a {@code StandinAgones} of this run's own or a {@code GivenAgones} by its address
 * and its sidecars' ports; {@code AgonesPodMain} is what runs in a game server's process, and in a container of a
 * Fleet, too.
 */
@NullMarked
package kit.orchestration.examples.arena.backend.agones;

import org.jspecify.annotations.NullMarked;
