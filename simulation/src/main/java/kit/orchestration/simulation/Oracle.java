package kit.orchestration.simulation;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/** Knows all that happened, and says what should not have. */
final class Oracle {

    /** The annotation of a request that says which it is. */
    static final String CALL = "call";

    /** What comes later was not on its way. */
    private static final Duration MOMENT = Duration.ofMillis(200);

    /** So long after a call has failed nothing is held for it. */
    private static final Duration GIVEN_BACK = Duration.ofSeconds(3);

    private static final int CHECKS = 5;

    /** So long after it happened is known by watches at the latest, in fair weather, and in foul. */
    private static final Duration TOLD = Duration.ofSeconds(3);

    private static final Duration TOLD_LATE = Duration.ofSeconds(100);
    /** So long after the weather was foul no call fails for it. */
    private static final Duration RECOVERED = Duration.ofSeconds(15);

    /** So long nobody waits for room that is there. */
    private static final Duration SERVED = Duration.ofSeconds(3);

    /** What a time-out may be late by, on a thread that is slow. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    /** A claim that has landed. */
    private static final class Claim {
        final String podUid;
        final int slot;
        final long landed;
        final String by;
        /** Which call it was made for. */
        final String call;
        /** Which ran in the pod then. */
        final @Nullable SimProcess process;
        /** When its slot was free again; negative while it is held. */
        long ended = -1;

        int starts;
        /** Its ttl, by the ledger. */
        final Duration ttl;
        /** Whether a caller has it. */
        boolean told;
        /** Whether somebody ends it from outside. */
        boolean released;
        /** Whether the game was told so. */
        boolean revoked;

        Claim(
                String podUid,
                int slot,
                long landed,
                String by,
                String call,
                @Nullable SimProcess process,
                Duration ttl) {
            this.podUid = podUid;
            this.slot = slot;
            this.landed = landed;
            this.by = by;
            this.call = call;
            this.process = process;
            this.ttl = ttl;
        }
    }

    /** Since when a pod takes sessions, by its object and by its Lease; and each slot is free. */
    private static final class Room {
        @Nullable
        Stored pod;

        long readySince = -1;
        long openSince = -1;
        final Map<Integer, Long> freeSince = new HashMap<>();

        /** Whether it takes sessions since then, and one of its slots is free since then. */
        boolean hasHadRoom(long takes, long free) {
            return readySince >= 0
                    && openSince >= 0
                    && readySince <= takes
                    && openSince <= takes
                    && freeSince.values().stream().anyMatch(since -> since <= free);
        }
    }

    private record Told(String requestId, String session) {}

    private final World world;
    private final Map<String, Claim> claims = new LinkedHashMap<>();
    private final Map<String, Room> rooms = new LinkedHashMap<>();
    private final List<Told> told = new ArrayList<>();
    /** Sessions that run, by process. */
    private final Map<SimProcess, Map<Integer, String>> running = new HashMap<>();

    /** When each has lost a race for a slot last, by its name. */
    private final Map<String, Long> lost = new HashMap<>();

    private final Set<String> disturbed = new TreeSet<>();
    private final Set<String> breaches = new TreeSet<>();

    Oracle(World world) {
        this.world = world;
    }

    Set<String> breaches() {
        return breaches;
    }

    @FormatMethod
    void breach(String rule, @FormatString String format, Object... args) {
        String what = rule + ": " + format.formatted(args);
        breaches.add(what);
        world.tell("BREACH of %s", what);
    }

    private long now() {
        return world.time.now();
    }

    // ---- the ledger ----

    void wrote(String by, ApiServer.Event event) {
        if (event.kind() == Kind.PODS) {
            wrotePod(event);
        } else {
            wroteLease(by, event.before(), event.after());
        }
    }

    void lostRace(String by) {
        lost.put(by, now());
    }

