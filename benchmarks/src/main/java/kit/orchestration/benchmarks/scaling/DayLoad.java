package kit.orchestration.benchmarks.scaling;

import java.util.Random;

/** What comes to a pool on a day, second by second; the same for the same seed. Seconds count from midnight. */
enum DayLoad {
    /** As players live: few before dawn, most in the evening. */
    DAY("an ordinary day: 60 to 600 sessions at once, by a curve") {
        @Override
        double perSecond(int second) {
            double curve = 0.5 - 0.5 * Math.cos(2 * Math.PI * (second / 3_600.0 - 5) / 24);
            return (60 + 540 * curve * curve) / MEAN_SECONDS;
        }
    },
    /** A game is released at ten. */
    LAUNCH("a launch: 100 sessions at once, and from 10:00 on ten times as many players in five minutes, fewer after") {
        @Override
        double perSecond(int second) {
            double since = second - 10 * HOUR;
            double times =
                    since < 0 ? 1 : 1 + 9 * Math.min(1, since / 300) * Math.exp(-Math.max(0, since - 300) / 5_400);
            return 100 * times / MEAN_SECONDS;
        }
    },
    /** Long matches that end together. */
    TOURNAMENT(
            "a tournament: 80 sessions at once, and 700 that begin from 18:00 to 18:10 and end from 21:30 to 21:32") {
        @Override
        double perSecond(int second) {
            return 80 / MEAN_SECONDS + (isOfTournament(second) ? 700 / 600.0 : 0);
        }

        @Override
        int length(int second, Random random) {
            boolean plays = isOfTournament(second) && random.nextDouble() < 700 / 600.0 / perSecond(second);
            return plays ? 21 * HOUR + 1_800 - second + random.nextInt(120) : super.length(second, random);
        }

        private boolean isOfTournament(int second) {
            return second >= 18 * HOUR && second < 18 * HOUR + 600;
        }
    };

    static final int HOUR = 3_600;
    private static final int SHORTEST = 120;
    private static final int LONGEST = 3_600;
    /** Of a session's length: half are shorter than twelve minutes. */
    private static final double MEDIAN_SECONDS = 720;

    private static final double SPREAD = 0.5;
    private static final double MEAN_SECONDS = MEDIAN_SECONDS * Math.exp(SPREAD * SPREAD / 2);

    private final String title;

    DayLoad(String title) {
        this.title = title;
    }

    /** How many sessions are asked for in a second, on average. */
    abstract double perSecond(int second);

    String title() {
        return title;
    }

    /** How many are asked for in this second: by a Poisson process. */
    int arrivals(int second, Random random) {
        double limit = Math.exp(-perSecond(second));
        int count = 0;
        for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
            count++;
        }
        return count;
    }

    /** How long the session lasts that is asked for in this second. */
    int length(int second, Random random) {
        double length = MEDIAN_SECONDS * Math.exp(SPREAD * random.nextGaussian());
        return (int) Math.max(SHORTEST, Math.min(LONGEST, length));
    }
}
