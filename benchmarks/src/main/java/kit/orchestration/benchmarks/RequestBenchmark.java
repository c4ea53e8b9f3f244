package kit.orchestration.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What building a request costs: each case that places one has it in its figure. */
@State(Scope.Thread)
public class RequestBenchmark {

    private final List<Map<String, String>> selectors = Fleet.selectors();
    private final SplittableRandom random = new SplittableRandom(1);

    @Benchmark
    public Object build() {
        return Fleet.request(selectors.get(random.nextInt(selectors.size())));
    }
}
