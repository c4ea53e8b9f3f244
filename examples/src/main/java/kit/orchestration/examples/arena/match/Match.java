package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.examples.arena.game.Strategy;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/** A match from the moment its players want to play to the end of their game. */
final class Match implements Runnable {

    private final MatchPlan plan;
    private final Matchmaker matchmaker;
    private final Impostor impostor;
    private final Pace pace;
    private final ExecutorService threads;
    private final Journal journal;

    Match(
            MatchPlan plan,
            Matchmaker matchmaker,
            Impostor impostor,
            Pace pace,
            ExecutorService threads,
            Journal journal) {
        this.plan = plan;
        this.matchmaker = matchmaker;
        this.impostor = impostor;
        this.pace = pace;
        this.threads = threads;
        this.journal = journal;
    }

    @Override
    public void run() {
        try {
            journal.add(new Event.Asked(plan.name(), plan.priority()));
            Allocation allocation = matchmaker.allocate(plan);
            journal.add(new Event.Allocated(plan.name(), allocation.sessionId()));
            mischief(allocation, false);
            play(allocation);
            mischief(allocation, true);
        } catch (AllocationException | IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Both get the same address and token, and go there by themselves. */
    private void play(Allocation allocation) throws InterruptedException {
        Future<?> first = threads.submit(player(allocation, "a", "b", plan.first(), plan.seed()));
        Future<?> second = threads.submit(player(allocation, "b", "a", plan.second(), plan.seed() + 1));
        await(first);
        await(second);
    }

    private Callable<Boolean> player(Allocation allocation, String self, String other, Strategy strategy, long seed) {
        Player player = new Player(plan.name(), plan.name() + self, plan.name() + other, strategy, seed, pace, journal);
        return () -> {
            player.play(allocation, plan.stones());
            return true;
        };
    }

    private void mischief(Allocation allocation, boolean over) throws IOException {
        if (plan.mischief().isPresent()) {
            Mischief mischief = plan.mischief().get();
            if ((mischief == Mischief.REPLAYED) == over) {
                impostor.present(mischief, allocation.token(), allocation.podAddress());
            }
        }
    }

    private void await(Future<?> player) throws InterruptedException {
        try {
            player.get();
        } catch (ExecutionException e) {
            fail(e.getCause() != null ? e.getCause() : e);
        }
    }

    private void fail(Throwable cause) {
        journal.add(new Event.Failed(plan.name(), String.valueOf(cause.getMessage())));
    }
}
