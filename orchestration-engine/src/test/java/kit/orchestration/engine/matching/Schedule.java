package kit.orchestration.engine.matching;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Proofs;
import kit.orchestration.engine.matching.Seeker.Stage;

/**
 * One schedule of a pool from a seed, in one thread: calls, withdrawals, pods, answers and news in any order, late,
 * twice or lost on the way, and after each of them a look whether all that was promised holds. The truth is kept here:
 * who holds which slot.
 */
final class Schedule {

    private static final int STEPS = 120;

    /** A pod as it is, whatever the matching has been told. */
    private static final class Truth {
        private final long[] versions;
        private PodState state = PodState.READY;
        private Map<String, String> labels;
        private long revision;
        private boolean gone;

        private Truth(int capacity, Map<String, String> labels) {
            versions = new long[capacity];
            this.labels = labels;
        }
    }

    private record Held(Candidate pod, int slot) {}

    private final Random random;
    private final GroupLimit limit;
    private final Matching matching;
    private final Queue<Step> steps = new ArrayDeque<>();
    private final Map<Candidate, Truth> pods = new LinkedHashMap<>();
    private final List<Candidate> everyPod = new ArrayList<>();
    private final List<Seeker> calls = new ArrayList<>();
    private final Set<Call> settled = new HashSet<>();
    private final List<Hold> written = new ArrayList<>();
    private final List<Step.Look> looks = new ArrayList<>();
    private final List<Claim> givenBack = new ArrayList<>();
    private final List<Runnable> news = new ArrayList<>();
    private final Map<String, Held> sessions = new LinkedHashMap<>();
    private final Map<String, String> sessionOf = new HashMap<>();
    /** For each overdue call that waits: the holds that may have had a slot for it when its time was up. */
    private final Map<Seeker, List<Hold>> awaited = new HashMap<>();

    /** For each call whose time is up: the first proof that began after that. */
    private final Map<Seeker, Long> proofs = new HashMap<>();

    private long now;
    private boolean fresh = true;
    /** Whether anybody is refused by proofs, the last that has begun, and the last that has ended. */
    private final boolean proves;

    private long begun;
    private long proven;
    private boolean listed;
    private int names;

    /** Whether a pod may refuse a write. */
    private final boolean refuses;

    Schedule(long seed, boolean refuses) {
        this.refuses = refuses;
        random = new Random(seed);
        limit = random.nextBoolean()
                ? GroupLimit.NONE
                : new GroupLimit(1 + random.nextInt(3), Duration.ofNanos(random.nextInt(20)), 1 + random.nextInt(3));
        Placement placement = random.nextBoolean() ? Placement.PACKED : Placement.SPREAD;
        int waitingLimit = random.nextInt(4) == 0 ? 3 : 100;
        listed = random.nextInt(4) > 0;
        proves = random.nextBoolean();
        matching = new Matching(new Pool.Rules(placement, limit, waitingLimit, random.nextInt(5)), new Proofs() {
            @Override
            public long nextProof() {
                return proves ? begun + 1 : 0;
            }

            @Override
            public long proven() {
                return fresh ? proven : -1;
            }
        });
    }

    void run() {
        if (listed) {
            tell(Matching::listed);
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            addPod();
        }
        for (int i = 0; i < STEPS; i++) {
            now += random.nextInt(10);
            step();
        }
        end();
    }

    // ---- what happens ----

    private void step() {
        switch (random.nextInt(22)) {
            case 0 -> addPod();
            case 1, 2 -> changePod();
            case 3, 4, 5, 6, 7 -> arrive();
            case 8 -> withCall(seeker -> tell(on -> on.overdue(seeker)));
            case 9 -> withCall(this::withdraw);
            case 10 ->
                withCall(seeker -> {
                    tell(on -> on.overdue(seeker));
                    tell(on -> on.withdraw(seeker, true));
                    settled.add(seeker.call());
                });
            case 11, 12, 13, 14 -> answer();
            case 15, 16 -> release();
            case 17, 18 -> looked();
            case 19 -> {
                proven = Math.min(begun, proven + 1);
                fresh = random.nextInt(3) > 0;
                tell(Matching::look);
            }
            case 20 -> {
                if (!listed && random.nextBoolean()) {
                    listed = true;
                    tell(Matching::listed);
                }
            }
            default -> {
                if (!news.isEmpty()) {
                    news.remove(random.nextInt(news.size())).run();
                }
            }
        }
    }

