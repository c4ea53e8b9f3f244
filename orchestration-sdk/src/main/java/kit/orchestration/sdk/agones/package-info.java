/**
 * The pod side on Agones: {@link kit.orchestration.sdk.agones.AgonesPlatform}, by the REST gateway of the sidecar that
 * Agones puts beside each game server, on the JDK's own HTTP client.
 *
 * <p>The tour of the inside, in reading order: {@code SidecarClient} is the few calls, each with a deadline; {@code
 * SidecarWatch} brings each version of the GameServer as a {@code Sighting}; {@code SidecarPod} takes it in, and does
 * what is due: {@code ListedClaims} makes events of the list's values, {@code Notes} of what allocators have left
 * beside, {@code ListWrites} takes out what has ended, {@code PodLabels} says whether the pod is open, {@code States}
 * asks for the GameServer's states, {@code Presence} shows it to the allocator. All of that runs on one thread, the
 * pod's {@code Loop}, and so needs no lock.
 *
 * <p>The sidecar's OK means that a change is queued, and no more: whatever is asked for is repeated until the watch
 * shows it.
 */
@NullMarked
package kit.orchestration.sdk.agones;

import org.jspecify.annotations.NullMarked;
