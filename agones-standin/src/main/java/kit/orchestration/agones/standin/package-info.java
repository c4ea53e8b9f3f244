/**
 * Stands in for Agones where tests and benchmarks have none: its allocator over gRPC and a sidecar's REST gateway for
 * each GameServer, over one store in memory, with the vices of the real ones.
 *
 * <p>The tour: {@link kit.orchestration.agones.standin.AgonesStandin} starts it. {@code Store} is the API server:
 * versions, conflicts, and what a write costs. {@code AllocatorView} is the allocator's cache, {@code BatchLoop} picks
 * from it, and {@code Updates} writes. {@code Sidecar} is one GameServer's sidecar, {@code Gateway} its HTTP. Whatever
 * is odd here is odd there: {@link kit.orchestration.agones.standin.Vice} has the list. Whether it really is there,
 * {@code replay} asks.
 */
@NullMarked
package kit.orchestration.agones.standin;

import org.jspecify.annotations.NullMarked;
