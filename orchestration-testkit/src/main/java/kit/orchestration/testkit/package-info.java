/**
 * The contract of {@code CONTRACT.md} as JUnit tests that a backend inherits.
 *
 * <ol>
 *   <li>Implement {@link kit.orchestration.testkit.ContractBackend} and {@link kit.orchestration.testkit.ContractPod}:
 *       hooks that make allocators and pods, let them crash, move time, and look at the store from outside.
 *   <li>Extend {@link kit.orchestration.testkit.AllocatorContract}, and return the backend.
 *   <li>If a rule can't be kept: say how in {@link kit.orchestration.testkit.ContractBackend#weakenings()}, and
 *       override each test that can't be passed by one with {@link kit.orchestration.testkit.Weaker} that shows what
 *       holds instead.
 * </ol>
 *
 * <p>The tests stand in one interface for each rule. They assume nothing of a backend's speed: what takes time there is
 * waited for, and {@link kit.orchestration.testkit.ContractBackend#scale()} makes the long ones shorter.
 */
@NullMarked
package kit.orchestration.testkit;

import org.jspecify.annotations.NullMarked;
