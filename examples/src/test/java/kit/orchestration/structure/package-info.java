/** Holds the modules to the structure that the project's design gives them. */
@NullMarked
package kit.orchestration.structure;

import org.jspecify.annotations.NullMarked;
