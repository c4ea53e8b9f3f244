package kit.orchestration.k8s.scale;

import io.fabric8.kubernetes.client.Client;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the scalers of a pool acts: fabric8's leader election, by a Lease. Its calls block, so they have a thread of
 * their own. Whoever could not renew the Lease for as long as it lasts does not lead, whatever the elector says:
 * another may by then.
 */
final class Leadership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    /** How long the others wait for a leader that says nothing. */
    static final Duration LASTS = Duration.ofSeconds(15);

    private static final Duration RENEW = Duration.ofSeconds(10);
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private static final int CONFLICT = 409;
    private static final ZonedDateTime LONG_AGO = Instant.EPOCH.atZone(ZoneOffset.UTC);
    private static final LeaderElectionRecord NOBODY_S =
            new LeaderElectionRecord("nobody that can be read", LASTS, LONG_AGO, LONG_AGO, 0);

    /** How long a close waits for the Lease to be given up. */
    private static final Duration CLOSE = Duration.ofSeconds(3);

    private final KubernetesClient client;
    private final String namespace;
    private final String lease;
    private final String identity;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService thread;
    /** When the Lease was last written as ours; null if we don't lead. */
    private volatile @Nullable Long renewedNanos;

    private volatile boolean closed;
    /** On the thread. */
    private @Nullable CompletableFuture<?> election;

    private String told = "";

    /** Of a pool; {@link #start} begins. */
    Leadership(KubernetesClient client, String namespace, String pool, String identity, LongSupplier nanoTime) {
        // Not its ten tries: an answer that comes after the Lease's time is of no use.
        Client once = client.newClient(new RequestConfigBuilder()
                .withRequestRetryBackoffLimit(0)
                .withRequestTimeout((int) PERIOD.multipliedBy(2).toMillis())
                .build());
        this.client = once.adapt(KubernetesClient.class);
        this.namespace = namespace;
        this.lease = pool + ".scaler.orchestration.kit";
        this.identity = identity;
        this.nanoTime = nanoTime;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "orchestration-scaler-leader-" + pool);
            made.setDaemon(true);
            return made;
        });
    }

    /** Begins to stand for election, and does so until the close. */
    void start() {
        thread.execute(this::stand);
    }

    /** Whether this one acts. Any thread. */
    boolean isLeading() {
        Long renewed = renewedNanos;
        return renewed != null && !closed && nanoTime.getAsLong() - renewed < LASTS.toNanos();
    }

    /** Gives it up for good, so that another need not wait. Does not block. */
    void resign() {
        if (!closed) {
            closed = true;
            thread.execute(() -> {
                CompletableFuture<?> running = election;
                if (running != null) {
                    running.cancel(true);
                }
            });
        }
    }

    /** Gives it up; blocks for some seconds at most. */
    @Override
    public void close() {
        resign();
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("lease {} was not given up in time: the others wait {} for it", lease, LASTS);
                thread.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            thread.shutdownNow();
        }
    }

    private void stand() {
        if (closed) {
            return;
        }
        LeaderElectionConfig config = new LeaderElectionConfig(
                new Telling(new LeaseLock(namespace, lease, identity)),
                LASTS,
                RENEW,
                PERIOD,
                new LeaderCallbacks(
                        () -> log.info("{} scales by lease {} in namespace {}", identity, lease, namespace),
                        this::lost,
                        leader -> log.debug("lease {} is {}'s", lease, leader)),
                true,
                lease);
        election = new LeaderElector(client, config, thread).start();
    }

    /** An elector leads once: the next time it is another. */
    private void lost() {
        renewedNanos = null;
        log.info("{} does not scale any more by lease {} in namespace {}", identity, lease, namespace);
        if (!closed) {
            thread.schedule(this::stand, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void tell(String doing, KubernetesClientException problem) {
        String text = doing + " lease " + lease + " in namespace " + namespace + " was answered " + problem.getCode()
                + ": " + problem.getMessage();
        if (!text.equals(told)) {
            told = text;
            log.warn("nobody is elected to scale: {}{}", text, problem.getCode() == 403 ? ScaleCalls.OF_LEASES : "");
        }
    }

    /** Another was faster. */
    private static boolean isLost(KubernetesClientException e) {
        return e.getCode() == CONFLICT;
    }

    /**
     * The Lease; it knows when it was written, and says what is in the way, where fabric8 says that it failed. Whether
     * its holder lives it tells by whether it changes, and not by a clock of somebody else's: fabric8 holds the time in
     * it against the clock of whoever reads.
     */
    private final class Telling implements Lock {

        private final Lock lock;
        /** What it said last, and since when. */
        private @Nullable LeaderElectionRecord seen;

        private long seenNanos = nanoTime.getAsLong();
        /** Whether it was there when it was to be made. */
        private boolean isThere;

        Telling(Lock lock) {
            this.lock = lock;
        }

        @Override
        public @Nullable LeaderElectionRecord get(KubernetesClient with) {
            LeaderElectionRecord now;
            try {
                now = lock.get(with);
            } catch (KubernetesClientException e) {
                tell("reading", e);
                throw silently(e);
            } catch (RuntimeException e) { // not as an election writes it
                log.debug("lease {} can't be read", lease, e);
                now = NOBODY_S;
            }
            if (now == null) {
                return isThere ? asOf(NOBODY_S) : null;
            }
            return asOf(now);
        }

        /** Said to be renewed just now, or too long ago. */
        private LeaderElectionRecord asOf(LeaderElectionRecord now) {
            if (!now.equals(seen)) {
                seen = now;
                seenNanos = nanoTime.getAsLong();
            }
            // One that is given up lasts for a second.
            Duration lasts = now.getLeaseDuration().compareTo(LASTS) < 0 ? now.getLeaseDuration() : LASTS;
            boolean isDead = nanoTime.getAsLong() - seenNanos > lasts.toNanos();
            return now.toBuilder()
                    .renewTime(isDead ? LONG_AGO : ZonedDateTime.now(ZoneOffset.UTC))
                    .build();
        }

        @Override
        public void create(KubernetesClient with, LeaderElectionRecord leader) {
            try {
                write("creating", leader, () -> lock.create(with, leader));
            } catch (KubernetesClientException e) {
                isThere |= isLost(e);
                throw e;
            }
        }

        @Override
        public void update(KubernetesClient with, LeaderElectionRecord leader) {
            write("the patch of", leader, () -> lock.update(with, leader));
        }

        private void write(String doing, LeaderElectionRecord leader, Runnable write) {
            long before = nanoTime.getAsLong();
            try {
                write.run();
                told = "";
                isThere = false;
                renewedNanos = identity.equals(leader.getHolderIdentity()) ? before : null;
            } catch (KubernetesClientException e) {
                if (!isLost(e)) {
                    tell(doing, e);
                }
                throw silently(e);
            }
        }

        /** An elector that waits logs each of its failures, with a trace, every two seconds, but for conflicts. */
        private static KubernetesClientException silently(KubernetesClientException told) {
            return isLost(told) ? told : new KubernetesClientException(told.getMessage(), told, CONFLICT, null, null);
        }

        @Override
        public String identity() {
            return lock.identity();
        }

        @Override
        public String describe() {
            return lock.describe();
        }
    }
}
