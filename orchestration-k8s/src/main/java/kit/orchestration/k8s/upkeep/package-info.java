/**
 * What keeps ledgers in order: Leases of pods that are gone, of pods that can't open one, and keys. Not API.
 */
@NullMarked
package kit.orchestration.k8s.upkeep;

import org.jspecify.annotations.NullMarked;
