package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.local.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is wrong with a pod is said once, and again when it has come back; and what becomes of it is told to one pool.
 */
class ReporterTest {

    private final ManualClock clock = new ManualClock();
    private final Reporter reporter = new Reporter(new Loop(clock.scheduler(), clock::nanoTime), new Nobody());
    private final KnownPod pod = new KnownPod("uid");

    @Test
    void a_fault_that_was_healed_and_has_come_back_is_said_again() {
        assertThat(said("capacity must be a number")).isTrue();
        assertThat(said("capacity must be a number")).isFalse();
        clock.advance(Duration.ofMinutes(2));
        assertThat(said("capacity must be a number")).isFalse();
        assertThat(said(null)).isFalse();
        assertThat(said("capacity must be a number")).isTrue();
    }

    @Test
    void a_pod_that_changes_its_mind_all_the_time_does_not_flood_the_log() {
        assertThat(said("fault 0")).isTrue();
        int lines = 0;
        for (int i = 1; i < 600; i++) {
            clock.advance(Duration.ofSeconds(1));
            lines += said("fault " + i) ? 1 : 0;
            said(null);
        }
        assertThat(lines).isBetween(5, 10);
    }

    /** Whether it is to be said. */
    private boolean said(@Nullable String mistake) {
        pod.seen(facts("duel", mistake));
        return reporter.isNews(pod);
    }

    private static PodFacts facts(String pool, @Nullable String mistake) {
        return new PodFacts(
                "pod-1",
                "orchestration-pod-1",
                "uid",
                1,
                pool,
                Map.of(),
                new PodAddress("192.0.2.1", 7777),
                true,
                true,
                false,
                false,
                1,
                0,
                true,
                "",
                null,
                mistake,
                null);
    }

    // ---- what the pools are told ----

    /** A pod that is in two pools' books is given out twice, and in none it is lost. */
    @Test
    void each_transition_of_a_pod_is_told_to_one_pool() {
        Told told = new Told("duel", "duel");
        told.is("duel", "duel");
        told.podIsIn("arena");
        told.is("arena", "duel"); // its session was made in the pool where both have agreed
        told.leaseIsIn("arena");
        told.is("arena", "arena"); // they agree again
        told.podIsIn("duel");
        told.is("duel", "arena");
        told.podLeaves(); // its label is gone, or it is
        told.is(null, "arena");
        told.podIsIn("duel");
        told.leaseIsIn("duel");
        told.is("duel", "duel");
        told.leaseIsGone();
        told.is("duel", null);
        told.leaseIsIn("duel");
        told.is("duel", "duel");
        told.podIsGone();
        told.is(null, null);
    }

    @Test
    void a_pod_and_a_lease_that_have_never_agreed_are_of_the_pools_that_they_say() {
        Told told = new Told("duel", "arena");
        told.is("duel", "arena");
        told.leaseIsIn("third");
        told.is("duel", "third");
        told.leaseIsIn("duel");
        told.is("duel", "duel");
        told.leaseIsIn("arena");
        told.is("duel", "duel");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void however_they_follow_one_another(long seed) {
        Random random = new Random(seed);
        List<String> names = List.of("duel", "arena", "third");
        for (int i = 0; i < 200; i++) {
            // Another pod, whose labels may never agree.
            Told told = new Told(any(names, random), any(names, random));
            for (int j = 0; j < 20; j++) {
                step(told, any(names, random), random);
                told.is(told.seen.place(), told.seen.directory());
            }
        }
    }

    private static String any(List<String> names, Random random) {
        return names.get(random.nextInt(names.size()));
    }

    private static void step(Told told, String name, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> told.podIsIn(name);
            case 1 -> told.leaseIsIn(name);
            case 2 -> told.session(random.nextInt(4));
            case 3 -> told.podLeaves();
            case 4 -> told.leaseIsGone();
            default -> told.leaseIsAnother();
        }
    }

    /** A pod with one slot, as a view tells of it, and what its pools make of that. */
    private final class Told extends Nobody {

        private final KnownPod seen = new KnownPod("uid");
        private final Reporter telling = new Reporter(new Loop(clock.scheduler(), clock::nanoTime), this);
        /** Each pool's pods, and sessions. */
        private final Map<String, Set<KnownPod>> joined = new TreeMap<>();

