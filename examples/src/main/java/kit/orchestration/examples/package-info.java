/**
 * Code to learn the library by: the two sides in a few lines ({@link kit.orchestration.examples.MatchmakerSnippet},
 * {@link kit.orchestration.examples.PodSnippet}), and a whole game in {@code arena}.
 */
@NullMarked
package kit.orchestration.examples;

import org.jspecify.annotations.NullMarked;