    private void wrotePod(ApiServer.Event event) {
        Stored pod = event.after() == null ? Objects.requireNonNull(event.before()) : event.after();
        Room room = rooms.computeIfAbsent(pod.uid(), uid -> new Room());
        if (room.pod != null && !room.pod.labels().equals(pod.labels())) {
            room.readySince = -1; // what follows begins anew
        }
        room.pod = event.after();
        boolean is = event.after() != null
                && !pod.isLeaving()
                && pod.labels().containsKey(LedgerNames.POOL_LABEL)
                && pod.status().toString().contains("status=True");
        room.readySince = !is ? -1 : room.readySince < 0 ? now() : room.readySince;
    }

    private void wroteLease(String by, @Nullable Stored before, @Nullable Stored after) {
        String owner = after == null ? Objects.requireNonNull(before).owner() : after.owner();
        Room room = rooms.computeIfAbsent(String.valueOf(owner), uid -> new Room());
        if (after == null) {
            room.openSince = -1;
            room.freeSince.clear();
            if (by.equals("somebody")) {
                disturbed.add(String.valueOf(owner));
            } else if (by.startsWith("mm") && room.pod != null) {
                breach("3.5", "%s deletes the lease of %s, which is there", by, room.pod.name());
            }
            Objects.requireNonNull(before).annotations().forEach((key, text) -> {
                Held held = LedgerNames.slotOf(key) >= 0 ? LedgerSlot.claim(text) : null;
                if (held != null) {
                    ended(held.sessionId());
                }
            });
            return;
        }
        Map<String, String> was = before == null ? Map.of() : before.annotations();
        LedgerState state = state(after.annotations().get(LedgerNames.STATE));
        boolean open = state != null && state.isOpen();
        room.openSince = !open ? -1 : room.openSince < 0 ? now() : room.openSince;
        Set<String> keys = new TreeSet<>(after.annotations().keySet());
        keys.addAll(was.keySet());
        for (String key : keys) {
            int slot = LedgerNames.slotOf(key);
            String text = after.annotations().get(key);
            if (slot >= 0 && !Objects.equals(text, was.get(key))) {
                changed(by, String.valueOf(owner), room, slot, was.get(key), text, open);
            }
        }
    }

    private static @Nullable LedgerState state(@Nullable String text) {
        try {
            return text == null ? null : LedgerState.parse(text);
        } catch (LedgerFormatException unreadable) {
            return null;
        }
    }

    private void changed(
            String by, String pod, Room room, int slot, @Nullable String from, @Nullable String to, boolean open) {
        Held before = LedgerSlot.claim(from);
        Held after = LedgerSlot.claim(to);
        boolean byMatchmaker = by.startsWith("mm");
        boolean marked = before != null && after != null && after.equals(before.revoke());
        if (from != null
                && to != null
                && !by.equals("somebody")
                && !marked
                && LedgerSlot.version(from) >= 0
                && LedgerSlot.version(to) <= LedgerSlot.version(from)) {
            breach("2 (ledger)", "slot %s of %s went from '%s' to '%s' by %s", slot, pod, from, to, by);
        }
        if (LedgerSlot.read(to) instanceof Free) {
            room.freeSince.putIfAbsent(slot, now());
        } else {
            room.freeSince.remove(slot);
        }
        if (before != null && (after == null || !after.sessionId().equals(before.sessionId()))) {
            ended(before.sessionId());
            freed(by, pod, before.sessionId());
        }
        if (after != null && (before == null || !after.sessionId().equals(before.sessionId()))) {
            if (byMatchmaker && !open) {
                breach("7", "session %s landed on %s, which is closed", after.sessionId(), pod);
            }
            String call = after.annotations().getOrDefault(CALL, "");
            claims.forEach((id, earlier) -> {
                if (byMatchmaker
                        && after.digest() == null
                        && !call.isEmpty()
                        && earlier.call.equals(call)
                        && earlier.ended < 0
                        && !disturbed.contains(earlier.podUid)) {
                    breach("10", "%s claimed %s for call %s, which holds %s", by, after.sessionId(), call, id);
                }
            });
            Claim known = claims.putIfAbsent(
                    after.sessionId(), new Claim(pod, slot, now(), by, call, processOf(pod), after.ttl()));
            expires(after.sessionId());
            if (known != null && byMatchmaker) {
                breach("1.1", "session %s was claimed again, by %s", after.sessionId(), by);
            }
        }
    }

