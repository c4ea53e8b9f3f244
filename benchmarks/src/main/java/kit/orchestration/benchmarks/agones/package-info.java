/**
 * What a claim costs through Agones' allocator: {@code benchmarks/agones} runs
 * {@link kit.orchestration.benchmarks.agones.AgonesRun}, and docs/performance.md says what came out and how to read it.
 *
 * <p>The allocator of this library is in this process; the stand-in for Agones, and {@link
 * kit.orchestration.benchmarks.agones.PodsProcess the game servers} with the real SDK, are in processes of their own.
 */
@NullMarked
package kit.orchestration.benchmarks.agones;

import org.jspecify.annotations.NullMarked;