    private void arrive() {
        AllocateReq.Builder request = AllocateReq.builder("duel")
                .priority(random.nextInt(3))
                .selectors(labels())
                .maxWait(random.nextBoolean() ? Duration.ZERO : Duration.ofMinutes(1));
        if (random.nextInt(4) == 0) {
            String id = "r" + random.nextInt(3);
            request.requestId(id).selectors(Map.of()).priority(random.nextInt(20) == 0 ? 1 : 0);
        }
        Seeker seeker = new Seeker(call(request.build()));
        calls.add(seeker);
        tell(on -> on.arrives(seeker));
        if (!settled.contains(seeker.call()) && !seeker.isPatient()) {
            tell(on -> on.overdue(seeker));
        }
    }

    private Call call(AllocateReq request) {
        return new Call(request, request.requestId(), null, names++, now);
    }

    private void withdraw(Seeker seeker) {
        tell(on -> on.withdraw(seeker, false));
        settled.add(seeker.call());
    }

    private void withCall(Consumer<Seeker> what) {
        List<Seeker> open = calls.stream()
                .filter(seeker -> !settled.contains(seeker.call()))
                .toList();
        if (!open.isEmpty()) {
            what.accept(open.get(random.nextInt(open.size())));
        }
    }

    private void addPod() {
        Truth truth = new Truth(1 + random.nextInt(4), labels());
        Candidate pod = Candidates.of("pod-" + names++, truth.versions.length);
        pods.put(pod, truth);
        everyPod.add(pod);
        change(pod, truth);
    }

    private void changePod() {
        if (pods.isEmpty()) {
            return;
        }
        Candidate pod = List.copyOf(pods.keySet()).get(random.nextInt(pods.size()));
        Truth truth = pods.get(pod);
        switch (random.nextInt(6)) {
            case 0 -> {
                truth.gone = true;
                pods.remove(pod);
                sessions.values().removeIf(held -> held.pod == pod);
                news(on -> on.remove(pod));
            }
            case 1 -> tell(on -> on.rank(pod, List.of(PodRank.values()).get(random.nextInt(PodRank.values().length))));
            case 2 -> truth.labels = labels();
            default -> truth.state = List.of(PodState.values()).get(random.nextInt(3));
        }
        if (!truth.gone) {
            change(pod, truth);
        }
    }

    private void change(Candidate pod, Truth truth) {
        long revision = ++truth.revision;
        PodState state = truth.state;
        Map<String, String> labels = truth.labels;
        news(on -> on.update(pod, revision, state, labels));
    }

    /** The backend answers a write, of which it tests what it assumes. */
    private void answer() {
        if (written.isEmpty()) {
            return;
        }
        Hold hold = written.remove(random.nextInt(written.size()));
        if (random.nextInt(5) == 0) {
            tell(on -> on.delayed(List.of(hold)));
        }
        Truth truth = pods.get(hold.candidate);
        boolean stands = truth != null
                && truth.state == PodState.READY
                && truth.versions[hold.slot] == hold.version()
                && !sessions.containsKey("" + hold.number);
        int dice = random.nextInt(20);
        if (dice == 0) {
            if (stands && random.nextBoolean()) {
                take(hold, truth);
            }
            tell(on -> {
                on.slotSeen(hold.candidate, hold.slot, truth == null ? hold.version() : truth.versions[hold.slot]);
                on.failed(hold, error());
            });
        } else if (dice == 1) {
            tell(on -> {
                if (refuses) {
                    on.refused(hold, call -> error());
                } else {
                    on.failed(hold, error());
                }
            });
            goesOnWithOthers(hold);
        } else if (dice == 2) {
            tell(on -> {
                if (refuses) {
                    on.unwritten(List.of(hold));
                } else {
                    on.unfit(hold);
                }
            });
        } else if (hold.seeker.requestKey() != null && session(hold.seeker) != null) {
            Claim twin = claim(hold, session(hold.seeker));
            tell(on -> on.twin(hold, twin));
        } else if (stands && dice > 4) {
            take(hold, truth);
            Claim claim = claim(hold, "" + hold.number);
            tell(on -> {
                if (random.nextBoolean()) {
                    on.applied(hold, claim);
                } else {
                    on.applied(List.of(hold), List.of(claim));
                }
            });
        } else {
            if (stands) {
                truth.versions[hold.slot] += 2; // somebody else was faster, and is gone already
            }
            if (truth == null) {
                tell(on -> on.remove(hold.candidate));
            } else {
                long revision = ++truth.revision;
                tell(on -> on.update(hold.candidate, revision, truth.state, truth.labels));
                tell(on -> on.slotSeen(hold.candidate, hold.slot, truth.versions[hold.slot]));
            }
            tell(on -> on.lost(List.of(hold)));
        }
        if (random.nextInt(10) == 0) {
            answerAgain(hold);
        }
    }

