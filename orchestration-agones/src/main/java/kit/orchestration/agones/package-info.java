/** Allocates slots of game servers through the allocator of Agones. */
@NullMarked
package kit.orchestration.agones;

import org.jspecify.annotations.NullMarked;
