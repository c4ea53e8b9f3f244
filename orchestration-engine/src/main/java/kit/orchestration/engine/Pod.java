package kit.orchestration.engine;

import kit.orchestration.engine.matching.Candidate;

/**
 * A pod in a {@link Pool}: one incarnation of it, never revived once removed.
 *
 * <p>A slot has a <b>version</b> that only grows: even while it is free, odd while it is held (so twice the use count,
 * plus one if held). States of a slot may therefore be told in any order and from any thread: the higher version wins.
 *
 * @param <H> the backend's own handle of a pod
 */
public final class Pod<H> {

    private final String name;
    private final H handle;
    /** What the pool knows of it. */
    private final Candidate candidate;

    Pod(String name, H handle, long[] versions) {
        this.name = name;
        this.handle = handle;
        candidate = new Candidate(this, versions);
    }

    /** The pod's name. */
    public String name() {
        return name;
    }

    /** What the backend gave when it added the pod. */
    public H handle() {
        return handle;
    }

    /** How many slots it has. */
    public int capacity() {
        return candidate.capacity();
    }

    Candidate candidate() {
        return candidate;
    }

    @Override
    public String toString() {
        return "Pod[" + name + "]";
    }
}
