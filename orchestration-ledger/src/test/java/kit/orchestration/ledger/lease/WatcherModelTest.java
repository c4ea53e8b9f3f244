package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kit.orchestration.ledger.lease.ModelServer.Thing;
import kit.orchestration.ledger.lease.ModelServer.Write;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Thousands of schedules of a server with every vice, each from a seed. Whenever there is no doubt, all that is older
 * than a bound was told; it was told in order, and nothing backwards; when the faults end, the doubt does.
 */
class WatcherModelTest {

    private static final int SCHEDULES = Integer.getInteger("schedules", 2_000);
    /** A process that was stopped for less does not know it. */
    private static final Duration UNNOTICED = Watcher.STOPPED.plusSeconds(1);

    /** What is that old at most is resumed from; then the watch is dead, and says so by its silence. */
    private static final Duration BOUND = Watcher.LENGTH
            .multipliedBy(2)
            .plus(Watcher.GRACE)
            .plus(ModelServer.ON_ITS_WAY)
            .plus(UNNOTICED)
            .plus(Watcher.SETTLED);
    /** Where no watch is dead without a word, it is shorter: one connects, and what is on its way comes. */
    private static final Duration BOUND_WITHOUT_SILENCE =
            ModelServer.CONNECT.plus(ModelServer.ON_ITS_WAY).plus(UNNOTICED).plus(Watcher.SETTLED);
    /** A dead watch, a slow list, a pause, and the time that a watch stands until it is believed. */
    private static final Duration HEALED = Watcher.LENGTH
            .plus(Watcher.GRACE)
            .plus(ModelServer.SLOW_LIST)
            .plusSeconds(8)
            .plus(Watcher.SETTLED.multipliedBy(2));

    @Test
    void in_every_schedule_what_is_not_doubted_is_true() {
        long first = Long.getLong("seed", System.nanoTime());
        System.out.println("WatcherModelTest: first seed " + first + "L, " + SCHEDULES + " schedules");
        for (long seed = first; seed < first + SCHEDULES; seed++) {
            new Schedule(seed).run();
        }
    }

    private static final class Schedule implements Watcher.Sink<Thing> {
        private final long seed;
        private final Random random;
        private final VirtualTime time = new VirtualTime();
        private final ModelServer server;
        private final Watcher<Thing> watcher;
        /** Up to where each thing was told, be it that it is gone. */
        private final Map<String, Long> known = new HashMap<>();

        private long listed = -1;
        private long told = -1;
        private int certain;
        private @Nullable AssertionError failure;

        Schedule(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.server = new ModelServer(time, random);
            this.watcher = new Watcher<>(server, time.loop(), random, this);
            server.silence = random.nextBoolean();
        }

        void run() {
            server.faults = random.nextInt(3) == 0 ? 0 : random.nextInt(90);
            for (int i = random.nextInt(20); i > 0; i--) {
                server.write(time.time());
            }
            watcher.start();
            Duration faulty = Duration.ofSeconds(30 + random.nextInt(200));
            while (time.time().compareTo(faulty) < 0) {
                step();
            }
            server.faults = 0;
            int before = server.requests;
            Duration healed = time.time().plus(HEALED);
            while (time.time().compareTo(healed) < 0) {
                time.advance(Duration.ofMillis(random.nextInt(2_000)));
                server.write(time.time());
                check();
            }
            assertThat(watcher.doubt())
                    .as("seed %dL: doubt after the faults", seed)
                    .isEmpty();
            assertThat(certain).as("seed %dL", seed).isPositive();
            assertThat(server.requests - before)
                    .as("seed %dL: requests of a healthy server", seed)
                    .isLessThan(16);
            assertThat(server.requests)
                    .as("seed %dL: requests in %s", seed, time.time())
                    .isLessThan(20 + (int) time.time().toSeconds());
            if (failure != null) {
                throw failure;
            }
            watcher.close();
            int requests = server.requests;
            time.advance(Duration.ofMinutes(2));
            assertThat(server.requests).as("seed %dL", seed).isEqualTo(requests);
        }

        private void step() {
            switch (random.nextInt(12)) {
                case 0 -> watcher.suspect("somebody missed something");
                case 1 -> server.forget();
                case 2 -> stop(random.nextInt(3) == 0 ? 60_000 : 6_000);
                case 3 -> {
                    for (int i = 0; i < 5; i++) {
                        server.write(time.time());
                    }
                }
                case 4 -> server.faults = random.nextInt(90);
                default -> server.write(time.time());
            }
            check();
            time.advance(Duration.ofMillis(random.nextInt(random.nextInt(4) == 0 ? 12_000 : 600)));
            check();
        }

        /** The process is stopped, and the world goes on. */
        private void stop(int millis) {
            Duration before = time.time();
            time.stop(Duration.ofMillis(random.nextInt(millis)));
            long nanos = time.time().minus(before).toNanos();
            for (int i = random.nextInt(4); i > 0; i--) {
                server.write(before.plusNanos(nanos / (i + 1)));
            }
        }

        private void check() {
            if (watcher.doubt().isPresent()) {
                return;
            }
            certain++;
            Duration bound = server.silence ? BOUND : BOUND_WITHOUT_SILENCE;
            Duration then = time.time().minus(bound);
            for (Write write : server.writes) {
                if (write.at().compareTo(then) < 0) {
                    assertThat(Math.max(known.getOrDefault(write.key(), -1L), listed))
                            .as("seed %dL, at %s: no doubt, and %s was not told", seed, time.time(), write)
                            .isGreaterThanOrEqualTo(write.version());
                }
            }
        }

        @Override
        public void listed(List<Thing> objects) {
            long at = server.lists.get(objects);
            holds(() -> assertThat(at)
                    .as("seed %dL: a list from before what was told", seed)
                    .isGreaterThanOrEqualTo(told));
            listed = at;
            told = at;
        }

        /** The watcher logs what its sink throws. */
        private void holds(Runnable assertion) {
            try {
                assertion.run();
            } catch (AssertionError broken) {
                failure = failure == null ? broken : failure;
            }
        }

        @Override
        public void seen(Thing thing) {
            news(thing);
        }

        @Override
        public void gone(Thing thing) {
            news(thing);
        }

        private void news(Thing thing) {
            holds(() -> assertThat(thing.version())
                    .as("seed %dL, at %s: told twice, or backwards", seed, time.time())
                    .isGreaterThan(told));
            holds(() -> assertThat(server.writes.stream()
                            .filter(write -> write.version() > told && write.version() < thing.version()))
                    .as("seed %dL, at %s: passed over", seed, time.time())
                    .isEmpty());
            told = thing.version();
            known.put(thing.key(), thing.version());
        }

        @Override
        public void doubtChanged() {
            holds(this::check);
        }
    }
}
