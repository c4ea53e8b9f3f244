/** Pods that are processes of their own: {@code PodProcess} is one as the arena sees it, {@code PodHost} runs in it. */
@NullMarked
package kit.orchestration.examples.arena.backend.process;

import org.jspecify.annotations.NullMarked;
