package kit.orchestration.benchmarks;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.SessionIds;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * The engine alone: what placing a session and getting its slot back costs beneath every backend.
 *
 * <p><b>One operation</b> is what the engine does for one session in its life, in the calls that a backend makes:
 * <ul>
 *   <li>{@link Pool#slotSeen}: a held slot, chosen at random, is free again. One turn of the pool's lock; the pod moves
 *       in every view that it stands in.
 *   <li>A {@link Call}, with the time and the number that {@code AllocatorEngine} gives it, and {@link Pool#place}: the
 *       view of the request's selectors is looked up, a pod picked, a slot reserved, a session id made. A second turn
 *       of the lock.
 *   <li>{@link Committer#commit} on the same thread, which answers {@link Reservation#applied} at once with a
 *       {@link Claim} of real contents, as Local does. A third turn of the lock; then the call's future is completed.
 * </ul>
 *
 * <p>In it, too: building the {@code AllocateReq}, as each call of a matchmaker has one of its own.
 * {@link RequestBenchmark} measures that alone, so that it can be taken off. Not in it: what the backend keeps or
 * writes, the token.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and calls what is marked @Setup.
public class EngineBenchmark {

    private static final PodAddress ADDRESS = PodAddress.parse("192.0.2.1:7777");
    private static final Instant EXPIRY = Instant.parse("2030-01-01T00:00:00Z");

    @Param({"10", "1000", "100000"})
    public int pods;

    @Param({"PACKED", "SPREAD"})
    public Placement placement;

    private final AtomicLong arrivals = new AtomicLong();
    private final Ledger ledger = new Ledger();
    private Pool<Handle> pool;

    /** What a backend has of a pod. */
    private record Handle(String audience) {}

    /** What a backend keeps of a session, to know its slot when it ends. */
    private record Held(Pod<Handle> pod, int slot, long version) {}

    /** A backend whose every commit succeeds at once. */
    private static final class Ledger implements Committer<Handle> {

        /** What the thread's last call was given. Local finds it by the session's id. */
        private static final ThreadLocal<@Nullable Held> LAST = new ThreadLocal<>();

        @Override
        public void commit(Handle handle, List<Reservation<Handle>> batch) {
            for (int i = 0; i < batch.size(); i++) {
                Reservation<Handle> reservation = batch.get(i);
                AllocateReq request = reservation.request();
                LAST.set(new Held(reservation.pod(), reservation.slot(), reservation.version() + 1));
                reservation.applied(new Claim(
                        request.pool(),
                        reservation.pod().name(),
                        ADDRESS,
                        handle.audience(),
                        reservation.sessionId(),
                        OptionalInt.of(reservation.slot()),
                        request.annotations(),
                        EXPIRY));
            }
        }

        @Override
        public @Nullable CompletionStage<@Nullable Claim> existing(Call call) {
            return null;
        }

        @Override
        public void giveBack(Claim claim) {
            throw new IllegalStateException("nobody cancels here, yet a claim was given back: " + claim);
        }

        private Held taken() {
            Held held = LAST.get();
            if (held == null) {
                throw new IllegalStateException("no room: the benchmark's capacity is too small");
            }
            LAST.set(null);
            return held;
        }
    }

    @Setup(Level.Trial)
    public void fill() {
        pool = new Pool<>(
                new Pool.Settings(
                        Fleet.POOL,
                        new Pool.Rules(placement, GroupLimit.NONE, 10_000, 0),
                        new SessionIds(new Random(1)),
                        System::nanoTime),
                ledger);
        pool.listed();
        for (int i = 0; i < pods; i++) {
            Handle handle = new Handle("bench-" + i + "/boot");
            Pod<Handle> pod = pool.pod("bench-" + i, handle, new long[Fleet.CAPACITY]);
            Map<String, String> labels = Fleet.labels(i);
            pool.update(pod, 1, PodState.READY, labels);
        }
        // Requests of others have made the views.
        Fleet.selectors().forEach(selectors -> free(place(Fleet.request(selectors))));
    }

    private Held place(AllocateReq request) {
        Call call = new Call(request, null, pool, arrivals.getAndIncrement(), System.nanoTime());
        pool.place(call);
        return ledger.taken();
    }

    private void free(Held held) {
        pool.slotSeen(held.pod(), held.slot(), held.version() + 1);
    }

    /** The sessions that one thread holds. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init")
    public static class Caller {

        private Turnover<Held> sessions;

        @Setup(Level.Trial)
        public void claim(EngineBenchmark engine, ThreadParams thread) {
            List<Map<String, String>> selectors = Fleet.selectors();
            Turnover.Source<Held> source = new Turnover.Source<>() {
                @Override
                public void release(Held held) {
                    engine.free(held);
                }

                @Override
                public Held claim(int kind) {
                    return engine.place(Fleet.request(selectors.get(kind)));
                }
            };
            sessions = new Turnover<>(
                    source,
                    selectors.size(),
                    thread.getThreadIndex(),
                    Held[]::new,
                    Fleet.HELD / thread.getThreadCount());
        }
    }

    @Benchmark
    public Object releaseAndReserve(Caller caller) {
        return caller.sessions.next();
    }
}
