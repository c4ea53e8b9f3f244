package kit.orchestration.examples.arena;

import java.util.Iterator;
import java.util.List;
import kit.orchestration.examples.arena.plant.Plants;

/**
 * What the command line asks for.
 *
 * @param matches how many matches are played
 * @param seed for the schedule and the players' chances
 * @param plant the name of the fault that is built in; empty for none
 * @param verbose whether every event is logged
 * @param help whether only the usage is wanted
 */
record Options(int matches, long seed, String plant, boolean verbose, boolean help) {

    static final String USAGE = """
            usage: ./arena [options]

            Plays matches on game servers with real sockets, in this process, and checks that
            no session is lost or handed out twice and that every bad token is refused.

              --matches N     how many matches, 1 to 100000 (200)
              --seed N        another schedule (1)
              --plant FAULT   builds in a fault, which must be found: accept, double or lost
              --verbose       logs every event, without the grid
              --help          this text

            Exit status: 0 if all is well, 1 if not, 2 if the options are wrong.
            NO_COLOR in the environment: no colours.""";

    private static final int MOST_MATCHES = 100_000;

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException if it is wrong; the message says what
     */
    static Options parse(List<String> arguments) {
        int matches = 200;
        long seed = 1;
        String plant = "";
        boolean verbose = false;
        boolean help = false;
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--matches" -> matches = (int) number(option, rest, 1, MOST_MATCHES);
                case "--seed" -> seed = number(option, rest, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--plant" -> plant = plant(value(option, rest));
                case "--verbose" -> verbose = true;
                case "--help" -> help = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return new Options(matches, seed, plant, verbose, help);
    }

    private static String plant(String name) {
        if (!Plants.NAMES.contains(name)) {
            throw new IllegalArgumentException("--plant must be one of %s, was %s".formatted(Plants.NAMES, name));
        }
        return name;
    }

    private static long number(String option, Iterator<String> rest, long min, long max) {
        String value = value(option, rest);
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                "%s must be a whole number from %d to %d, was %s".formatted(option, min, max, value));
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.next();
    }
}