    /** It ends, or goes on with others. */
    private void goesOnWithOthers(Hold refused) {
        Seeker seeker = refused.seeker;
        if (settled.contains(refused.call())) {
            return;
        }
        assertThat(refuses).isTrue();
        assertThat(refused.refusedBy()).doesNotContain(refused.candidate);
        assertThat(seeker.demand.but()).contains(refused.candidate);
        if (seeker.hold != null) {
            assertThat(seeker.demand.but()).doesNotContain(seeker.hold.candidate);
        }
    }

    private void answerAgain(Hold hold) {
        Truth truth = pods.get(hold.candidate);
        Claim late = claim(hold, "late");
        boolean wasWritten = truth == null || truth.versions[hold.slot] > hold.version();
        tell(on -> {
            if (wasWritten) {
                on.applied(hold, late);
            } else {
                on.twin(hold, late);
            }
        });
        assertThat(givenBack.remove(late)).as("given back").isTrue();
    }

    private void take(Hold hold, Truth truth) {
        assertThat(truth.versions[hold.slot] & 1).as("held before").isZero();
        truth.versions[hold.slot]++;
        sessions.put("" + hold.number, new Held(hold.candidate, hold.slot));
        String key = hold.seeker.requestKey();
        if (key != null) {
            sessionOf.put(key, "" + hold.number);
            news(on -> on.requestSeen(key));
        }
        seen(hold.candidate, truth, hold.slot);
    }

    private void release() {
        if (!sessions.isEmpty()) {
            String session = List.copyOf(sessions.keySet()).get(random.nextInt(sessions.size()));
            Held held = sessions.remove(session);
            Truth truth = pods.get(held.pod);
            truth.versions[held.slot]++;
            seen(held.pod, truth, held.slot);
        }
    }

    private void seen(Candidate pod, Truth truth, int slot) {
        long version = truth.versions[slot];
        long[] all = truth.versions.clone();
        if (random.nextBoolean()) {
            news(on -> on.slotSeen(pod, slot, version));
        } else {
            news(on -> on.slotsSeen(pod, all));
        }
    }

    private void looked() {
        if (!looks.isEmpty()) {
            Step.Look look = looks.remove(random.nextInt(looks.size()));
            List<Seeker> found = look.seekers().stream()
                    .filter(seeker -> settled.contains(seeker.call()) || session(seeker) != null)
                    .toList();
            List<Seeker> alone = look.seekers().stream()
                    .filter(seeker -> !found.contains(seeker))
                    .toList();
            found.forEach(seeker -> settled.add(seeker.call()));
            tell(on -> on.looked(found, alone));
        }
    }

    private String session(Seeker seeker) {
        String session = sessionOf.get(seeker.requestKey());
        return session != null && sessions.containsKey(session) ? session : null;
    }

    /** News that comes at once, late, or twice. */
    private void news(Matching.Event event) {
        if (random.nextBoolean()) {
            news.add(() -> tell(event));
        } else {
            tell(event);
        }
        if (random.nextInt(10) == 0) {
            news.add(() -> tell(event));
        }
    }

    // ---- what it leads to, and what must hold ----