    /** A claim that nobody has started is free again in a moment after its time. */
    private void expires(String session) {
        Claim claim = Objects.requireNonNull(claims.get(session));
        world.time.after(claim.ttl.plus(GIVEN_BACK), () -> {
            SimProcess pod = processOf(claim.podUid);
            if (claim.ended < 0
                    && claim.starts == 0
                    && pod != null
                    && pod.equals(claim.process)
                    && !disturbed.contains(claim.podUid)
                    && world.wasCalm(pod, pod, claim.landed)) {
                breach("3.1", "session %s is held after its time of %s", session, claim.ttl);
            }
        });
    }

    private void ended(String session) {
        Claim claim = claims.get(session);
        if (claim != null && claim.ended < 0) {
            claim.ended = now();
        }
    }

    private void freed(String by, String pod, String session) {
        Claim claim = claims.get(session);
        if (claim != null
                && claim.told
                && claim.starts == 0
                && !claim.released
                && claim.process != null
                && by.equals(claim.process.name)
                && !disturbed.contains(pod)
                && !isEnding(pod)
                && now() - claim.landed < claim.ttl.toNanos()) {
            breach(
                    "3.1",
                    "session %s was freed by %s after %s, and has %s",
                    session,
                    by,
                    Duration.ofNanos(now() - claim.landed),
                    claim.ttl);
        }
        running.forEach((process, sessions) -> {
            if (process.isAlive() && sessions.containsValue(session) && process.name.equals(by)) {
                breach("2.3", "session %s was freed while it runs in %s of %s", session, process, pod);
            } else if (process.isAlive() && sessions.containsValue(session) && by.startsWith("mm")) {
                breach("11.2", "session %s was freed by %s while it runs in %s", session, by, process);
            }
        });
    }

    // ---- the pods ----

    /** A player was let in, and the session began. */
    void started(SimPod pod, SimProcess process, String session, int slot) {
        Claim claim = claims.get(session);
        if (claim == null || !claim.podUid.equals(pod.uid)) {
            breach("8", "session %s began in %s without a claim there", session, process);
            return;
        }
        if (slot != claim.slot) {
            breach("2.3", "session %s began in slot %s, and was claimed in %s", session, slot, claim.slot);
        }
        if (++claim.starts > 1) {
            breach("8.1", "session %s began %s times", session, claim.starts);
        }
        if (claim.ended >= 0
                && !disturbed.contains(pod.uid)
                && !pod.isGone() // its process may live on, and its lease is collected
                && now() - claim.ended > 0
                && !world.weather.wasBad(process.name, claim.ended)) {
            breach(
                    "1.5",
                    "session %s began in %s, though its claim had ended %s before",
                    session,
                    process,
                    Duration.ofNanos(now() - claim.ended));
        }
        String other =
                running.computeIfAbsent(process, first -> new HashMap<>()).put(slot, session);
        if (other != null) {
            breach("2.3", "slot %s of %s has sessions %s and %s", slot, process, other, session);
        }
    }

    /** The game says that it takes no sessions; whether it still does is asked later. */
    void closes(SimPod pod, BooleanSupplier stillSo) {
        SimProcess process = pod.process();
        long then = now();
        world.time.after(GIVEN_BACK, () -> {
            Stored lease = world.server.get(Kind.LEASES, LedgerNames.lease(pod.name));
            LedgerState state = lease == null ? null : state(lease.annotations().get(LedgerNames.STATE));
            if (process != null
                    && process.equals(pod.process())
                    && stillSo.getAsBoolean()
                    && state != null
                    && state.isOpen()
                    && !disturbed.contains(pod.uid)
                    && world.wasCalm(process, process, then)) {
                breach("7", "%s has said that it takes no sessions, and its lease is open", process);
            }
        });
    }

    /** A process says that its pod is another's; there is none that lives. */
    void lost(SimPod pod, SimProcess process) {
        if (!disturbed.contains(pod.uid)) {
            breach("2.4", "%s takes its pod for another's", process);
        }
    }

