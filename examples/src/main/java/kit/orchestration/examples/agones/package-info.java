/** What is tried against Agones' own servers by hand. */
@NullMarked
package kit.orchestration.examples.agones;

import org.jspecify.annotations.NullMarked;
