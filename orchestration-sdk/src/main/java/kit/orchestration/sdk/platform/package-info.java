/**
 * What the platforms have in common: calls over HTTP with deadlines ({@code JdkTransport}), tries that are repeated
 * ({@code Retry}), and what is told until it is to be silent ({@code Telling}). Not exported: no API.
 */
@NullMarked
package kit.orchestration.sdk.platform;

import org.jspecify.annotations.NullMarked;
