package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kit.orchestration.examples.arena.backend.ArenaBackend;
import kit.orchestration.examples.arena.backend.Lineup;
import kit.orchestration.examples.arena.backend.Patience;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/**
 * The whole run: a lineup of pods, a schedule of matches, a pod that is replaced in the middle, and an audit of every
 * slot at the end.
 */
public final class Tournament {

    private static final int LATECOMER_EVERY = 25;
    private static final int DISTURBANCE_EVERY = 40;
    /**
     * Matches that play or wait for room at a time, for each slot: there are always some that wait, and none for ever.
     */
    private static final int MATCHES_PER_SLOT = 2;

    private final ArenaBackend backend;
    private final Lineup lineup;
    private final Patience patience;
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
        this.lineup = backend.lineup();
        this.patience = backend.patience();
        this.pace = pace;
        this.journal = journal;
        String run = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
        matchmaker = new Matchmaker(plant.allocator(backend.allocator()), backend, run);
        impostor = new Impostor(backend::addresses, journal);
    }

    /**
     * Plays as many matches, and returns when all is over.
     *
     * @return how many slots were not free at the end
     */
    public int play(int matches, long seed) throws IOException, InterruptedException {
        try {
            startAll(lineup.pods());
            awaitAll(begin(Schedule.of(matches, lineup.regions(), seed)));
            return new Audit(matchmaker, patience, journal).slotsNotFree(lineup.last());
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

    /** Starts everything at its time, or later if there is a crowd already. */
    private List<Future<?>> begin(List<MatchPlan> schedule) throws InterruptedException {
        List<Future<?>> running = new ArrayList<>();
        Semaphore crowd = new Semaphore(MATCHES_PER_SLOT * lineup.slots());
        Duration start = journal.elapsed();
        for (int i = 0; i < schedule.size(); i++) {
            MatchPlan plan = schedule.get(i);
            Duration early = start.plus(plan.at()).minus(journal.elapsed());
            Thread.sleep(Math.max(0, early.toMillis()));
            crowd.acquire();
            Match match = new Match(plan, matchmaker, impostor, pace, threads, journal);
            running.add(threads.submit(() -> {
                try {
                    match.run();
                } finally {
                    crowd.release();
                }
            }));
            if (i % LATECOMER_EVERY == LATECOMER_EVERY / 2) {
                String name = "late-%s".formatted(i / LATECOMER_EVERY + 1);
                running.add(threads.submit(new Latecomer(name, matchmaker, impostor, patience.room(), journal)));
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
            backend.retire(lineup.leaving());
            backend.start(lineup.coming());
        } catch (IOException e) {
            journal.add(new Event.Failed("roll-out", String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitAll(List<Future<?>> running) throws InterruptedException {
        long deadline = System.nanoTime() + patience.run().toNanos();
        for (Future<?> task : running) {
            try {
                task.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                journal.add(new Event.Failed("the run", String.valueOf(e.getCause())));
            } catch (TimeoutException e) {
                journal.add(new Event.Failed("the run", "not over within " + patience.run()));
                return;
            }
        }
    }
}
