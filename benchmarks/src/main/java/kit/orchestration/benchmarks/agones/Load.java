package kit.orchestration.benchmarks.agones;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kit.orchestration.benchmarks.agones.Client.Outcome;

/**
 * Callers in a closed loop: each has so many requests under way, and asks anew for each that was answered, at once;
 * after a refusal or a failure in a while, as whoever has no answer for his players would.
 */
final class Load {

    private static final long PAUSE_MS = 50;

    private final Client client;
    private final Room room;
    private final ScheduledExecutorService timer;
    private final Tally tally;

    /** Whether answers count now, and whether any more is asked for. */
    private volatile boolean counts;

    private volatile boolean over;

    private Load(Client client, Room room, ScheduledExecutorService timer, Tally tally) {
        this.client = client;
        this.room = room;
        this.timer = timer;
        this.tally = tally;
    }

    /** Runs, and returns when every request has its answer and the servers are empty again. */
    static void run(
            Client client,
            int requestsUnderWay,
            Duration ramp,
            Duration counted,
            Room room,
            ScheduledExecutorService timer,
            Tally tally)
            throws InterruptedException {
        Load load = new Load(client, room, timer, tally);
        for (int i = 0; i < requestsUnderWay; i++) {
            load.ask();
        }
        Thread.sleep(ramp.toMillis());
        room.takeMost();
        long start = System.nanoTime();
        load.counts = true;
        Thread.sleep(counted.toMillis());
        load.counts = false;
        tally.add(Duration.ofNanos(System.nanoTime() - start), room.takeMost());
        load.over = true;
        room.awaitEmpty();
    }

    private void ask() {
        if (over) {
            return;
        }
        room.asked();
        long start = System.nanoTime();
        client.claim().whenComplete((outcome, error) -> answered(error == null ? outcome : Outcome.FAILED, start));
    }

    private void answered(Outcome outcome, long start) {
        boolean roomLeft = room.isLeft();
        if (outcome == Outcome.REFUSED) {
            room.refused();
        } else {
            room.claimed();
        }
        if (counts) {
            switch (outcome) {
                case CLAIMED -> tally.countClaimed(System.nanoTime() - start);
                case REFUSED -> tally.countRefused(roomLeft);
                case FAILED -> tally.countFailed();
            }
        }
        if (outcome == Outcome.CLAIMED) {
            ask();
        } else {
            timer.schedule(this::ask, PAUSE_MS, TimeUnit.MILLISECONDS);
        }
    }
}
