/**
 * The arena on a real API server. Pods are Pod objects there, and processes here: no node runs them.
 *
 * <p>{@code Cluster} is where the API server is, a {@code TestCluster} of this run's own or a {@code GivenCluster} by
 * its kubeconfig; {@code Kubelet} does for the Pod objects what controllers and a node would; {@code PodMain} is what
 * runs in a pod's process, with its own service account's token and nothing else; {@code Relay} is the network between
 * the allocator and the API server, which fails now and then.
 */
@NullMarked
package kit.orchestration.examples.arena.backend.kubernetes;

import org.jspecify.annotations.NullMarked;
