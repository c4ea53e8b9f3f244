package kit.orchestration.examples.agones;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import kit.orchestration.sdk.agones.AgonesCalls;
import kit.orchestration.sdk.agones.AgonesGameServer;
import kit.orchestration.sdk.agones.AgonesList;
import kit.orchestration.sdk.agones.AgonesPlatform;

/**
 * Makes the calls that Agones' sidecar has a conformance check for, each at least once and no other, and exits with 0.
 * The sidecar starts late on purpose, writes down what it is asked, and fails on one call too few or too many:
 *
 * <pre>
 * sdk-server --test=ready,allocate,setlabel,setannotation,gameserver,health,shutdown,watch,reserve \
 *     --sdk-name java --timeout 40 --delay 3 &amp;
 * mvn -Dquick package -pl examples -am
 * AGONES_SDK_HTTP_PORT=9358 java -cp 'examples/target/quick/orchestration-examples.jar:examples/target/quick/lib/*' \
 *     kit.orchestration.examples.agones.Conformance
 * wait %1   # 0: the set of calls was as expected
 * </pre>
 *
 * <p>With the argument {@code --lists} it makes the calls {@code getlist,addlistvalue,removelistvalue}, too.
 */
public final class Conformance {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Longer than the check lasts: the timer of a reservation is a {@code ready} to it. */
    private static final Duration RESERVATION = Duration.ofMinutes(5);

    /** One that the check's GameServer has. */
    private static final String LIST = "players";

    private static final String VALUE = "conformance";

    private final AgonesPlatform platform;
    private final PrintStream out;

    private Conformance(AgonesPlatform platform, PrintStream out) {
        this.platform = platform;
        this.out = out;
    }

    /** Makes the calls. */
    public static void main(String[] arguments) throws InterruptedException {
        try (AgonesPlatform platform =
                AgonesPlatform.builder().environment(System.getenv()).build()) {
            new Conformance(platform, System.out).run(List.of(arguments).contains("--lists"));
        }
    }

    private void run(boolean withLists) throws InterruptedException {
        AgonesGameServer server = GameServers.await(platform, PATIENCE);
        out.println("gameserver: " + server.name() + " is " + server.state());
        CountDownLatch seen = new CountDownLatch(1);
        // Open until the end: the check's sidecar waits for a watcher that has gone.
        try (AgonesCalls.Watch watch = platform.calls().watch(change -> seen.countDown())) {
            if (!seen.await(PATIENCE.toSeconds(), SECONDS)) {
                throw new IllegalStateException("the watch " + watch + " has told nothing for " + PATIENCE);
            }
            out.println("watch: told of it");
            platform.healthy();
            step("ready", platform::backToReady);
            step("allocate", platform.calls()::allocate);
            step(
                    "setlabel",
                    () -> platform.calls()
                            .setLabel("creation", Long.toString(server.created().getEpochSecond())));
            step("setannotation", () -> platform.calls().setAnnotation("uid", server.uid()));
            step("reserve", () -> platform.calls().reserve(RESERVATION));
            if (withLists) {
                lists(platform.calls());
            }
            step("shutdown", platform::shutdown);
        }
    }

    private void lists(AgonesCalls calls) {
        AgonesList list = calls.list(LIST);
        out.println("getlist: " + list.values() + " of " + list.capacity());
        step("addlistvalue", () -> calls.addValue(LIST, VALUE));
        step("removelistvalue", () -> calls.removeValue(LIST, VALUE));
    }

    private void step(String name, Runnable call) {
        call.run();
        out.println(name + ": ok");
    }
}
