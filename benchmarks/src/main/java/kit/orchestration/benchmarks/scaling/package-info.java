/**
 * A day's load in virtual time, for several ways to scale a pool: what {@code benchmarks/scaling} runs. {@link
 * kit.orchestration.benchmarks.scaling.GamePool} is the pool and its controller, {@link
 * kit.orchestration.benchmarks.scaling.DayLoad} what comes, an {@link kit.orchestration.benchmarks.scaling.Autoscaler}
 * who scales.
 */
@NullMarked
package kit.orchestration.benchmarks.scaling;

import org.jspecify.annotations.NullMarked;
