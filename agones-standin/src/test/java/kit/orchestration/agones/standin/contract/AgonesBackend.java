package kit.orchestration.agones.standin.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.agones.Seams;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.Seen;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.local.ManualClock;
import kit.orchestration.testkit.ContractBackend;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.HeldSlot;
import kit.orchestration.testkit.PodSpec;

/**
 * Agones, for its contract: the stand-in with all its vices, a network of its own for each allocator. Pods count by a
 * clock that stands still until it is moved; allocators by one that goes on as well, since they wait for Agones and not
 * only for tests.
 */
final class AgonesBackend implements ContractBackend {

    /**
     * Short, so that a run takes minutes: what is tested is not how long Agones waits, but that it does. By hand:
     * {@code -Dorchestration.batchWait=500}, which is Agones' own.
     */
    static final Duration BATCH_WAIT = Duration.ofMillis(Integer.getInteger("orchestration.batchWait", 20));

    private static final Duration FLUSH =
            BATCH_WAIT.compareTo(Duration.ofMillis(60)) < 0 ? Duration.ofMillis(60) : BATCH_WAIT;
    private static final Duration WRITE = Duration.ofMillis(1);
    private static final int FIRST_PORT = 10_000;

    private record Opened(Allocator allocator, AllocatorNetwork network) {}

    private final AgonesStandin agones;
    private final ManualClock podClock = new ManualClock();
    private final GoingClock allocatorClock = new GoingClock();
    private final List<Opened> allocators = new CopyOnWriteArrayList<>();
    private final List<AgonesContractPod> pods = new CopyOnWriteArrayList<>();
    private final List<String> pools = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();

    AgonesBackend(long seed) throws IOException {
        agones = AgonesStandin.builder()
                .batchWait(BATCH_WAIT)
                .flush(FLUSH)
                .writeCost(WRITE, Duration.ZERO)
                .seed(seed)
                .start();
    }

    @Override
    public String name() {
        return "Agones";
    }

    @Override
    public Map<Integer, String> weakenings() {
        return AgonesContractTest.WEAKENINGS;
    }

    @Override
    public String newPool() {
        String pool = "pool-" + numbers.incrementAndGet();
        pools.add(pool);
        return pool;
    }

    /** The pools that there are by then are declared, as a matchmaker's own are. */
    @Override
    public Allocator newAllocator() {
        AllocatorNetwork network = new AllocatorNetwork(agones.allocatorPort());
        ManualClock clock = allocatorClock.clock();
        Allocator allocator = Seams.over(
                        AgonesAllocator.builder().batchWait(BATCH_WAIT).pools(pools.toArray(String[]::new)),
                        network::channel,
                        new Timing(clock, clock::nanoTime, clock.scheduler()))
                .build();
        allocators.add(new Opened(allocator, network));
        return allocator;
    }

    @Override
    public void crash(Allocator allocator) {
        Opened dying = opened(allocator);
        allocators.remove(dying);
        dying.network().cut();
        dying.network().close();
        allocator.close();
    }

    /** An allocator whose answer is late asks again; so it hears nothing until the call's time is over. */
    @Override
    public void loseNextAnswer(Allocator allocator) {
        opened(allocator).network().loseNextAnswer(() -> advance(Duration.ofSeconds(6)));
    }

    private Opened opened(Allocator allocator) {
        return allocators.stream()
                .filter(opened -> opened.allocator() == allocator)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public ContractPod addPod(PodSpec spec) {
        ContractPod pod = addUnreadyPod(spec);
        pod.ready();
        return pod;
    }

    @Override
    public ContractPod addUnreadyPod(PodSpec spec) {
        int number = numbers.incrementAndGet();
        StandinGameServer server = StandinGameServer.of(spec.pool() + "-" + number, spec.pool())
                .capacity(spec.capacity())
                .address("10.1.%s.%s".formatted(number / 250, 1 + number % 250))
                .port(FIRST_PORT + number);
        for (Map.Entry<String, String> label : spec.labels().entrySet()) {
            server = server.label(label.getKey(), label.getValue());
        }
        try {
            AgonesContractPod pod = new AgonesContractPod(agones, server, spec, podClock);
            pods.add(pod);
            return pod;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void advance(Duration duration) {
        podClock.advance(duration);
        allocatorClock.advance(duration);
    }

    /**
     * What was written is known to Agones' allocator, and to the sidecars of the pods that run; and whoever waits for
     * room has heard since that there is none, by the one call at a time that goes where room is known to be scarce.
     */
    @Override
    public void settle() {
        allocators.forEach(opened -> opened.network().restore());
        writesAreKnown();
        allocators.forEach(this::isAnswered);
        allocators.forEach(this::isAnswered); // a call that began while others were under way says nothing of them
    }

    private void isAnswered(Opened opened) {
        long before = opened.network().begun();
        await().atMost(patience())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> opened.network().isAnsweredSince(before) || nobodyWaits(opened.allocator()));
    }

    private boolean nobodyWaits(Allocator allocator) {
        return pools.stream().allMatch(pool -> waiting(allocator, pool) == 0);
    }

    private static int waiting(Allocator allocator, String pool) {
        try {
            return allocator.status(pool).waiting();
        } catch (UnknownPoolException | AllocatorClosedException nobody) {
            return 0;
        }
    }

    private void writesAreKnown() {
        Map<String, Long> versions = new LinkedHashMap<>();
        for (AgonesContractPod pod : pods) {
            versions.put(pod.name(), agones.version(pod.name()));
            if (!isShown(agones.see(pod.name()))) {
                agones.touch(pod.name());
            }
        }
        await().atMost(patience())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .untilAsserted(() -> assertThat(pods)
                        .as("pods whose writes are not known yet")
                        .allMatch(pod -> !versions.containsKey(pod.name())
                                || pod.isAbsent()
                                || agones.isKnown(pod.name(), versions.get(pod.name()))));
    }

    /** Whether its SDK brings it back into the cache of an allocator that has lost it. */
    private static boolean isShown(Seen seen) {
        return AgonesNames.OPEN_TRUE.equals(seen.labels().get(AgonesNames.SDK_PREFIX + AgonesNames.OPEN))
                || !seen.values().isEmpty();
    }

    @Override
    public List<HeldSlot> held(String pool) {
        List<HeldSlot> held = new ArrayList<>();
        for (AgonesContractPod pod : pods) {
            Seen seen = agones.see(pod.name());
            if (!seen.deleted() && pool.equals(seen.labels().get(AgonesNames.FLEET_LABEL))) {
                String boot = seen.labels().get(AgonesNames.SDK_PREFIX + AgonesNames.BOOT);
                for (String value : seen.values()) {
                    LedgerSlot.Held slot = (LedgerSlot.Held) LedgerSlot.parse(value);
                    held.add(new HeldSlot(pod.name(), -1, AgonesNames.sessionId(boot, slot.sessionId())));
                }
            }
        }
        return held;
    }

    @Override
    public Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    public double scale() {
        return 0.02;
    }

    @Override
    public void close() {
        allocators.forEach(opened -> opened.network().cut());
        allocators.forEach(opened -> opened.network().close());
        allocatorClock.close();
        pods.forEach(AgonesContractPod::close);
        agones.close();
    }
}
