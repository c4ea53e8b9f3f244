/**
 * A real Kubernetes control plane for tests, benchmarks and demos: {@code etcd} and {@code kube-apiserver} as plain
 * processes on loopback, with RBAC on. No node, no scheduler, no controllers, no container.
 *
 * <p>The tour, in reading order:
 *
 * <ol>
 *   <li>{@link kit.orchestration.controlplane.ControlPlane}: starts one, kills, freezes and restarts its parts, applies
 *       manifests, gives tokens of service accounts. {@code ControlPlane.shared()} is the one of this JVM's tests.
 *   <li>{@link kit.orchestration.controlplane.TestNode}: does for pods what a Deployment's controller and a kubelet
 *       would: makes them, reports them ready, deletes them.
 *   <li>{@link kit.orchestration.controlplane.Api}: the administrator's requests to the API server, where no client
 *       library is wanted.
 *   <li>{@link kit.orchestration.controlplane.Binaries}: where the programs come from; {@code Pins} says which.
 * </ol>
 */
@NullMarked
package kit.orchestration.controlplane;

import org.jspecify.annotations.NullMarked;
