/**
 * The backend in process: {@link kit.orchestration.local.LocalAllocator} hands out slots of
 * {@link kit.orchestration.local.LocalPod}s, and a pod's {@link kit.orchestration.local.LocalPod#platform()} lets the
 * SDK run in it. It keeps every rule of the contract, so it is also what matchmaker and game server code is tested
 * with: time by {@link kit.orchestration.local.ManualClock}, failures by {@link kit.orchestration.local.LocalFailure}.
 */
@NullMarked
package kit.orchestration.local;

import org.jspecify.annotations.NullMarked;
