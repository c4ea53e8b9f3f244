/**
 * How a claim is written down, and what may become of it: the text of a slot and of a pod's state, their format number,
 * and what labels and annotations are called. Allocator and pod use this and nothing else. {@code docs/ledger.md}
 * describes the same for a pod in another language.
 *
 * <p>The tour, in reading order:
 *
 * <ol>
 *   <li>{@link kit.orchestration.ledger.LedgerSlot}: a slot, free or held, and its text.
 *   <li>{@link kit.orchestration.ledger.LedgerState}: whether a pod takes claims.
 *   <li>{@link kit.orchestration.ledger.RequestDigest}: how a retry is recognised.
 *   <li>{@link kit.orchestration.ledger.LedgerNames}, {@link kit.orchestration.ledger.AgonesNames}: where it stands.
 * </ol>
 *
 * <p>There is no token in a ledger. No message of this package shows more than 80 characters of a text that it can't
 * read.
 */
@NullMarked
package kit.orchestration.ledger;

import org.jspecify.annotations.NullMarked;
