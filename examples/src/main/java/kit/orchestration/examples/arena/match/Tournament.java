package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kit.orchestration.examples.arena.backend.ArenaBackend;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/**
 * The whole run: three pods, a schedule of matches, a pod that is replaced in the middle, and an audit of every slot at the
 * end.
 */
public final class Tournament {

    private static final int SLOTS = 8;
    private static final PodPlan EU_1 = new PodPlan("eu-1", "eu", SLOTS);
    private static final PodPlan EU_2 = new PodPlan("eu-2", "eu", SLOTS);
    private static final PodPlan US_1 = new PodPlan(Plant.POD, "us", SLOTS);
    /** Comes when {@link #EU_2} has gone, as a new version is rolled out. */
    private static final PodPlan EU_3 = new PodPlan("eu-3", "eu", SLOTS);

    private static final int LATECOMER_EVERY = 25;
    private static final int DISTURBANCE_EVERY = 40;
    private static final Duration TIME_LIMIT = Duration.ofMinutes(2);

    private final ArenaBackend backend;
    private final Matchmaker matchmaker;
    private final Impostor impostor;
    private final Pace pace;
    private final Journal journal;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "arena-match");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * A run on a backend.
     *
     * @param plant what is broken on purpose
     * @param pace how fast the players are
     * @param journal where everybody writes what they see
     */
    public Tournament(ArenaBackend backend, Plant plant, Pace pace, Journal journal) {
        this.backend = backend;
        this.pace = pace;
        this.journal = journal;
        String run = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
        matchmaker = new Matchmaker(plant.allocator(backend.allocator()), backend.pool(), run);
        impostor = new Impostor(backend::addresses, journal);
    }

    /**
     * Plays as many matches, and returns when all is over.
     *
     * @return how many slots were not free at the end
     */
    public int play(int matches, long seed) throws IOException, InterruptedException {
        try {
            startAll(List.of(EU_1, EU_2, US_1));
            awaitAll(begin(Schedule.of(matches, seed)));
            return new Audit(matchmaker, journal).slotsNotFree(List.of(EU_1, EU_3, US_1));
        } finally {
            threads.shutdownNow();
        }
    }

    /** Side by side, since a pod may be a process. */
    private void startAll(List<PodPlan> pods) throws IOException, InterruptedException {
        List<Future<?>> starting = new ArrayList<>();
        for (PodPlan pod : pods) {
            starting.add(threads.submit(() -> {
                backend.start(pod);
                return pod;
            }));
        }
        for (Future<?> pod : starting) {
            try {
                pod.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
            }
        }
    }

    /** Starts everything at its time. */
    private List<Future<?>> begin(List<MatchPlan> schedule) throws InterruptedException {
        List<Future<?>> running = new ArrayList<>();
        Duration start = journal.elapsed();
        for (int i = 0; i < schedule.size(); i++) {
            MatchPlan plan = schedule.get(i);
            Duration early = start.plus(plan.at()).minus(journal.elapsed());
            Thread.sleep(Math.max(0, early.toMillis()));
            running.add(threads.submit(new Match(plan, matchmaker, impostor, pace, threads, journal)));
            if (i % LATECOMER_EVERY == LATECOMER_EVERY / 2) {
                String name = "late-%d".formatted(i / LATECOMER_EVERY + 1);
                running.add(threads.submit(new Latecomer(name, matchmaker, impostor, journal)));
            }
            if (i % DISTURBANCE_EVERY == DISTURBANCE_EVERY / 2) {
                backend.disturb();
            }
            if (i == schedule.size() / 2) {
                running.add(threads.submit(this::rollOut));
            }
        }
        return running;
    }

    private void rollOut() {
        try {
            backend.retire(EU_2);
            backend.start(EU_3);
        } catch (IOException e) {
            journal.add(new Event.Failed("roll-out", String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitAll(List<Future<?>> running) throws InterruptedException {
        long deadline = System.nanoTime() + TIME_LIMIT.toNanos();
        for (Future<?> task : running) {
            try {
                task.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                journal.add(new Event.Failed("the run", String.valueOf(e.getCause())));
            } catch (TimeoutException e) {
                journal.add(new Event.Failed("the run", "not over within " + TIME_LIMIT));
                return;
            }
        }
    }
}
