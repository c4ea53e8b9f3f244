/**
 * What a claim costs on Kubernetes: {@code benchmarks/kubernetes} runs
 * {@link kit.orchestration.benchmarks.kubernetes.KubernetesRun}, and docs/performance.md says what came out and how to
 * read it.
 *
 * <p>The allocators are in this process. {@link kit.orchestration.benchmarks.kubernetes.PodsProcess The pods} are in
 * one of their own, 64 game servers with the real SDK and a token each of their own, so that the CPU time of either is
 * known.
 */
@NullMarked
package kit.orchestration.benchmarks.kubernetes;

import org.jspecify.annotations.NullMarked;
