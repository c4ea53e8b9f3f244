/**
 * What backends are made of; not API, so it may change with any release.
 *
 * <p>The way of a claim: {@link kit.orchestration.engine.AllocatorEngine} makes a {@link kit.orchestration.engine.Call}
 * of a request and hands it to its {@link kit.orchestration.engine.Pool}. The pool picks a
 * {@link kit.orchestration.engine.Pod} and reserves a slot, under its lock and in memory; the backend's
 * {@link kit.orchestration.engine.Committer} writes the {@link kit.orchestration.engine.Reservation}, alone or with
 * others; the answer becomes a {@link kit.orchestration.engine.Claim}, the backend signs its token, and the caller has
 * its allocation. And back: a slot that is seen to be free goes to the first waiter that its pod matches.
 *
 * <p>One lock per pool guards all that the pool knows. Under it nothing blocks, signs, logs or calls out: what is to be
 * done then is collected as steps, which {@link kit.orchestration.engine.Pool} runs after it. ({@link
 * kit.orchestration.engine.Deferred} is the same for backends with locks of their own.)
 */
@NullMarked
package kit.orchestration.engine;

import org.jspecify.annotations.NullMarked;
