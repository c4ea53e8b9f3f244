package kit.orchestration.engine;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.PodAddress;
import kit.orchestration.RequestConflictException;

/** A backend whose writes stay under way until the test answers them. */
final class Writes implements Committer<String> {

    private record Session(AllocateReq request, Claim claim) {}

    final Queue<List<Reservation<String>>> underWay = new ConcurrentLinkedQueue<>();
    final List<Claim> givenBack = new CopyOnWriteArrayList<>();
    /** What a look for a session fails with, if it does. */
    AllocationException blind;
    /** What happens while it is looked for a session, after the look. */
    Runnable duringLook = () -> {};
    /** Whether what the pool was told is how it is. */
    boolean seesAll = true;

    long nextProof;
    long proven;
    int proofsAsked;
    /** What giving back throws, if this is set. */
    RuntimeException givenBackThrows;
    /** What the next look for a session comes to, some time, if this is set. */
    CompletableFuture<Claim> looksLong;

    /** What happens when a refusal's way out is asked for. */
    Runnable wayOut = () -> {};

    private final Map<String, Session> byRequestId = new ConcurrentHashMap<>();

    @Override
    public void commit(String pod, List<Reservation<String>> batch) {
        underWay.add(batch);
    }

    @Override
    public CompletionStage<Claim> existing(Call call) {
        if (blind != null) {
            throw blind;
        }
        Session session = byRequestId.get(call.request().requestId());
        Runnable event = duringLook;
        duringLook = () -> {};
        event.run();
        if (looksLong != null) {
            CompletableFuture<Claim> look = looksLong;
            looksLong = null;
            return look;
        }
        if (session == null) {
            return null;
        }
        if (!session.request.annotations().equals(call.request().annotations())) {
            throw new RequestConflictException(call.request());
        }
        return CompletableFuture.completedStage(session.claim);
    }

    @Override
    public long proven() {
        return seesAll ? proven : -1;
    }

    @Override
    public long nextProof() {
        return nextProof;
    }

    @Override
    public void prove(long number) {
        proofsAsked++;
    }

    @Override
    public String wayOut(AllocateReq request, PodCounts pods) {
        wayOut.run();
        return "";
    }

    @Override
    public void giveBack(Claim claim) {
        givenBack.add(claim);
        if (givenBackThrows != null) {
            throw givenBackThrows;
        }
    }

    /** The write that departed first of those under way. */
    List<Reservation<String>> next() {
        return underWay.remove();
    }

    /** The only reservation of the only write under way. */
    Reservation<String> only() {
        List<Reservation<String>> batch = next();
        if (batch.size() != 1 || !underWay.isEmpty()) {
            throw new AssertionError("more than one reservation is under way");
        }
        return batch.get(0);
    }

    /** Applies all writes, also those that depart meanwhile. */
    void applyAll() {
        while (!underWay.isEmpty()) {
            next().forEach(this::apply);
        }
    }

    Claim apply(Reservation<String> reservation) {
        Claim claim = claim(reservation);
        if (reservation.request().requestId() != null) {
            lives(reservation.request(), claim);
        }
        reservation.applied(claim);
        return claim;
    }

    /** A session with a request id lives from here on, whoever claimed it. */
    void lives(AllocateReq request, Claim claim) {
        byRequestId.put(request.requestId(), new Session(request, claim));
    }

    static <H> Claim claim(Reservation<H> reservation) {
        return claim(reservation.request(), reservation.pod(), reservation.slot(), reservation.sessionId());
    }

    static Claim claim(AllocateReq request, Pod<?> pod, int slot, String sessionId) {
        return new Claim(
                request.pool(),
                pod.name(),
                new PodAddress("127.0.0.1", 7777),
                pod.name() + "/0",
                sessionId,
                OptionalInt.of(slot),
                request.annotations(),
                Instant.EPOCH);
    }
}
