package kit.orchestration.agones.standin;

import io.grpc.Status;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;

/**
 * Writes what calls have chosen, many at a time; after a conflict the call is back in the queue, for another server.
 */
final class Updates {

    private final Store store;
    private final AllocatorView view;
    private final Timing timing;
    private final Fate fate;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService scheduler;

    Updates(
            Store store,
            AllocatorView view,
            Timing timing,
            Fate fate,
            ThreadPoolExecutor workers,
            ScheduledExecutorService scheduler) {
        this.store = store;
        this.view = view;
        this.timing = timing;
        this.fate = fate;
        this.workers = workers;
        this.scheduler = scheduler;
    }

    void start(Call call, GameServer chosen, BatchLoop loop) {
        workers.execute(() -> {
            try {
                run(call, chosen, loop);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the stand-in is closed
            }
        });
    }

    void run(Call call, GameServer chosen, BatchLoop loop) throws InterruptedException {
        if (fate.losesUpdate()) {
            view.putBack(chosen);
            call.fail(lost());
            return;
        }
        GameServer changed = Wire.applied(call.request(), chosen);
        try {
            GameServer written = store.update(changed, added(call.request()));
            view.putBack(written);
            call.succeed(written);
        } catch (ConflictException e) {
            // Expected: the pod, or another, has written since. Told to the caller only once all tries met one.
            view.conflicted(chosen);
            Call again = call.again();
            if (again.tries() >= timing.tries()) {
                call.fail(lost().withCause(e));
            } else {
                scheduler.schedule(() -> loop.add(again), timing.retry().toNanos(), TimeUnit.NANOSECONDS);
            }
        }
    }

    private static int added(AllocationRequest request) {
        return request.getListsMap().values().stream()
                .mapToInt(action -> action.getAddValuesCount())
                .sum();
    }

    private static Status lost() {
        return Status.UNKNOWN.withDescription("could not update the selected GameServer");
    }
}
