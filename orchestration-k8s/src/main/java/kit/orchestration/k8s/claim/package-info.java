/**
 * Claims, in stages: written, told, settled; the session of a request id; releases. Fed by {@code view}. Not API.
 */
@NullMarked
package kit.orchestration.k8s.claim;

import org.jspecify.annotations.NullMarked;
