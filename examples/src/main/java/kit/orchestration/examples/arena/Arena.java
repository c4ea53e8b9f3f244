package kit.orchestration.examples.arena;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import kit.orchestration.examples.arena.backend.ArenaBackend;
import kit.orchestration.examples.arena.backend.LocalBackend;
import kit.orchestration.examples.arena.backend.agones.Agones;
import kit.orchestration.examples.arena.backend.agones.AgonesBackend;
import kit.orchestration.examples.arena.backend.agones.GivenAgones;
import kit.orchestration.examples.arena.backend.agones.StandinAgones;
import kit.orchestration.examples.arena.backend.kubernetes.Cluster;
import kit.orchestration.examples.arena.backend.kubernetes.GivenCluster;
import kit.orchestration.examples.arena.backend.kubernetes.KubernetesBackend;
import kit.orchestration.examples.arena.backend.kubernetes.TestCluster;
import kit.orchestration.examples.arena.match.Pace;
import kit.orchestration.examples.arena.match.Tournament;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.plant.Plants;
import kit.orchestration.examples.arena.record.Journal;
import kit.orchestration.examples.arena.record.Tally;
import kit.orchestration.examples.arena.record.Verdict;
import kit.orchestration.examples.arena.view.Board;
import kit.orchestration.examples.arena.view.Grid;
import kit.orchestration.examples.arena.view.Log;
import kit.orchestration.examples.arena.view.Summary;
import kit.orchestration.examples.arena.view.View;
import kit.orchestration.examples.arena.view.Viewer;

/** The command: from its options to its exit status. */
public final class Arena {

    private static final Duration SETTLING = Duration.ofSeconds(1);

    private final PrintStream out;
    private final PrintStream err;
    private final Terminal terminal;
    private final Pace pace;

    /**
     * A command that has not been given its options yet.
     *
     * @param out for what is asked for
     * @param err for what is wrong with the options
     * @param terminal what {@code out} is
     * @param pace how fast the players are
     */
    Arena(PrintStream out, PrintStream err, Terminal terminal, Pace pace) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.pace = pace;
    }

    /** Runs the arena, and exits with its status. */
    public static void main(String[] arguments) throws InterruptedException {
        Terminal terminal = Terminal.of(System.getProperties(), System.getenv());
        System.exit(new Arena(terminal.out(), System.err, terminal, Pace.USUAL).run(List.of(arguments)));
    }

    /** Runs it; returns the exit status. */
    int run(List<String> arguments) throws InterruptedException {
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            err.println("arena: " + e.getMessage());
            err.println(Options.USAGE);
            return 2;
        }
        if (options.help()) {
            out.println(Options.USAGE);
            return 0;
        }
        try {
            return play(options).isGood() ? 0 : 1;
        } catch (IOException e) {
            err.println("arena: " + e.getMessage());
            return 1;
        }
    }

    private Verdict play(Options options) throws IOException, InterruptedException {
        Plant plant = Plants.named(options.plant()).orElseGet(Plant::none);
        if (options.agones()) {
            Agones agones = agones(options);
            Journal journal = new Journal();
            return play(options, plant, AgonesBackend.open(agones, options.plant(), journal), journal);
        }
        if (!options.kubernetes()) {
            Journal journal = new Journal();
            return play(options, plant, new LocalBackend(plant, journal), journal);
        }
        err.println("arena: preparing Kubernetes…");
        Cluster cluster = cluster(options);
        Journal journal = new Journal(); // now, since a run's time begins with it
        return play(
                options, plant, KubernetesBackend.open(cluster, options.image(), options.plant(), journal), journal);
    }

    private Agones agones(Options options) throws IOException {
        if (options.target().isPresent()) {
            GivenAgones agones = GivenAgones.at(options.target().get());
            agones.describe().forEach(line -> err.println("arena: " + line));
            return agones;
        }
        StandinAgones agones = StandinAgones.start(options.seed());
        err.println("arena: " + agones.describe());
        return agones;
    }

    private static Cluster cluster(Options options) throws IOException {
        return options.kubeconfig().isPresent()
                ? GivenCluster.of(options.kubeconfig().get(), options.namespace())
                : TestCluster.start(
                        Path.of(System.getProperty("orchestration.root", "."), "orchestration-k8s", "deploy"));
    }

    private Verdict play(Options options, Plant plant, ArenaBackend started, Journal journal)
            throws IOException, InterruptedException {
        Board board = new Board(options.matches());
        Verdict verdict;
        try (ArenaBackend backend = started;
                Viewer viewer = new Viewer(journal, board, view(options, backend))) {
            Runtime.getRuntime().addShutdownHook(new Thread(viewer::close)); // Ctrl-C leaves a terminal as it was
            int slotsNotFree = new Tournament(backend, plant, pace, journal).play(options.matches(), options.seed());
            verdict = verdict(options.matches(), journal, slotsNotFree);
        }
        Summary.print(out, board, verdict);
        return verdict;
    }

    /** What the pods see reaches the journal a moment after it happened: a verdict is bad only if it stays so. */
    private static Verdict verdict(int matches, Journal journal, int slotsNotFree) throws InterruptedException {
        Duration patience = journal.elapsed().plus(SETTLING);
        Verdict verdict = Tally.of(matches, journal.events(), slotsNotFree);
        while (!verdict.isGood() && journal.elapsed().compareTo(patience) < 0) {
            Thread.sleep(50);
            verdict = Tally.of(matches, journal.events(), slotsNotFree);
        }
        return verdict;
    }

    private View view(Options options, ArenaBackend backend) {
        String title = "%s, %s matches, seed %s".formatted(backend.name(), options.matches(), options.seed())
                + (options.plant().isEmpty() ? "" : ", planted: " + options.plant());
        if (terminal.isLive() && !options.verbose()) {
            return new Grid(out, title, terminal.coloured());
        }
        out.println("arena: " + title);
        return new Log(out, options.verbose());
    }
}
