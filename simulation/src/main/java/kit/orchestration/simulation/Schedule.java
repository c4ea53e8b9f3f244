package kit.orchestration.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.simulation.Oracle.Asked;
import kit.orchestration.simulation.Weather.Trouble;
import org.jspecify.annotations.Nullable;

/** What happens by one seed: a pool of pods, matchmakers, players, and what goes wrong among them. */
final class Schedule {

    private static final String POOL = "duel";
    /** So long after all is well again everything is as it should be. */
    private static final Duration SETTLING = Duration.ofMinutes(4);

    private final World world;
    private final VirtualTime time;
    private final Random random;
    private final List<Matchmaker> matchmakers = new ArrayList<>();
    /** What has had no answer. */
    private final Set<Asked> open = new LinkedHashSet<>();
    /** Sessions that somebody has released, or the game has ended. */
    private final Set<String> over = new HashSet<>();

    private final boolean sticky;
    private final int capacity;
    private final Placement placement;
    private final Duration length;
    /** Whether players still come and things still break. */
    private boolean storm = true;

    private int names;
    private int calls;

    Schedule(long seed) {
        world = new World(seed);
        time = world.time;
        random = time.random;
        sticky = time.perhaps(0.3);
        capacity = 1 + random.nextInt(4);
        placement = time.perhaps(0.7) ? Placement.PACKED : Placement.SPREAD;
        length = time.between(Duration.ofSeconds(5), Duration.ofSeconds(40));
        world.skewUpTo(time.perhaps(0.3) ? 10 : 0);
    }

    List<String> story() {
        return world.story;
    }