    /** The game has closed a session. */
    void closed(SimProcess process, int slot, String session) {
        Map<Integer, String> sessions = running.getOrDefault(process, new HashMap<>());
        sessions.remove(slot, session);
    }

    boolean isRunning(SimProcess process, int slot, String session) {
        return session.equals(running.getOrDefault(process, Map.of()).get(slot));
    }

    /** Whether somebody has deleted or edited the pod's Lease, or its object. */
    boolean wasDisturbed(String podUid) {
        return disturbed.contains(podUid);
    }

    /** A call to release it is made. */
    void toBeReleased(String session) {
        Claim claim = claims.get(session);
        if (claim != null) {
            claim.released = true;
        }
    }

    /** And has succeeded: in a moment it has ended, or its game knows. */
    void released(Matchmaker by, String session) {
        Claim claim = claims.get(session);
        if (claim == null) {
            return;
        }
        long then = now();
        world.time.after(GIVEN_BACK, () -> {
            SimProcess pod = processOf(claim.podUid);
            if (claim.ended < 0
                    && !claim.revoked
                    && pod != null
                    && pod.equals(claim.process)
                    && !disturbed.contains(claim.podUid)
                    && world.wasCalm(by.process, pod, then)) {
                breach(
                        "11",
                        "session %s was released by %s, and %s",
                        session,
                        by.process,
                        claim.starts > 0 ? "its game was not told" : "is held");
            }
        });
    }

    /** The game is told that a session was released. */
    void revoked(SimProcess process, String session) {
        Claim claim = claims.get(session);
        if (claim == null) {
            return;
        }
        if (!claim.released && claim.told && !disturbed.contains(claim.podUid)) {
            breach("11", "%s is told that %s is revoked, and nobody has released it", process, session);
        }
        if (claim.revoked) {
            breach("11.2", "%s is told twice that %s is revoked", process, session);
        }
        claim.revoked = true;
    }

    /** Somebody puts his hand in. */
    void disturbed(String podUid) {
        disturbed.add(podUid);
    }

    /** The process that ran in its pod when a claim landed; null if none did. */
    @Nullable
    SimProcess process(String session) {
        Claim claim = claims.get(session);
        return claim == null ? null : claim.process;
    }

    /** When a claim landed; negative if none did. */
    long landed(String session) {
        Claim claim = claims.get(session);
        return claim == null ? -1 : claim.landed;
    }

    // ---- callers ----

    /** A call as the caller has seen it. */
    record Asked(Matchmaker by, AllocateReq request, long at) {}

    void allocated(Asked asked, Allocation allocation, Set<Asked> waiting) {
        Claim claim = claims.get(allocation.sessionId());
        if (claim == null) {
            breach("2", "session %s was told by %s and never claimed", allocation.sessionId(), asked.by.process);
            return;
        }
        inTime(asked);
        claim.told = true;
        if (!allocation.pool().equals(asked.request.pool())
                || !allocation
                        .annotations()
                        .entrySet()
                        .containsAll(asked.request.annotations().entrySet())) {
            breach("6.4", "%s was given what it did not ask for: %s", asked.by.process, allocation);
        }
        Stored on = Objects.requireNonNull(rooms.get(claim.podUid)).pod;
        if (on != null && !disturbed.contains(claim.podUid) && !matches(on, asked)) {
            breach(
                    "4.1",
                    "%s was given %s on %s, which %s does not match",
                    asked.by.process,
                    allocation.sessionId(),
                    on.name(),
                    asked.request.selectors());
        }
        String id = asked.request.requestId();
        if (id == null) {
            isAllThatIsHeld(asked, allocation.sessionId());
            overtakes(asked, claim, waiting);
            return;
        }
        for (Told other : told) {
            Claim its = Objects.requireNonNull(claims.get(other.session));
            if (other.requestId.equals(id)
                    && !other.session.equals(allocation.sessionId())
                    && its.ended < 0
                    && claim.ended < 0
                    && isThere(its.podUid)) {
                breach(
                        "6",
                        "request %s was given %s (claimed by %s) and %s (by %s), which both live",
                        id,
                        other.session,
                        its.by,
                        allocation.sessionId(),
                        claim.by);
            }
        }
        told.add(new Told(id, allocation.sessionId()));
    }

