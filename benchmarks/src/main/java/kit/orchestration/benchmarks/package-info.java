/**
 * JMH benchmarks: what a claim costs. {@code benchmarks/local} runs them by
 * {@link kit.orchestration.benchmarks.LocalRun}, and docs/performance.md says what came out and how to read it.
 */
@NullMarked
package kit.orchestration.benchmarks;

import org.jspecify.annotations.NullMarked;
