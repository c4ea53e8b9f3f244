package kit.orchestration.agones.standin.replay;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.agones.standin.Vice;

/**
 * Asks the stand-in and a real Agones the same, and prints what each did; without a real one, what is recorded and what
 * the stand-in did. {@code agones-standin/replay --help} has the options.
 */
public final class Replay {

    /** Without those that strike by chance: a replay would differ from itself. */
    private static final Set<Vice> VICES = EnumSet.complementOf(EnumSet.of(Vice.LOST_UPDATES, Vice.ABORTED));

    /** Agones' own, and what the real one is expected to have. */
    private static final Duration BATCH_WAIT = Duration.ofMillis(500);

    private static final String FLEET = "duel";
    private static final int SERVERS = 2;
    private static final int WRONG = 2;

    private Replay() {}

    /** Exits with 0 if nothing differs, with 1 if something does, with 2 if it can't be told. */
    public static void main(String[] arguments) throws InterruptedException {
        System.exit(run(List.of(arguments), BATCH_WAIT, System.out, System.err));
    }

    static int run(List<String> arguments, Duration batchWait, PrintStream out, PrintStream err)
            throws InterruptedException {
        try {
            Options options = Options.of(arguments);
            try (AgonesStandin standin =
                    AgonesStandin.builder().vices(VICES).batchWait(batchWait).start()) {
                return run(options, standin, out) == 0 ? 0 : 1;
            }
        } catch (IllegalArgumentException | IllegalStateException | IOException | StatusRuntimeException e) {
            err.println("replay: " + e.getMessage());
            return WRONG;
        }
    }

    private static int run(Options options, AgonesStandin standin, PrintStream out)
            throws IOException, InterruptedException {
        Options.Real real = options.real();
        try (Site ours = site(standin, options.list())) {
            ours.prepare();
            if (real == null) {
                return compare(
                        new Table(out, "recorded", "stand-in"), Assertion::expected, assertion -> assertion.at(ours));
            }
            try (Site theirs = site(real, options.list())) {
                theirs.prepare();
                int differences = compare(
                        new Table(out, "stand-in", "real"),
                        assertion -> assertion.at(ours),
                        assertion -> assertion.at(theirs));
                theirs.leave();
                return differences;
            }
        }
    }

    /** One of the two columns. */
    @FunctionalInterface
    private interface Side {
        Assertion.Observed of(Assertion assertion) throws InterruptedException;
    }

    private static int compare(Table table, Side left, Side right) throws InterruptedException {
        for (Assertion assertion : Assertion.all()) {
            table.row(assertion.name(), left.of(assertion), right.of(assertion));
        }
        return table.end();
    }

    private static Site site(AgonesStandin standin, String list) throws IOException {
        List<Integer> sidecars = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            String name = standin.addGameServer(
                    StandinGameServer.of("server-" + i, FLEET).list(list));
            sidecars.add(standin.sidecarPort(name));
        }
        ManagedChannel channel = OkHttpChannelBuilder.forAddress(
                        "127.0.0.1", standin.allocatorPort(), InsecureChannelCredentials.create())
                .build();
        return new Site(channel, sidecars, "default", FLEET, list);
    }

    private static Site site(Options.Real real, String list) throws IOException {
        ManagedChannel channel = OkHttpChannelBuilder.forTarget(real.allocator(), real.credentials())
                .build();
        return new Site(channel, real.sidecars(), real.namespace(), real.fleet(), list);
    }
}
