/** What people see of a run: a live grid on a terminal, a log elsewhere. Both are drawn from the journal alone. */
@NullMarked
package kit.orchestration.examples.arena.view;

import org.jspecify.annotations.NullMarked;
