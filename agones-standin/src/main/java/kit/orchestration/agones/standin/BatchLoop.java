package kit.orchestration.agones.standin;

import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import org.jspecify.annotations.Nullable;

/**
 * The allocator's one loop. It takes calls until there is none left: that is a batch. All of a batch get their servers
 * from one list, ordered by its first call, and anew for one that wants another order; each that was chosen is off
 * it, and out of the cache until it is written.
 */
final class BatchLoop implements Runnable {

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final AllocatorView view;
    private final Updates updates;
    private final Timing timing;
    private final Fate fate;
    private final Random random;
    /** When a batch was over; of the loop's thread alone. */
    private long lastLook = System.nanoTime();

    BatchLoop(AllocatorView view, Updates updates, Timing timing, Fate fate, long seed) {
        this.view = view;
        this.updates = updates;
        this.timing = timing;
        this.fate = fate;
        this.random = new Random(seed);
    }

    void add(Call call) {
        calls.add(call);
    }

    /** Runs until it is interrupted. */
    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                if (fate.has(Vice.BATCH_DROPS)) {
                    Call first = calls.take();
                    TimeUnit.NANOSECONDS.sleep(untilNextLook(System.nanoTime()));
                    batch(first);
                    lastLook = System.nanoTime();
                } else {
                    serveAlone(calls.take());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the stand-in is closed
        }
    }

    /**
     * It looks for calls again and again, with the batch wait between: an idle one makes a call wait too, half as long.
     */
    private long untilNextLook(long now) {
        long wait = timing.batchWait().toNanos();
        return wait == 0 ? 0 : wait - (now - lastLook) % wait;
    }

    private void batch(Call first) {
        List<GameServer> servers = List.of();
        @Nullable AllocationRequest sorted = null;
        int served = 0;
        for (@Nullable Call call = first; call != null; call = calls.poll()) {
            if (sorted == null || served == timing.batchRefresh() || !Order.isSame(sorted, call.request())) {
                servers = Order.of(view.list(), call.request(), random);
                sorted = call.request();
                served = 0;
            }
            served++;
            Optional<GameServer> chosen = choose(servers, call);
            if (chosen.isPresent()) {
                servers.remove(chosen.get());
                view.take(chosen.get());
                updates.start(call, chosen.get(), this);
            }
        }
    }

    private void serveAlone(Call call) throws InterruptedException {
        Optional<GameServer> chosen = choose(Order.of(view.list(), call.request(), random), call);
        if (chosen.isPresent()) {
            view.take(chosen.get());
            updates.run(call, chosen.get(), this);
        }
    }

    private Optional<GameServer> choose(List<GameServer> servers, Call call) {
        if (fate.contends()) {
            call.fail(Status.ABORTED.withDescription("no GameServer could be selected, since another call was faster"));
            return Optional.empty();
        }
        Optional<GameServer> chosen = Selection.of(servers, call.request(), !fate.has(Vice.SILENT_TRUNCATION));
        if (chosen.isEmpty()) {
            call.fail(Status.RESOURCE_EXHAUSTED.withDescription("there is no available GameServer to allocate"));
        }
        return chosen;
    }
}
