package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;

/**
 * A backend in memory, asked by one pool: the truth about its slots, of which every write tests what it assumes. A test
 * says on which thread writes are done, and how they end.
 */
final class Ledger implements Committer<Ledger.Row> {

    /** How a write ends. */
    enum Fate {
        APPLIED,
        FAILED,
        /** Somebody else takes the slot first. */
        OVERTAKEN,
        UNKNOWN_APPLIED,
        UNKNOWN_NOT_APPLIED
    }

    /** A pod. Guarded by the ledger. */
    static final class Row {
        private final String name;
        private final long[] versions;
        private PodState state = PodState.READY;
        private Map<String, String> labels;
        private long revision;
        private boolean gone;
        private Pod<Row> seen;

        private Row(String name, int capacity, Map<String, String> labels) {
            this.name = name;
            versions = new long[capacity];
            this.labels = labels;
        }

        String name() {
            return name;
        }

        Pod<Row> seen() {
            return seen;
        }
    }

    /** A slot that is held. */
    private static final class Held {
        private final Row row;
        private final int slot;
        private final Claim claim;
        private final String requestId;
        private int shares = 1;

        private Held(Row row, Reservation<Row> reservation) {
            this.row = row;
            slot = reservation.slot();
            claim = Writes.claim(reservation);
            requestId = reservation.request().requestId();
        }
    }

    private final Consumer<Runnable> writer;
    private final Supplier<Fate> fates;
    private final Map<String, Held> bySession = new HashMap<>();
    private final Map<String, Held> byRequest = new HashMap<>();
    private Pool<Row> pool;

    Ledger(Consumer<Runnable> writer, Supplier<Fate> fates) {
        this.writer = writer;
        this.fates = fates;
    }

    void open(Pool<Row> watcher) {
        pool = watcher;
    }

    /** How many slots are held. */
    synchronized int held() {
        return bySession.size();
    }

    // ---- pods ----

    Row add(String name, int capacity, Map<String, String> labels) {
        Row row = new Row(name, capacity, labels);
        row.seen = pool.pod(name, row, row.versions);
        set(row, PodState.READY, labels);
        return row;
    }

    void set(Row row, PodState state, Map<String, String> labels) {
        synchronized (this) {
            row.state = state;
            row.labels = labels;
            row.revision++;
        }
        tellState(row);
    }

    void remove(Row row) {
        synchronized (this) {
            row.gone = true;
            List.copyOf(bySession.values()).stream()
                    .filter(held -> held.row == row)
                    .forEach(this::delete);
        }
        pool.remove(row.seen);
    }

    /** A session ends; does nothing if it did before. */
    void free(String sessionId) {
        Held held;
        synchronized (this) {
            held = bySession.get(sessionId);
            if (held != null) {
                delete(held);
            }
        }
        if (held != null) {
            tellSlot(held.row, held.slot);
        }
    }

    // ---- the pool's writes ----

    @Override
    public void commit(Row row, List<Reservation<Row>> batch) {
        writer.accept(() -> {
            if (batch.size() > 1 && fates.get() == Fate.APPLIED) {
                claimAll(row, batch);
            } else {
                batch.forEach(reservation -> write(row, reservation));
            }
        });
    }

    @Override
    public synchronized CompletionStage<Claim> existing(Call call) {
        Held twin = byRequest.get(call.request().requestId());
        if (twin == null) {
            return null;
        }
        twin.shares++;
        return CompletableFuture.completedStage(twin.claim);
    }

    @Override
    public void giveBack(Claim claim) {
        boolean unwanted;
        synchronized (this) {
            Held held = bySession.get(claim.sessionId());
            unwanted = held != null && --held.shares == 0;
        }
        if (unwanted) {
            free(claim.sessionId());
        }
    }

    private void write(Row row, Reservation<Row> reservation) {
        switch (fates.get()) {
            case APPLIED -> claim(row, reservation);
            case FAILED -> reservation.failed(error(Outcome.NOT_APPLIED));
            case OVERTAKEN -> {
                String other = "other-" + reservation.sessionId();
                take(row, reservation, other);
                tellSlot(row, reservation.slot());
                claim(row, reservation);
                free(other);
            }
            case UNKNOWN_APPLIED -> {
                take(row, reservation, reservation.sessionId());
                unknown(row, reservation);
                free(reservation.sessionId());
            }
            case UNKNOWN_NOT_APPLIED -> unknown(row, reservation);
        }
    }

    private void unknown(Row row, Reservation<Row> reservation) {
        tellSlot(row, reservation.slot());
        reservation.failed(error(Outcome.UNKNOWN));
    }

    private void claim(Row row, Reservation<Row> reservation) {
        Claim twin;
        Held held = null;
        synchronized (this) {
            Held earlier = byRequest.get(reservation.request().requestId());
            if (earlier != null) {
                earlier.shares++;
            }
            twin = earlier == null ? null : earlier.claim;
            if (twin == null) {
                held = take(row, reservation, reservation.sessionId());
            }
        }
        if (twin != null) {
            reservation.twin(twin);
        } else if (held != null) {
            reservation.applied(held.claim);
        } else {
            tellState(row);
            tellSlot(row, reservation.slot());
            reservation.lost();
        }
    }

    /** Written as a whole: it is applied whole, or lost whole. Those with a request id go alone. */
    private void claimAll(Row row, List<Reservation<Row>> batch) {
        List<Reservation<Row>> plain = new ArrayList<>();
        for (Reservation<Row> reservation : batch) {
            if (reservation.request().requestId() == null && reservation.isWanted()) {
                plain.add(reservation);
            } else {
                claim(row, reservation);
            }
        }
        boolean applied;
        synchronized (this) {
            applied = plain.stream().allMatch(reservation -> isFree(row, reservation));
            if (applied) {
                plain.forEach(reservation -> take(row, reservation, reservation.sessionId()));
            }
        }
        if (applied) {
            Reservation.appliedAll(plain, Writes::claim);
        } else {
            tellState(row);
            tellSlots(row);
            Reservation.lostAll(plain);
        }
    }

    private static boolean isFree(Row row, Reservation<Row> reservation) {
        return !row.gone && row.state == PodState.READY && row.versions[reservation.slot()] == reservation.version();
    }

    private synchronized Held take(Row row, Reservation<Row> reservation, String sessionId) {
        int slot = reservation.slot();
        if (!isFree(row, reservation)) {
            return null;
        }
        row.versions[slot]++;
        Held held = new Held(row, reservation);
        bySession.put(sessionId, held);
        if (held.requestId != null && sessionId.equals(reservation.sessionId())) {
            byRequest.put(held.requestId, held);
        }
        return held;
    }

    private void delete(Held held) {
        held.row.versions[held.slot]++;
        bySession.values().remove(held);
        byRequest.values().remove(held);
    }

    private void tellSlot(Row row, int slot) {
        long version;
        synchronized (this) {
            version = row.versions[slot];
        }
        pool.slotSeen(row.seen, slot, version);
    }

    private void tellSlots(Row row) {
        long[] versions;
        synchronized (this) {
            versions = row.versions.clone();
        }
        pool.slotsSeen(row.seen, versions);
    }

    private void tellState(Row row) {
        if (row.gone) {
            pool.remove(row.seen);
        }
        PodState state;
        Map<String, String> labels;
        long revision;
        synchronized (this) {
            state = row.state;
            labels = row.labels;
            revision = row.revision;
        }
        pool.update(row.seen, revision, state, labels);
    }

    private static BackendException error(Outcome outcome) {
        return new BackendException("injected", "duel", null, outcome, true, null);
    }
}