        private final Map<String, Set<String>> sessions = new TreeMap<>();
        private String label;
        private String text = "0 session-0 60000 - -";
        private int lease;
        private int version;

        Told(String pod, String lease) {
            this.label = lease;
            podIsIn(pod);
            leaseIsIn(lease);
        }

        void podIsIn(String pool) {
            seen.seen(facts(pool, null));
            settle(List.of());
        }

        void podLeaves() {
            seen.left(false);
            settle(List.of());
        }

        void podIsGone() {
            seen.left(true);
            settle(List.of());
        }

        void leaseIsIn(String pool) {
            label = pool;
            leaseIsTold();
        }

        /** Another holds the slot, at a count that is higher, or lower; nobody does, by 0. */
        void session(int number) {
            text = number == 0 ? "9" : number + " session-" + number + " 60000 - -";
            leaseIsTold();
        }

        void leaseIsAnother() {
            lease++;
            leaseIsTold();
        }

        void leaseIsGone() {
            settle(seen.leaseIsGone());
        }

        private void leaseIsTold() {
            Lease newer = new Lease(
                    "orchestration-pod-1",
                    "lease-" + lease,
                    "",
                    ++version,
                    label,
                    "pod-1",
                    "uid",
                    false,
                    "open/boot 1",
                    null,
                    null,
                    List.of(text),
                    Map.of(),
                    false,
                    null,
                    null,
                    100);
            settle(seen.told(newer, null, clock.nanoTime(), clock.instant()));
        }

        private void settle(List<Change> changes) {
            telling.settle(seen, changes, true);
        }

        /** The pool that has the pod, and the one whose directory has its session; null for none. */
        void is(@Nullable String place, @Nullable String directory) {
            assertThat(having(joined)).isEqualTo(place == null ? Set.of() : Set.of(place));
            boolean isHeld = seen.told() != null && LedgerSlot.claim(text) != null;
            assertThat(having(sessions)).isEqualTo(directory == null || !isHeld ? Set.of() : Set.of(directory));
        }

        private static Set<String> having(Map<String, ? extends Set<?>> books) {
            Set<String> names = new TreeSet<>(books.keySet());
            names.removeIf(name -> Objects.requireNonNull(books.get(name)).isEmpty());
            return names;
        }

        @Override
        public PoolNews known(String name) {
            return named(name);
        }

        @Override
        public PoolNews named(String name) {
            return new Nobody() {
                private final Set<KnownPod> mine = joined.computeIfAbsent(name, n -> new HashSet<>());
                private final Set<String> held = sessions.computeIfAbsent(name, n -> new HashSet<>());

                @Override
                public void joined(KnownPod pod) {
                    assertThat(having(joined))
                            .as("that have it when it joins %s", name)
                            .isEmpty();
                    mine.add(pod);
                }

                @Override
                public void changed(KnownPod pod) {
                    assertThat(mine).containsExactly(pod);
                }

                @Override
                public void left(KnownPod pod) {
                    assertThat(mine.remove(pod)).isTrue();
                }

                @Override
                public void slots(KnownPod pod, List<Change> changes, int listing, boolean inTurn) {
                    for (Change change : changes) {
                        if (change.before() != null) {
                            assertThat(held.remove(change.before().sessionId())).isTrue();
                        }
                        if (change.after() != null) {
                            assertThat(having(sessions))
                                    .as("that have a session when %s gets one", name)
                                    .isEmpty();
                            held.add(change.after().sessionId());
                        }
                    }
                }
            };
        }
    }

    private static class Nobody implements ClusterNews, PoolNews {
        @Override
        public PoolNews known(String name) {
            return this;
        }

        @Override
        public PoolNews named(String name) {
            return this;
        }

        @Override
        public Collection<PoolNews> all() {
            return List.of(this);
        }

        @Override
        public void listed() {}

        @Override
        public void orphaned(Lease lease) {}

        @Override
        public void lacksLease(PodFacts pod) {}

        @Override
        public void joined(KnownPod pod) {}

        @Override
        public void changed(KnownPod pod) {}

        @Override
        public void left(KnownPod pod) {}

        @Override
        public void slots(KnownPod pod, List<Change> changes, int listing, boolean inTurn) {}

        @Override
        public void doubtChanged() {}
    }
}
