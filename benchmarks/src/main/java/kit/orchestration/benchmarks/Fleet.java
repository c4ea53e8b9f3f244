package kit.orchestration.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;

/**
 * The pods and the requests of every benchmark here.
 *
 * <p>A pod has one of 50 label sets (5 regions, 2 modes, 5 builds) and a label of its own, as in a StatefulSet. A
 * request has one of 20 selector sets, each of which already the first ten pods can serve: one is empty; 17 select
 * regions, modes or both; 2 select a build in a region. So a pod is among the candidates of 4 or 5 of the 20.
 *
 * <p>Capacity is the same for all numbers of pods. 1,000 sessions must fit on 10 pods whatever the order of requests: a
 * tenth of the pods may be the only one for its region and mode, and the fullest one draws all that it matches, which
 * is 250 of the 1,000 on average with a standard deviation of 14. 400 slots are 11 deviations above that.
 */
final class Fleet {

    static final String POOL = "bench";
    static final int CAPACITY = 400;
    /** Sessions held at any time, by all threads together. */
    static final int HELD = 1_000;

    private static final int REGIONS = 5;
    private static final int MODES = 2;

    private Fleet() {}

    static Map<String, String> labels(int pod) {
        int set = pod % 50;
        return Map.of(
                "region", region(set % REGIONS),
                "mode", mode(set % MODES),
                "build", build(set / 10),
                "statefulset.kubernetes.io/pod-name", "bench-" + pod);
    }

    /** The 20 selector sets. */
    static List<Map<String, String>> selectors() {
        List<Map<String, String>> sets = new ArrayList<>();
        sets.add(Map.of());
        for (int mode = 0; mode < MODES; mode++) {
            sets.add(Map.of("mode", mode(mode)));
        }
        for (int region = 0; region < REGIONS; region++) {
            sets.add(Map.of("region", region(region)));
            for (int mode = 0; mode < MODES; mode++) {
                sets.add(Map.of("region", region(region), "mode", mode(mode)));
            }
        }
        sets.add(Map.of("region", region(0), "build", build(0)));
        sets.add(Map.of("region", region(1), "build", build(0)));
        return sets;
    }

    /** A new request, which makes a new map of its selectors: no engine knows these objects from an earlier one. */
    static AllocateReq request(Map<String, String> selectors) {
        return AllocateReq.builder(POOL).selectors(selectors).build();
    }

    private static String region(int region) {
        return "region-" + region;
    }

    private static String mode(int mode) {
        return "mode-" + mode;
    }

    private static String build(int build) {
        return "build-" + build;
    }
}
