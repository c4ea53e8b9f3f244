package kit.orchestration.benchmarks.scaling;

import java.util.Comparator;

/** Who scales a pool, and in which order its controller takes pods away. */
interface Autoscaler {

    int LEAST = 2;
    int MOST = 200;

    /** What it is, and how it was set. */
    String title();

    /** A second has passed. */
    void act(GamePool pool);

    /** Those first that go first. */
    Comparator<GamePod> firstToGo(GamePool pool);
}
