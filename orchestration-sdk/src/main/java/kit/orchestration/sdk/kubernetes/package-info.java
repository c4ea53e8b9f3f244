/**
 * The pod side on Kubernetes: {@link kit.orchestration.sdk.kubernetes.KubernetesPlatform}, on the JDK's own HTTP
 * client.
 *
 * <p>The tour of the inside, in reading order: {@code Takeover} creates or adopts the pod's Lease; {@code PodLedger}
 * takes in each version of it, where {@code LeaseSlots} makes events of what differs; {@code LedgerWriter} writes what
 * ends. All of that runs on one thread, the pod's {@code Loop}, and so needs no lock.
 *
 * <p>No token is ever logged, nor in any exception: neither a player's nor the service account's.
 */
@NullMarked
package kit.orchestration.sdk.kubernetes;

import org.jspecify.annotations.NullMarked;
