/**
 * What the platforms have in common: a pod that is kept on a loop ({@code LoopPlatform}, {@code HeldPod}), calls over
 * HTTP with deadlines ({@code JdkTransport}), a boot that is tried until it succeeds ({@code BootTries}), and players
 * who are faster than a watch ({@code SessionFinder}). Not exported: no API.
 */
@NullMarked
package kit.orchestration.sdk.platform;

import org.jspecify.annotations.NullMarked;