    private void tell(Matching.Event event) {
        List<Hold> before = holds();
        long nextProof = proves ? begun + 1 : 0;
        matching.on(event, now, steps);
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            follow(step);
        }
        List<Seeker> waiting =
                calls.stream().filter(seeker -> seeker.stage == Stage.WAITING).toList();
        awaited.keySet().retainAll(waiting);
        if (listed) {
            nobodyWaitsForRoomThatIsThere(waiting);
            whoCameFirstChoseFirst(
                    waiting,
                    holds().stream().filter(hold -> !before.contains(hold)).toList());
            whoHasNoRoomIsTold(waiting);
        }
        // From when its time was up, though it was given a slot in that very event, and lost it later.
        calls.stream().filter(seeker -> seeker.overdue).forEach(seeker -> proofs.putIfAbsent(seeker, nextProof));
        for (Seeker seeker : waiting) {
            if (seeker.overdue) {
                awaited.computeIfAbsent(
                        seeker,
                        s -> before.stream()
                                .filter(hold -> s.demand.matches(hold.candidate))
                                .toList());
            }
        }
        noSlotTwice();
    }

    private void follow(Step step) {
        if (step instanceof Step.Write write) {
            assertThat(write.batch()).hasSizeBetween(1, limit.size());
            assertThat(write.batch()).as("written in vain, as told so far").noneMatch(Schedule::isInVain);
            written.addAll(write.batch());
        } else if (step instanceof Step.Give give) {
            settles(give.call());
        } else if (step instanceof Step.GiveBack back) {
            givenBack.add(back.claim());
        } else if (step instanceof Step.Fail fail) {
            settles(fail.call());
        } else if (step instanceof Step.Refuse refuse) {
            settles(refuse.call());
            if (refuse.reason() == Reason.POOL_FULL) {
                refusalIsTrue(refuse.call());
            }
        } else if (step instanceof Step.Look look) {
            looks.add(look);
        } else if (step instanceof Step.Prove prove && proves) {
            begun = Math.max(begun, prove.number());
        }
    }

    /** Once, but that a call may have gone before. */
    private void settles(Call call) {
        boolean first = settled.add(call);
        Seeker seeker =
                calls.stream().filter(each -> each.call() == call).findAny().orElseThrow();
        assertThat(first || seeker.gone).as("settled twice: %s", call).isTrue();
        assertThat(seeker.stage).isEqualTo(Stage.OUTSIDE);
    }

    private void refusalIsTrue(Call call) {
        Seeker seeker =
                calls.stream().filter(each -> each.call() == call).findAny().orElseThrow();
        assertThat(listed && fresh).as("refused without a view").isTrue();
        assertThat(seeker.overdue).isTrue();
        assertThat(proofs.getOrDefault(seeker, proves ? Long.MAX_VALUE : 0))
                .as("proven since its time was up")
                .isLessThanOrEqualTo(proven);
        assertThat(everyPod)
                .as("%s, limit %s, taken %d", seeker, limit, seeker.lastTaken)
                .noneMatch(pod -> pod.listing.isListed() && pod.room() > 0 && seeker.demand.matches(pod));
        if (!seeker.gone) {
            assertThat(awaited.getOrDefault(seeker, List.of()))
                    .as("in flight when its time was up")
                    .noneMatch(hold -> hold.seeker.hold == hold && mayServe(hold, seeker));
        }
    }

    private void nobodyWaitsForRoomThatIsThere(List<Seeker> waiting) {
        for (Seeker seeker : waiting) {
            if (isOnItsOwn(seeker)) {
                assertThat(everyPod)
                        .as("%s waits", seeker)
                        .noneMatch(pod -> pod.listing.isListed() && pod.room() > 0 && seeker.demand.matches(pod));
            }
        }
    }

    private void whoCameFirstChoseFirst(List<Seeker> waiting, List<Hold> made) {
        for (Hold hold : made) {
            assertThat(waiting)
                    .as("%s was made for %s", hold, hold.seeker)
                    .noneMatch(seeker -> isOnItsOwn(seeker)
                            && Seeker.ORDER.compare(seeker, hold.seeker) < 0
                            && seeker.demand.matches(hold.candidate));
        }
    }

    /** Of those whose time is up nobody waits longer than for what was under way then. */
    private void whoHasNoRoomIsTold(List<Seeker> waiting) {
        for (Seeker seeker : waiting) {
            boolean stillPossible =
                    holds().stream().anyMatch(hold -> hold.number <= seeker.lastHold && mayServe(hold, seeker))
                            || everyPod.stream().anyMatch(pod -> pod.blockedRoom() > 0 && seeker.demand.matches(pod));
            if (fresh
                    && seeker.proof <= proven
                    && seeker.overdue
                    && isOnItsOwn(seeker)
                    && awaited.containsKey(seeker)) {
                assertThat(stillPossible).as("%s is not refused", seeker).isTrue();
            }
        }
    }

    private void noSlotTwice() {
        Set<String> slots = new HashSet<>();
        for (Hold hold : holds()) {
            assertThat(slots.add(hold.candidate + "/" + hold.slot))
                    .as("reserved twice: %s", hold)
                    .isTrue();
        }
    }

    private static boolean mayServe(Hold hold, Seeker seeker) {
        return hold.candidate.listing.isListed() && hold.candidate.isReady() && seeker.demand.matches(hold.candidate);
    }

    private static boolean isInVain(Hold hold) {
        return !mayServe(hold, hold.seeker) || hold.candidate.slots.version(hold.slot) != hold.version();
    }

    /** Whether it does not wait for the outcome of another try. */
    private boolean isOnItsOwn(Seeker seeker) {
        return calls.stream()
                .noneMatch(other -> other != seeker
                        && other.family != null
                        && other.family == seeker.family
                        && (other.stage == Stage.HOLDING || other.stage == Stage.WAITING));
    }

    /** Reserved and not answered, gathered or written. */
    private List<Hold> holds() {
        return calls.stream()
                .filter(seeker -> seeker.hold != null)
                .map(seeker -> seeker.hold)
                .toList();
    }

    // ---- the end ----

    /** All is answered, and the pools are full or not there: nobody waits then, and nothing is left over. */
    private void end() {
        fresh = true;
        listed = true;
        tell(Matching::listed);
        List.copyOf(calls).forEach(seeker -> tell(on -> on.overdue(seeker)));
        for (int round = 0; round < 10_000 && !(written.isEmpty() && looks.isEmpty() && news.isEmpty()); round++) {
            answer();
            looked();
            if (!news.isEmpty()) {
                news.remove(0).run();
            }
        }
        for (int proof = 0; proof < 3; proof++) {
            proven = begun;
            tell(Matching::look);
        }
        assertThat(calls).as("calls without an answer").allMatch(seeker -> settled.contains(seeker.call()));
        assertThat(matching.status("duel", Optional.empty()).waiting()).isZero();
        pods.forEach((pod, truth) -> {
            tell(on -> on.slotsSeen(pod, truth.versions));
            assertThat(pod.gathering.isAtRest()).as("%s at rest", pod).isTrue();
            assertThat(pod.slots.reserved()).isZero();
            long held = Arrays.stream(truth.versions)
                    .filter(version -> (version & 1) == 1)
                    .count();
            assertThat(pod.slots.held()).isEqualTo((int) held);
            assertThat(pod.slots.free()).isEqualTo(truth.versions.length - (int) held);
        });
        assertThat(matching.isAtRest()).as("at rest").isTrue();
    }

    // ---- made up ----

    private Map<String, String> labels() {
        return switch (random.nextInt(4)) {
            case 0 -> Map.of();
            case 1 -> Map.of("a", "" + random.nextInt(2));
            default -> Map.of("a", "" + random.nextInt(2), "b", "" + random.nextInt(2));
        };
    }

    private static Claim claim(Hold hold, String session) {
        return new Claim(
                "duel",
                "" + hold.candidate,
                new PodAddress("127.0.0.1", 7777),
                "audience",
                session,
                OptionalInt.of(hold.slot),
                Map.of(),
                Instant.EPOCH);
    }

    private static BackendException error() {
        return new BackendException("injected", "duel", null, Outcome.UNKNOWN, true, null);
    }
}
