package kit.orchestration.k8s.scale;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.k8s.scale.ScaleCalls.Scale;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.ScalePolicy.Plan;
import kit.orchestration.k8s.scale.ScalePolicy.Sight;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a pool again and again, and does what the {@link ScalePolicy} says: one look at a time, and the next when
 * what it led to is written. Every write tests what it assumes; one that fails leads to another look, since whoever was
 * faster may have changed everything. Confined to a loop of its own, but for what is said otherwise.
 */
public final class Scaler implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Scaler.class);

    /** Of what can wait. */
    static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIDY = Duration.ofMinutes(1);
    /** So often in a row may somebody else be faster: then it is none, and the server refuses. */
    private static final int RACES = 10;

    /**
     * What a scaler is about.
     *
     * @param pool the pool's name
     * @param identity who it is, in its marks and as a leader; without spaces
     * @param least how many pods there are at least
     * @param most how many pods there are at most
     * @param buffer how many slots are to be free
     * @param calm for how long a pod must not have been needed before it is spared
     * @param startTimeout for how long a pod that takes no sessions yet is counted on
     * @param target what has the number of pods; null if it is only told how many slots are needed
     */
    public record Settings(
            String pool,
            String identity,
            int least,
            int most,
            ScalePolicy.Buffer buffer,
            Duration calm,
            Duration startTimeout,
            @Nullable ScaleTarget target) {

        /** Checks the numbers, as the policy has them. */
        public Settings {
            new ScalePolicy(least, most, buffer, Order.BY_COST);
        }

        private ScalePolicy policy(Order order) {
            return new ScalePolicy(least, most, buffer, order);
        }
    }

    /**
     * What its allocator gives it.
     *
     * @param client elects the leader
     * @param transport carries the other calls
     * @param namespace of the pool
     * @param timeout of a call
     * @param view sees pods and Leases
     * @param viewLoop its loop
     * @param waiting how many requests wait in the allocator; any thread
     * @param clock the time of day
     * @param random for pauses and names
     */
    public record Surroundings(
            KubernetesClient client,
            Transport transport,
            String namespace,
            Duration timeout,
            ClusterView view,
            Loop viewLoop,
            IntSupplier waiting,
            InstantSource clock,
            RandomGenerator random) {}

    /** The target's number, if this one acts, and the pods. */
    private record Seen(@Nullable Scale scale, List<Sighting> pods, boolean isCertain, int leaving) {

        Set<String> names() {
            return pods.stream().map(pod -> pod.sight().name()).collect(Collectors.toSet());
        }
    }

    private final Settings settings;
    private final Surroundings around;
    private final Loop loop;
    private final ScaleCalls calls;
    private final WaitingBoard board;
    private final @Nullable Leadership leadership;
    private final Sightings sightings;
    private final PeakNeed peak;
    private final Costs costs;
    private final PodWrites podWrites;
    private final PlanWrites writes;
    private final Making making;
    private final TargetCheck targets;
    private final Retry retry;
    private final NotBefore notBefore;
    private final List<Future<?>> timers = new ArrayList<>();

    private boolean busy;
    private long nextLook;
    private long nextCount;
    private int waited;
    private int slotsPerPod;
    private int races;
    private String said = "";
    private volatile OptionalInt needed = OptionalInt.empty();

    /** Of a pool; {@link #start} begins. */
    public Scaler(Settings settings, Surroundings around) {
        this.settings = settings;
        this.around = around;
        this.loop = new Loop("orchestration-scaler-" + settings.pool());
        this.calls = new ScaleCalls(around.transport(), around.namespace(), around.timeout());
        LeaseApi leases = new LeaseApi(
                around.transport(), around.namespace(), around.timeout(), LeaseApi.Observer.NONE, loop::nanoTime);
        this.board = new WaitingBoard(
                calls, leases, loop, around.random(), around.clock(), settings.pool(), settings.identity());
        this.leadership = settings.target() == null
                ? null
                : new Leadership(
                        around.client(), around.namespace(), settings.pool(), settings.identity(), loop::nanoTime);
        String marks = "scaler/" + settings.pool() + " ";
        // Not an earlier process's of the same name: nobody knows what that was about to do.
        String own = marks + settings.identity() + "/"
                + Long.toString(around.random().nextLong() >>> 1, Character.MAX_RADIX);
        this.sightings = new Sightings(marks, own, settings.startTimeout());
        this.peak = new PeakNeed(settings.calm());
        this.costs = new Costs(calls, loop::nanoTime);
        this.podWrites = new PodWrites(loop, around.random());
        this.writes = new PlanWrites(
                settings.pool(),
                own,
                calls,
                leases,
                around.view(),
                around.viewLoop(),
                costs,
                podWrites,
                this::isLeading);
        this.making = new Making(settings.startTimeout());
        this.targets = new TargetCheck(settings.pool());
        this.retry = new Retry("scaling pool " + settings.pool(), BACKOFF, ScaleCalls::wayOut);
        this.notBefore = new NotBefore(loop);
        this.nextLook = loop.nanoTime();
        this.nextCount = nextLook;
    }

    /** Begins. Any thread. */
    public void start() {
        board.start();
        if (leadership != null) {
            leadership.start();
        }
        loop.offer(() -> {
            timers.add(loop.every(TICK, this::tick));
            timers.add(loop.every(TIDY, this::tidy));
        });
    }

    /** How many slots the pool is to have; empty before its pods are listed. Any thread. */
    public OptionalInt needed() {
        return needed;
    }

    /** Whether this one acts now. Any thread. */
    public boolean isLeading() {
        return leadership != null && leadership.isLeading();
    }

    /** Ends it; what is marked stays marked. Blocks for some seconds at most. Any thread. */
    @Override
    public void close() {
        loop.offer(() -> timers.forEach(timer -> timer.cancel(false)));
        if (leadership != null) {
            leadership.close();
        }
        board.close();
        loop.close();
    }

    private void tick() {
        int waitingHere = around.waiting().getAsInt();
        board.say(waitingHere);
        int waiting = waitingHere + board.others();
        long now = loop.nanoTime();
        if (waiting != waited || now - nextCount >= 0) {
            nextCount = now + PERIOD.toNanos();
            count(waiting);
        }
        if (!busy && now - notBefore.end() >= 0 && (waiting > waited || now - nextLook >= 0)) {
            waited = waiting;
            nextLook = now + PERIOD.toNanos();
            look();
        }
    }

    /** Whether this one acts or not, and whatever keeps it from that. */
    private void count(int waiting) {
        boolean open = around.viewLoop().offer(() -> {
            int held = Sightings.held(around.view().pods(settings.pool()));
            needed = around.view().isListed()
                    ? OptionalInt.of(settings.policy(Order.BY_COST).needed(held + waiting))
                    : OptionalInt.empty();
        });
        if (!open) {
            needed = OptionalInt.empty();
        }
    }

    private void tidy() {
        if (isLeading()) {
            board.tidy();
        }
    }

    private void look() {
        busy = true;
        ScaleTarget target = isLeading() ? settings.target() : null;
        if (target == null) {
            peak.forget();
        }
        CompletableFuture<@Nullable Scale> scale = target == null
                ? CompletableFuture.completedFuture(null)
                : calls.read(target).thenApply(read -> read);
        // Whatever is thrown in between fails the look, and there is another.
        loop.whenDone(scale.thenCompose(this::see).thenComposeAsync(this::act, loop), (done, failure) -> over(failure));
    }

    private void over(@Nullable Throwable failure) {
        busy = false;
        if (failure == null) {
            races = 0;
            retry.succeeded();
            return;
        }
        if (ApiException.cause(failure) instanceof AllocatorClosedException && leadership != null) {
            leadership.resign(); // another sees more than this one ever will
        }
        if (ApiException.cause(failure) instanceof IllegalStateException mistake) {
            notBefore.pause(retry.failed(String.valueOf(mistake.getMessage())));
            return;
        }
        ApiException error = ApiException.of(failure);
        if (error.isRace() && races < RACES) {
            races++;
            nextLook = loop.nanoTime();
        } else {
            notBefore.pause(retry.failed(error));
        }
    }

    /** The pods, as the allocator knows them now. */
    private CompletableFuture<Seen> see(@Nullable Scale scale) {
        CompletableFuture<Seen> seen = new CompletableFuture<>();
        boolean open = around.viewLoop().offer(() -> {
            try {
                LabelSelector own = LabelSelector.parse(scale == null ? "" : scale.selector());
                List<KnownPod> known = around.view().pods(settings.pool());
                seen.complete(new Seen(
                        scale,
                        sightings.of(known, own, around.viewLoop().nanoTime()),
                        around.view().watchDoubt().isEmpty(),
                        Sightings.leaving(known, own)));
            } catch (RuntimeException e) {
                seen.completeExceptionally(e);
            }
        });
        if (!open) {
            seen.completeExceptionally(new AllocatorClosedException(settings.pool(), null));
        }
        return seen;
    }

    private CompletableFuture<?> act(Seen seen) {
        if (!around.view().isListed()) {
            return CompletableFuture.completedFuture(null);
        }
        costs.keep(seen.pods().stream().map(Sighting::uid).collect(Collectors.toSet()));
        podWrites.keep(seen.names());
        slotsPerPod = usual(seen.pods().stream().map(Sighting::sight).toList());
        Scale scale = seen.scale();
        waited = around.waiting().getAsInt() + board.others();
        ScaleTarget target = settings.target();
        if (scale == null || target == null) {
            return CompletableFuture.completedFuture(null);
        }
        long now = loop.nanoTime();
        ScalePolicy policy = settings.policy(
                target.isOrdered() ? Order.BY_ORDINAL : costs.mayBeSaid() ? Order.BY_COST : Order.ANY_UNREADY);
        List<PoolPod> pods = seen.pods().stream()
                .map(pod -> costs.known(pod, policy.order()))
                .toList();
        int leaving = target.isOrdered() ? seen.leaving() : 0;
        int there = pods.size() + leaving;
        // Where it is not said which pods go, it may be one that is not seen.
        boolean areKnown = policy.order() == Order.BY_COST || scale.existing() <= there;
        Sight sight = new Sight(
                pods,
                waited,
                scale.replicas(),
                slotsPerPod,
                seen.isCertain() && areKnown,
                leaving,
                targets.unseen(target, scale.existing(), there, now),
                making.isStuck(scale.replicas(), Math.max(scale.existing(), there), now),
                podWrites.refusing());
        peak.needs(now, policy.needed(sight));
        Plan plan = policy.plan(sight, peak.most(now));
        if (plan.isNothing(scale.replicas())) {
            said = "";
            return CompletableFuture.completedFuture(null);
        }
        tell(sight, plan, peak.most(now));
        return writes.write(plan, seen.pods(), target, scale);
    }

    /** The capacity that most pods have; that of those that were, if there are none. */
    private int usual(List<PoolPod> pods) {
        Map<Integer, Integer> counts = new HashMap<>();
        pods.stream().filter(pod -> pod.capacity() > 0).forEach(pod -> counts.merge(pod.capacity(), 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.<Integer, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .orElse(slotsPerPod);
    }

    private void tell(Sight sight, Plan plan, OptionalInt most) {
        Map<PoolPod.Phase, Long> phases =
                sight.pods().stream().collect(Collectors.groupingBy(PoolPod::phase, Collectors.counting()));
        String text = "pool " + settings.pool() + ": "
                + sight.held() + " held, " + sight.waiting()
                + " waiting, buffer " + settings.buffer() + ": " + plan.needed() + " slots needed"
                + (most.isPresent() ? ", " + most.getAsInt() + " at most in " + settings.calm() : "") + "; pods "
                + phases + " of " + sight.slotsPerPod() + " slots; replicas " + sight.replicas()
                + (plan.replicas() == sight.replicas() ? "" : " to " + plan.replicas())
                + (plan.mark().isEmpty() ? "" : "; to drain: " + plan.mark())
                + (plan.unmark().isEmpty() ? "" : "; no longer to drain: " + plan.unmark())
                + (plan.cheap().isEmpty() ? "" : "; to go first: " + plan.cheap())
                + (plan.dear().isEmpty() ? "" : "; no longer to go first: " + plan.dear());
        if (!text.equals(said)) {
            said = text;
            log.info("{}", text);
        }
    }
}
