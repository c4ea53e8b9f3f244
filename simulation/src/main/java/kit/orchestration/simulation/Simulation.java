package kit.orchestration.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code simulation/run}: schedules by their seeds, and what should not have happened in them. */
public final class Simulation {

    /** So many stories are told. */
    private static final int STORIES = 3;

    private static final int EACH = 1_000;

    /** One hash for all: what is kept by it is in the same order in each run. */
    static final List<String> JVM = List.of("-ea", "-XX:+UnlockExperimentalVMOptions", "-XX:hashCode=2");

    private long seeds = 1_000;
    private long from = 1;
    private boolean story;
    private boolean onlyFirst;

    private Simulation() {}

    /** Exit code 0 if there was no breach, 1 if there was, 2 for what is not understood. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(new Simulation().run(List.of(args)));
    }

    private int run(List<String> args) throws IOException, InterruptedException {
        try {
            for (int i = 0; i < args.size(); i++) {
                switch (args.get(i)) {
                    case "--seeds" -> seeds = number(args, ++i);
                    case "--from" -> from = number(args, ++i);
                    case "--story" -> story = true;
                    case "--first" -> onlyFirst = true;
                    case "--plant" -> {
                        List<String> rest = new ArrayList<>(args);
                        rest.remove(i);
                        Plant plant = Plant.named(word(rest, i));
                        rest.remove(i);
                        return runWith(plant, rest);
                    }
                    default -> throw new IllegalArgumentException("unknown option " + args.get(i));
                }
            }
        } catch (IllegalArgumentException mistake) {
            System.err.println("simulation: " + mistake.getMessage());
            return 2;
        }
        return run();
    }

    /** In the build's own folder, which goes with it. */
    private static int runWith(Plant plant, List<String> args) throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("orchestration.root", "."));
        Path target = Files.createDirectories(root.resolve("simulation/target"));
        return plant.program(root, Files.createTempDirectory(target, plant.title()), args)
                .inheritIO()
                .start()
                .waitFor();
    }

    private static String word(List<String> args, int i) {
        if (i >= args.size()) {
            throw new IllegalArgumentException(args.get(i - 1) + " must be followed by a value");
        }
        return args.get(i);
    }

    private static long number(List<String> args, int i) {
        String word = word(args, i);
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(args.get(i - 1) + " must be followed by a number, was " + word, e);
        }
    }

    private int run() {
        ErrorLog.begin();
        long begun = System.nanoTime();
        long done = 0;
        long breaches = 0;
        int told = 0;
        while (done < seeds && !(onlyFirst && breaches > 0)) {
            long seed = from + done++;
            Schedule schedule = new Schedule(seed);
            Set<String> found = schedule.run();
            if (story || (!found.isEmpty() && told++ < STORIES)) {
                schedule.story().forEach(System.out::println);
            }
            if (!found.isEmpty() && breaches == 0) {
                System.out.printf(Locale.ROOT, "the first breach after %.1f s%n", (System.nanoTime() - begun) / 1e9);
            }
            found.forEach(breach -> System.out.println("seed " + seed + ": " + breach));
            breaches += found.size();
            if (done % EACH == 0 && done < seeds) {
                System.out.println(done + " schedules, " + breaches + " breaches so far");
            }
        }
        System.out.println("simulation: " + done + " schedules, " + breaches + " breaches");
        return breaches > 0 ? 1 : 0;
    }
}