    /** Runs it; gives what should not have happened. */
    Set<String> run() {
        int pods = 1 + random.nextInt(3);
        for (int i = 0; i < pods; i++) {
            pod("pod-" + i);
        }
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            matchmaker();
        }
        time.advance(time.between(Duration.ZERO, Duration.ofSeconds(4)));
        troubles();
        next(this::ask, time.between(Duration.ofMillis(5), Duration.ofMillis(500)));
        look();
        next(this::mishap, time.between(Duration.ofMillis(500), Duration.ofSeconds(10)));
        time.advance(length);
        storm = false;
        world.tell("all is well from now on");
        time.advance(SETTLING);
        matchmakers.stream()
                .filter(each -> !each.process.isAlive())
                .forEach(dead -> open.removeIf(asked -> asked.by().equals(dead)));
        open.forEach(asked -> world.oracle.breach(
                "4.6", "%s has had no answer to what it asked at %.3f", asked.by().process, asked.at() / 1e9));
        world.oracle.settled();
        if (world.oracle.breaches().isEmpty()) {
            fill();
        }
        world.end();
        ErrorLog.take().ifPresent(error -> world.oracle.breach("log", "%s", error));
        return world.oracle.breaches();
    }

    private void look() {
        world.oracle.waits(open);
        if (storm) {
            time.after(Duration.ofSeconds(1), this::look);
        }
    }

    /** So often, at random times. */
    private void next(Runnable what, Duration typical, int times) {
        if (times > 0) {
            time.after(time.about(typical), () -> {
                what.run();
                next(what, typical, times - 1);
            });
        }
    }

    /** Again and again, at random times, while the storm lasts. */
    private void next(Runnable what, Duration typical) {
        time.after(time.about(typical), () -> {
            if (storm) {
                what.run();
                next(what, typical);
            }
        });
    }

    private void pod(String name) {
        int number = names++;
        String zone = number % 2 == 0 ? "a" : "b";
        SimPod pod = new SimPod(world, name, "10.0." + number / 200 + "." + (1 + number % 200), POOL, zone, capacity);
        world.pods.add(pod);
        awaitSuccessor(pod, zone);
    }

    /** As a controller does: a pod that goes is replaced. */
    private void awaitSuccessor(SimPod pod, String zone) {
        time.after(Duration.ofMillis(700), () -> {
            if (!pod.isGone()) {
                awaitSuccessor(pod, zone);
            } else if (sticky) {
                pod(pod.name);
            } else {
                pod("pod-" + names);
            }
        });
    }

    private Matchmaker matchmaker() {
        int number = matchmakers.size();
        Matchmaker made = new Matchmaker(world, "mm" + number, placement, number, POOL);
        matchmakers.add(made);
        world.tell("%s starts", made.process);
        return made;
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private List<Matchmaker> alive() {
        return matchmakers.stream().filter(each -> each.process.isAlive()).toList();
    }

    // ---- what goes wrong ----

    private void troubles() {
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            Trouble trouble = one(List.of(Trouble.values()));
            long from = time.now() + time.between(Duration.ZERO, length).toNanos();
            long until = Math.min(from + time.about(Duration.ofSeconds(5)).toNanos(), time.now() + length.toNanos());
            double share = trouble == Trouble.STALLS || trouble == Trouble.REFUSES || time.perhaps(0.3)
                    ? 1
                    : random.nextDouble();
            String whose = time.perhaps(0.4)
                    ? null
                    : time.perhaps(0.5) ? "mm" + random.nextInt(3) : "pod-" + random.nextInt(3);
            world.weather.add(trouble, whose, from, until, share);
            world.tell(
                    "weather: %s for %s from %.3f to %.3f, of %.0f %%",
                    trouble, whose == null ? "all" : whose, from / 1e9, until / 1e9, share * 100);
        }
    }

    private void mishap() {
        SimPod pod = one(world.pods);
        Matchmaker matchmaker = one(alive());
        switch (random.nextInt(19)) {
            case 0, 1 -> pod.crash();
            case 2, 3 -> pod.freeze(time.about(Duration.ofSeconds(2)));
            case 4 -> pod.delete(time.about(Duration.ofSeconds(5)));
            case 5 -> pod.deleteByForce(time.about(Duration.ofSeconds(3)));
            case 6 -> pod.evict();
            case 7 -> pod.unready(time.about(Duration.ofSeconds(2)));
            case 8, 9 -> {
                world.tell("%s is killed", matchmaker.process);
                matchmaker.process.kill();
                matchmaker();
            }
            case 10, 11 -> world.freeze(matchmaker.process, time.about(Duration.ofSeconds(3)));
            case 12, 13 -> {
                long until = time.now() + Duration.ofSeconds(5).toNanos();
                world.weather.add(Trouble.LOSES_CALLS, pod.name, time.now(), until, random.nextDouble());
                pod.crash();
                next(pod::crash, Duration.ofSeconds(1), 2);
            }
            case 14 -> pod.edit(LedgerNames.DRAIN, "by hand", time.about(Duration.ofSeconds(3)));
            case 15 -> pod.edit(LedgerNames.slot(random.nextInt(capacity + 1)), "garbage", Duration.ZERO);
            case 16 -> pod.relabel(time.about(Duration.ofSeconds(2)));
            case 17 -> {
                world.tell("the server compacts");
                world.server.compact();
            }
            default -> {
                world.oracle.disturbed(pod.uid);
                world.tell("somebody deletes the lease of %s", pod.name);
                world.server.delete("somebody", Kind.LEASES, LedgerNames.lease(pod.name));
            }
        }
    }

    // ---- who plays ----

    private void ask() {
        AllocateReq.Builder request = AllocateReq.builder(POOL)
                .annotation(Oracle.CALL, "c" + calls++)
                .claimTtl(time.about(Duration.ofSeconds(4)).plusSeconds(1))
                .priority(random.nextInt(3));
        if (time.perhaps(0.5)) {
            request.maxWait(time.about(Duration.ofSeconds(2)));
        }
        if (time.perhaps(0.2)) {
            request.selector("zone", time.perhaps(0.5) ? "a" : "b");
        }
        if (time.perhaps(0.3)) {
            request.requestId("request-" + calls);
        }
        AllocateReq made = request.build();
        ask(one(alive()), made, made.requestId() == null ? 0 : random.nextInt(3));
    }

    private void ask(Matchmaker matchmaker, AllocateReq request, int retries) {
        Asked asked = new Asked(matchmaker, request, time.now());
        world.tell("%s asks: %s", matchmaker.process, request);
        open.add(asked);
        Duration patience = time.perhaps(0.1) ? time.about(Duration.ofMillis(200)) : null;
        if (patience != null) {
            world.tell("and gives up after %s", patience);
        }
        matchmaker.allocate(request, patience, (allocation, failure) -> {
            open.remove(asked);
            if (failure != null) {
                failed(asked, failure);
            } else {
                allocated(asked, Objects.requireNonNull(allocation));
            }
        });
        if (retries > 0) {
            time.after(time.about(Duration.ofMillis(500)), () -> ask(one(alive()), request, retries - 1));
        }
    }

    private void failed(Asked asked, Throwable failure) {
        if (failure instanceof CancellationException) {
            world.tell("%s gave up what it asked at %.3f", asked.by().process, asked.at() / 1e9);
            world.oracle.abandoned(asked);
            return;
        }
        Throwable cause = cause(failure);
        world.tell(
                "%s was refused what it asked at %.3f: %s",
                asked.by().process, asked.at() / 1e9, String.valueOf(cause));
        world.oracle.refused(asked, Objects.requireNonNull(cause));
    }

    private void allocated(Asked asked, Allocation allocation) {
        world.tell(
                "%s was given %s on %s for what it asked at %.3f",
                asked.by().process, allocation.sessionId(), allocation.podName(), asked.at() / 1e9);
        world.oracle.allocated(asked, allocation, open);
        double fate = random.nextDouble();
        if (fate < 0.1) {
            return; // nobody comes
        }
        if (fate < 0.25) {
            time.after(time.about(Duration.ofMillis(300)), () -> {
                over.add(allocation.sessionId());
                Matchmaker by = one(alive());
                world.tell("%s is to be released by %s", allocation.sessionId(), by.process);
                world.oracle.toBeReleased(allocation.sessionId());
                by.release(POOL, allocation.sessionId(), (done, failure) -> {
                    if (failure == null) {
                        world.oracle.released(by, allocation.sessionId());
                    }
                });
            });
        }
        SimPod pod = world.podAt(allocation.podAddress().host());
        if (pod == null) {
            world.oracle.breach("4.1", "an address that no pod has: %s", allocation.podAddress());
            return;
        }
        Duration ttl = asked.request().claimTtl();
        long landed = world.oracle.landed(allocation.sessionId());
        Visit visit = new Visit(
                allocation, pod, world.oracle.process(allocation.sessionId()), time.now(), landed + ttl.toNanos());
        time.after(time.about(ttl.dividedBy(4)), () -> arrive(visit));
        if (time.perhaps(0.1)) {
            time.after(time.about(ttl.dividedBy(4)), () -> forge(allocation, pod));
        }
        if (time.perhaps(0.1)) {
            time.after(time.about(ttl.dividedBy(4)), () -> stray(allocation, one(world.pods), pod, visit.process));
        }
        if (time.perhaps(0.1)) {
            time.after(time.about(ttl.dividedBy(4)), () -> arrive(visit));
        }
    }

    /** A player's, who was told of a process that ran then. */
    private record Visit(
            Allocation allocation, SimPod pod, @Nullable SimProcess process, long told, long until) {}

    /** A player who comes to another pod, or to a later process of the right one. */
    private void stray(Allocation allocation, SimPod to, SimPod right, @Nullable SimProcess process) {
        SimProcess there = to.process();
        if (to.equals(right) && (process == null || process.equals(there))) {
            return;
        }
        to.onGame(server -> server.enter(allocation.token())
                .whenComplete((session, failure) -> world.guard(() -> {
                    if (session != null) {
                        world.oracle.breach(
                                "8.2", "%s lets %s in, which is another's", String.valueOf(there), session.id());
                    } else if (!to.equals(right)
                            && cause(failure) instanceof TokenRefusedException refused
                            && refused.reason() != TokenRefusedException.Reason.OTHER_POD
                            && refused.reason() != TokenRefusedException.Reason.UNAVAILABLE) {
                        world.oracle.breach(
                                "8.2", "%s refuses another's token as %s", String.valueOf(there), refused.reason());
                    }
                })));
    }

    /** A player who has changed a character of the signature. */
    private void forge(Allocation allocation, SimPod pod) {
        String token = allocation.token().encoded();
        int at = token.length() - 5 - random.nextInt(40);
        char other = token.charAt(at) == 'A' ? 'B' : 'A';
        String forged = token.substring(0, at) + other + token.substring(at + 1);
        pod.onGame(server -> server.enter(forged)
                .whenComplete((session, failure) -> world.guard(() -> {
                    if (session != null) {
                        world.oracle.breach("8.4", "%s lets %s in with a forged token", pod.name, session.id());
                    }
                })));
    }

    /** Who comes to start what runs already. */
    private void startAgain(Allocation allocation, SimPod pod) {
        pod.onGame(server -> {
            try {
                Session again = server.start(allocation.token());
                world.oracle.breach("8.1", "%s starts %s a second time", pod.name, again.id());
            } catch (TokenRefusedException expected) {
                // as it should
            } catch (InterruptedException never) {
                throw new IllegalStateException("nobody interrupts", never);
            }
        });
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private void arrive(Visit visit) {
        visit.pod.onGame(server -> server.enter(visit.allocation.token())
                .whenComplete((session, failure) -> world.guard(() -> entered(visit, server, session, failure))));
    }

    private void entered(Visit visit, GameServer server, @Nullable Session session, @Nullable Throwable failure) {
        SimProcess process = visit.pod.process();
        if (process == null) {
            return;
        }
        if (session != null) {
            if (world.oracle.isRunning(process, session.slot(), session.id())) {
                return; // joined
            }
            world.tell("%s lets %s in", process, session.id());
            world.oracle.started(visit.pod, process, session.id(), session.slot());
            if (time.perhaps(0.1)) {
                startAgain(visit.allocation, visit.pod);
            }
            session.ended().whenComplete((reason, none) -> world.oracle.closed(process, session.slot(), session.id()));
            time.after(
                    time.about(Duration.ofSeconds(2)),
                    () -> visit.pod.onGame(now -> {
                        if (now.equals(server)) {
                            world.tell("%s ends %s", process, session.id());
                            over.add(session.id());
                            world.oracle.closed(process, session.slot(), session.id());
                            session.close();
                        }
                    }));
            return;
        }
        Throwable cause = cause(failure);
        world.tell("%s refuses %s: %s", process, visit.allocation.sessionId(), String.valueOf(cause));
        if (cause instanceof TokenRefusedException refused
                && refused.reason() == TokenRefusedException.Reason.UNAVAILABLE
                && time.now() < visit.until) {
            time.after(Duration.ofMillis(300), () -> arrive(visit));
        } else if (!over.contains(visit.allocation.sessionId())
                && process.equals(visit.process)
                && !process.wasFrozenSince(visit.told)
                && visit.pod.isOpen()
                && time.now() < visit.until - Duration.ofMillis(300).toNanos()
                && !world.weather.wasBad(
                        process.name, visit.told - Duration.ofSeconds(10).toNanos())
                && !world.oracle.wasDisturbed(visit.pod.uid)) {
            world.oracle.breach(
                    "8",
                    "%s refuses %s, which it should let in: %s",
                    process,
                    visit.allocation.sessionId(),
                    String.valueOf(cause));
        }
    }

    // ---- the end ----

    /** With all well, as many get a session as there are slots, and no more. */
    private void fill() {
        long slots = world.pods.stream()
                .filter(pod -> !pod.isGone())
                .mapToLong(pod -> pod.capacity)
                .sum();
        Matchmaker matchmaker = one(alive());
        int[] given = {0};
        List<String> refusals = new ArrayList<>();
        for (int i = 0; i < slots; i++) {
            matchmaker.allocate(
                    AllocateReq.builder(POOL).claimTtl(Duration.ofSeconds(2)).build(), null, (allocation, failure) -> {
                        if (failure == null) {
                            given[0]++;
                        } else {
                            refusals.add(String.valueOf(failure));
                        }
                    });
        }
        time.advance(Duration.ofSeconds(7));
        if (given[0] != slots) {
            world.oracle.breach("4.3", "of %s slots %s were given: %s", slots, given[0], refusals);
        }
        time.advance(Duration.ofSeconds(10));
        world.oracle.settled();
    }
}
