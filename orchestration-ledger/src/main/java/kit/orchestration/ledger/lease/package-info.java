/**
 * The client of the Leases that are ledgers, the same for allocators and pods. A {@link
 * kit.orchestration.ledger.lease.LeaseApi} makes the calls, each one request, over a small {@link
 * kit.orchestration.ledger.lease.Transport} of which the pod has one and the allocator another; a {@link
 * kit.orchestration.ledger.lease.LeasePatch} is what is written, a {@link kit.orchestration.ledger.lease.Lease} what is
 * read; a {@link kit.orchestration.ledger.lease.Watcher} follows all changes, and knows when what it tells may be old;
 * an {@link kit.orchestration.ledger.lease.ApiException} says what a call that failed means, and a {@link
 * kit.orchestration.ledger.lease.Backoff} when to come back.
 *
 * <p>Nothing here blocks. What is said to be confined to the {@link kit.orchestration.ledger.lease.Loop} needs no lock.
 */
@NullMarked
package kit.orchestration.ledger.lease;

import org.jspecify.annotations.NullMarked;