    /** The caller has given it up. */
    void abandoned(Asked asked) {
        if (asked.request.requestId() == null) {
            isAllThatIsHeld(asked, "");
        }
    }

    /** In a while nothing is held for a call but what it was told. */
    private void isAllThatIsHeld(Asked asked, String session) {
        String call = asked.request.annotations().getOrDefault(CALL, "");
        long told = now();
        for (int i = 1; i <= CHECKS; i++) {
            world.time.after(
                    GIVEN_BACK.multipliedBy(i),
                    () -> claims.forEach((id, claim) -> {
                        SimProcess pod = processOf(claim.podUid);
                        long since = Math.max(told, claim.landed);
                        if (claim.call.equals(call)
                                && !id.equals(session)
                                && claim.ended < 0
                                && now() - since >= GIVEN_BACK.toNanos()
                                && pod != null
                                && !disturbed.contains(claim.podUid)
                                && world.wasCalm(asked.by.process, pod, since)) {
                            breach(
                                    "10",
                                    "session %s is held for what %s asked at %.3f, and was never told of it",
                                    id,
                                    asked.by.process,
                                    asked.at / 1e9);
                        }
                    }));
        }
    }

    private Optional<SimPod> pod(@Nullable String uid) {
        return world.pods.stream().filter(pod -> pod.uid.equals(uid)).findFirst();
    }

    private boolean isEnding(String podUid) {
        return pod(podUid).filter(SimPod::isEnding).isPresent();
    }

    /** The process that has taken the pod over; null if none has. */
    private @Nullable SimProcess processOf(String podUid) {
        return pod(podUid)
                .filter(pod -> pod.server() != null)
                .map(SimPod::process)
                .orElse(null);
    }

    /**
     * A newcomer was given what somebody could have had who waits. Who had chosen before and has lost that to another
     * allocator could not.
     */
    private void overtakes(Asked asked, Claim claim, Set<Asked> waiting) {
        Stored pod = Objects.requireNonNull(rooms.get(claim.podUid)).pod;
        SimProcess process = processOf(claim.podUid);
        if (pod == null || process == null || !claim.by.equals(asked.by.process.name)) {
            return;
        }
        long before = asked.at - MOMENT.toNanos();
        List<Asked> overtaken = waiting.stream()
                .filter(each -> each.by.equals(asked.by)
                        && each.at < before
                        && each.at + each.request.maxWait().toNanos() > now()
                        && each.request.priority() >= asked.request.priority()
                        && each.request.requestId() == null
                        && matches(pod, each))
                .toList();
        if (!overtaken.isEmpty()) {
            world.time.after(
                    MOMENT,
                    () -> overtaken.stream()
                            .filter(each -> waiting.contains(each)
                                    && lost.getOrDefault(asked.by.process.name, 0L) < now() - 2 * MOMENT.toNanos()
                                    && each.at + each.request.maxWait().toNanos() > now()
                                    && world.wasCalm(asked.by.process, process, each.at - TOLD.toNanos()))
                            .forEach(each -> breach(
                                    "5.3",
                                    "what %s asked at %.3f was given what it asked for at %.3f",
                                    asked.by.process,
                                    asked.at / 1e9,
                                    each.at / 1e9)));
        }
    }

    private boolean isThere(String podUid) {
        Room room = rooms.get(podUid);
        return room != null && room.pod != null && !room.pod.status().toString().contains("Failed");
    }

