package kit.orchestration.testkit;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole contract, for a backend's test class to extend: its tests stand in one interface for each rule.
 *
 * <pre>{@code
 * class LocalContractTest extends AllocatorContract {
 *     @Override
 *     protected ContractBackend openBackend() {
 *         return new LocalBackend();
 *     }
 * }
 * }</pre>
 *
 * <p>A class of any package can extend it. Tests of the backend's own have a {@link #world()}, as the contract's have;
 * a test that the backend can't pass is overridden, with {@link Weaker}, by one that shows what holds there.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class AllocatorContract
        implements Rule01Identity,
                Rule02OneHolder,
                Rule03NothingLost,
                Rule04Room,
                Rule05Priority,
                Rule06Retries,
                Rule07ClosedPods,
                Rule08Tokens,
                Rule09Close,
                Rule10NoLeaks,
                Rule11Release,
                OriginalWords,
                StormTests {

    private @Nullable World world;

    /** For the backend's test class. */
    protected AllocatorContract() {}

    /** The backend, for one test, which closes it. */
    protected abstract ContractBackend openBackend() throws Exception;

    @BeforeEach
    final void openWorld() throws Exception {
        world = new World(openBackend());
    }

    @AfterEach
    final void closeWorld() {
        if (world != null) {
            world.close();
        }
    }

    @Override
    public final World world() {
        return Objects.requireNonNull(world);
    }

    @Test
    final void guarantees_whatIsWeakerIsSaidAndReplaced() {
        Guarantees.checkWeakenings(getClass(), world().backend().weakenings());
    }

    @Test
    final void guarantees_theReadmeSaysWhatThisBackendKeeps() throws Exception {
        Guarantees.checkReadme(world().backend());
    }
}
