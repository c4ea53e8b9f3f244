/**
 * What the platforms have in common: the pod's one thread ({@code Loop}), calls over HTTP with deadlines ({@code Calls},
 * {@code LineStream}), tries that are repeated ({@code Retry}). Not exported: no API.
 */
@NullMarked
package kit.orchestration.sdk.platform;

import org.jspecify.annotations.NullMarked;