    void refused(Asked asked, Throwable failure) {
        inTime(asked);
        abandoned(asked);
        if (failure instanceof NoCapacityException none && none.reason() == NoCapacityException.Reason.POOL_FULL) {
            Duration took = Duration.ofNanos(now() - asked.at);
            if (took.compareTo(asked.request.maxWait()) < 0) {
                breach(
                        "4.6",
                        "%s was refused after %s, and would have waited for %s",
                        asked.by.process,
                        took,
                        asked.request.maxWait());
            }
            rooms.forEach((uid, room) -> {
                if (hadRoom(asked, room)) {
                    breach(
                            "4.4",
                            "%s was told after %s that %s is full, and %s had room all the time: %s",
                            asked.by.process,
                            Duration.ofNanos(now() - asked.at),
                            asked.request.pool(),
                            uid,
                            none);
                }
            });
        } else if (!(failure instanceof BackendException)) {
            breach("4", "%s was told what nobody should be: %s", asked.by.process, failure);
        } else if (!world.weather.wasBad(asked.by.process.name, asked.at - RECOVERED.toNanos())
                && !asked.by.process.wasFrozenSince(asked.at)) {
            breach("4", "%s failed in fair weather: %s", asked.by.process, failure);
        }
    }

    /** Nobody waits for long beside what he could have. */
    void waits(Set<Asked> waiting) {
        long since = now() - SERVED.toNanos();
        for (Asked asked : waiting) {
            rooms.forEach((uid, room) -> {
                SimProcess process = processOf(uid);
                Stored pod = room.pod;
                if (asked.at < since
                        && process != null
                        && pod != null
                        && !disturbed.contains(uid)
                        && room.hasHadRoom(since, since)
                        && matches(pod, asked)
                        && world.wasCalm(asked.by.process, process, since - RECOVERED.toNanos())) {
                    breach(
                            "4.5",
                            "%s waits for what it asked at %.3f, and %s has had room for %s",
                            asked.by.process,
                            asked.at / 1e9,
                            pod.name(),
                            SERVED);
                }
            });
        }
    }

    private static boolean matches(Stored pod, Asked asked) {
        return ApiServer.poolOf(pod).equals(asked.request.pool())
                && pod.labels().entrySet().containsAll(asked.request.selectors().entrySet());
    }

    private boolean hadRoom(Asked asked, Room room) {
        Stored pod = room.pod;
        Duration late = world.weather.wasBad(asked.by.process.name, asked.at - RECOVERED.toNanos()) ? TOLD_LATE : TOLD;
        return pod != null && room.hasHadRoom(asked.at - late.toNanos(), asked.at) && matches(pod, asked);
    }

    private void inTime(Asked asked) {
        Duration took = Duration.ofNanos(now() - asked.at);
        Duration limit = asked.request.maxWait().plus(CALL_TIMEOUT).plus(SLACK);
        if (took.compareTo(limit) > 0 && !asked.by.process.wasFrozenSince(asked.at)) {
            breach(
                    "4.6",
                    "%s was answered after %s, and waited for %s",
                    asked.by.process,
                    took,
                    asked.request.maxWait());
        }
    }

    // ---- the end ----

    /** Nothing is wrong any more, and has not been for long: all that was held and is not used is free. */
    void settled() {
        for (Stored lease : world.server.all(Kind.LEASES)) {
            SimPod pod = pod(lease.owner()).orElse(null);
            if (pod == null || pod.isGone()) {
                breach("3.5", "%s is there, and its pod %s is not", lease.name(), String.valueOf(lease.owner()));
                continue;
            }
            if (pod.server() == null) {
                breach("3.4", "%s has no process that has taken it over", pod.name);
                continue;
            }
            LedgerState state = state(lease.annotations().get(LedgerNames.STATE));
            if (state == null || !state.isOpen()) {
                breach(
                        "7",
                        "%s is to take sessions, and its lease says %s",
                        pod.name,
                        String.valueOf(lease.annotations().get(LedgerNames.STATE)));
            }
            lease.annotations().forEach((key, text) -> {
                int slot = LedgerNames.slotOf(key);
                Held held = slot < 0 ? null : LedgerSlot.claim(text);
                boolean runs = held != null
                        && running.getOrDefault(Objects.requireNonNull(pod.process()), Map.of())
                                .containsValue(held.sessionId());
                if (slot >= 0 && !runs && !(LedgerSlot.read(text) instanceof Free)) {
                    breach("3", "slot %s of %s is not free: %s", slot, pod.name, text);
                }
            });
        }
    }
}
