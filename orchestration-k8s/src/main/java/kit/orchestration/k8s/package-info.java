/**
 * Allocates slots of pods on plain Kubernetes: no custom resource, no operator. {@link
 * kit.orchestration.k8s.KubernetesAllocator} is the way in; all else is its own.
 *
 * <p>A pod's ledger is a {@code coordination.k8s.io/v1} Lease. The allocator claims slots in it by JSON Patches (RFC
 * 6902) that test what they assume; the pod frees them.
 */
@NullMarked
package kit.orchestration.k8s;

import org.jspecify.annotations.NullMarked;
