/**
 * How a pool follows its load: what is seen of it, what is decided, and who does it. {@link
 * kit.orchestration.k8s.scale.ScalePolicy} decides, and has no clock, no input and no output. Not API.
 */
@NullMarked
package kit.orchestration.k8s.scale;

import org.jspecify.annotations.NullMarked;
