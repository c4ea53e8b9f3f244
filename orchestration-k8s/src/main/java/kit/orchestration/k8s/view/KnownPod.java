package kit.orchestration.k8s.view;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * One pod, by its uid, with its Lease: all that is known of it, and what follows from that. Either may be missing.
 * Written on the loop alone; what is public may be read by any thread, but for what is said otherwise.
 */
public final class KnownPod {

    /** Whether the sessions that its Lease names count. */
    public enum Standing {
        /** Pod and Lease are of one pool, as far as is known. */
        COUNTS,
        /** The watch does not have the pod, or not any more: only a look at it tells. */
        ASK,
        /** The pod is gone, or its Lease names a pool that it never was in. */
        DOES_NOT
    }

    /** How long a Lease that nobody renews is taken for its holder's. */
    private static final Duration HOLD = Duration.ofSeconds(3);

    private final String uid;
    /** The newest that was told of it, also when it has left the watch. */
    private volatile @Nullable PodFacts pod;
    /** Whether the watch has it. */
    private volatile boolean here;

    private volatile boolean gone;
    private volatile @Nullable Lease told;
    /** Newer than {@link #told}, by a read of ours: the watch is yet to tell of it. */
    private volatile @Nullable Lease read;
    /** The uid of a Lease that is told of, and that a read did not find. */
    private volatile @Nullable String missing;
    /** Why it has no Lease, though it should; null if that is not known. */
    private volatile @Nullable String lacking;
    /** Why its Lease takes no claims, though others' do; null if it may. */
    private volatile @Nullable String refusal;
    /** The boot that the Lease named last. */
    private volatile @Nullable String boot;
    /** What its Lease said last of where players dial. */
    private volatile @Nullable Announced announced;

    private volatile OfNode ofNode = OfNode.NOTHING;
    /** On the loop. */
    private boolean nodeLeaves;
    /** The pool that Pod and Lease have agreed on. */
    private volatile @Nullable String home;
    /** When it was seen that the Lease was renewed, by our own clock: others' clocks may differ. */
    private volatile long renewedNanos;

    // On the loop.

    private final SlotHolders holders = new SlotHolders();
    /** Of which Lease the slots' versions were read last, and they. */
    private @Nullable Lease versionsOf;

    private long[] versions = new long[0];
    /** The slots' versions when a claim had no room in its Lease, though some were free. */
    private long[] tight = {};

    private int listing;
    /** When a Lease was read last. */
    private long readNanos;
    /** Whether what its Lease said last had just happened. */
    private boolean toldInTurn;

    final Reporter.Shown shown = new Reporter.Shown();

    /** Of which nothing is known. */
    public KnownPod(String uid) {
        this.uid = uid;
    }

    /**
     * A list of Leases.
     *
     * @param number counts them; from 1
     * @param askedNanos when it was asked for, by the loop's time: it says what was then, or later
     */
    record Listed(int number, long askedNanos) {}

    /**
     * What its node says of where players dial it.
     *
     * @param isAwaited it hands ports on to it, and nothing is known of it yet
     * @param address where it is from outside, with those ports; null if it hands on none, has no such address, or
     *     isn't asked
     */
    private record OfNode(boolean isAwaited, @Nullable PodAddress address) {
        static final OfNode NOTHING = new OfNode(false, null);
        static final OfNode AWAITED = new OfNode(true, null);
    }

    /** The pod's own word of where players dial it: read once for all versions of its Lease that say the same. */
    private record Announced(
            String text,
            @Nullable PodAddress address,
            @Nullable String problem) {

        static Announced read(String text) {
            try {
                return new Announced(text, PodAddress.parse(text), null);
            } catch (IllegalArgumentException unreadable) {
                return new Announced(
                        text, null, "its lease says no address that can be read: " + unreadable.getMessage());
            }
        }
    }

    // ---- what is known ----

    /** The pod's uid. */
    public String uid() {
        return uid;
    }

    /** Its newest state, also if it has left the watch; null if that has never told of it. */
    public @Nullable PodFacts pod() {
        return pod;
    }

    /** Its labels, as far as they are known. */
    public Map<String, String> labels() {
        PodFacts now = pod;
        return now == null ? Map.of() : now.labels();
    }

    /** Its Lease in the newest version that is known; null if it has none. */
    public @Nullable Lease lease() {
        Lease ahead = read;
        Lease newest = ahead == null ? told : ahead;
        return newest == null || newest.uid().equals(missing) ? null : newest;
    }

    /** The boot that what holds its slots was claimed in; null if its Lease never named one. */
    public @Nullable String boot() {
        return boot;
    }

    // ---- what follows ----

    /**
     * Where players dial: by the pod's own word, or else at its node's address outside, or else as its manifest and its
     * IP have it; null if that is not known.
     */
    public @Nullable PodAddress address() {
        Announced said = announced();
        PodFacts now = pod;
        OfNode node = ofNode;
        if (said != null || now == null || node.isAwaited) {
            return said == null ? null : said.address;
        }
        return node.address != null ? node.address : now.address();
    }

    /** Why that is not known; null if it is, or nobody has said anything wrong. */
    public @Nullable String addressFault() {
        Announced said = announced();
        PodFacts now = pod;
        OfNode node = ofNode;
        if (said != null || now == null || node.isAwaited || node.address != null) {
            return said == null ? null : said.problem;
        }
        return now.addressMistake();
    }

    /** Where there is no Lease any more, the pod says it yet, and is about to write it into another one. */
    private @Nullable Announced announced() {
        Lease lease = lease();
        return lease == null ? announced : announced(lease);
    }

    private @Nullable Announced announced(Lease lease) {
        String text = lease.addressText();
        Announced known = announced;
        return text == null ? null : known != null && known.text.equals(text) ? known : Announced.read(text);
    }

    /** Whether it takes sessions. */
    public PodState state() {
        PodFacts now = pod;
        Lease lease = lease();
        if (now == null || now.leaving()) {
            return PodState.DRAINING;
        }
        if (fault() != null) {
            return PodState.MISCONFIGURED;
        }
        if (lease == null) {
            return PodState.NOT_READY;
        }
        LedgerState state = lease.state();
        if (state != null && !state.isOpen()) {
            boolean drains = state.draining() || state.version() == 0 || lease.drainText() != null;
            return drains ? PodState.DRAINING : PodState.NOT_READY;
        }
        return now.ready() && address() != null ? PodState.READY : PodState.NOT_READY;
    }

    /** Why a pod takes no sessions whose kubelet and ledger may say that it does; null if nothing is wrong. */
    public @Nullable String fault() {
        PodFacts now = pod;
        Lease lease = lease();
        if (now == null) {
            return null;
        }
        if (now.mistake() != null) {
            return now.mistake();
        }
        if (lease == null) {
            return lacking;
        }
        if (!now.pool().equals(lease.pool())) {
            return "the pod's label says pool \"" + now.pool() + "\", its lease's \"" + lease.pool() + "\"";
        }
        if (lease.leaving()) {
            return "its lease was deleted, and a finalizer keeps it: take that away";
        }
        LedgerState state = lease.state();
        if (state == null) {
            return "the state of its lease can't be read";
        }
        if (!state.isOpen()) {
            return null; // it may be yet to say where it is
        }
        String refused = refusal;
        return refused == null ? addressFault() : "claims on its lease are refused: " + refused;
    }

    /** Whether the sessions in its Lease count. */
    public Standing standing() {
        if (gone || (pod != null && home == null)) {
            return Standing.DOES_NOT;
        }
        return here ? Standing.COUNTS : Standing.ASK;
    }

    /** The pool that it serves: none if the watch does not have it, or it has ended. */
    @Nullable
    String place() {
        PodFacts now = pod;
        return now != null && here && !now.ended() ? now.pool() : null;
    }

    /** The pool whose sessions its Lease names; null if they are none's, as those of a pod that has ended. */
    public @Nullable String directory() {
        PodFacts now = pod;
        Lease lease = told;
        if (lease == null || gone || (now != null && now.ended())) {
            return null;
        }
        return home != null ? home : lease.pool();
    }

    /** How many of its slots are given out: no more than the pod says, whoever has written more. */
    int capacity() {
        PodFacts now = pod;
        return now == null || now.capacity() == 0 ? holders.size() : Math.min(holders.size(), now.capacity());
    }

    /** The engine's version of each slot, by the newest that is known; not to be changed. On the loop. */
    public long[] versions() {
        Lease lease = lease();
        if (versions.length != capacity() || !Objects.equals(versionsOf, lease)) {
            versionsOf = lease;
            versions = IntStream.range(0, capacity())
                    .mapToLong(slot -> LedgerSlot.version(lease == null ? null : lease.slot(slot)))
                    .toArray();
        }
        return versions;
    }

    /** Whether it may gather what ends there, though its Lease shows no free slot. On the loop. */
    public boolean gathersWhileFull() {
        Lease lease = lease();
        return lease != null
                && lease.roomElsewhere()
                && state() == PodState.READY
                && Arrays.stream(versions()).noneMatch(KnownPod::isFree);
    }

    /**
     * Whether it takes itself for not full though it gets no more sessions, since fewer of its slots are given out than
     * it has, or its Lease has no room for what a claim brings with it: then it gathers what ends there, whatever it is
     * told. On the loop.
     */
    public boolean gathersThoughFull() {
        Lease lease = lease();
        return lease != null
                && state() == PodState.READY
                && (isTightYet()
                        || IntStream.range(capacity(), lease.slots().size())
                                .mapToLong(slot -> LedgerSlot.version(lease.slot(slot)))
                                .anyMatch(KnownPod::isFree));
    }

    /** Whether nothing has gone free since a claim had no room. */
    private boolean isTightYet() {
        long[] now = versions();
        return tight.length == now.length
                && Arrays.stream(now).anyMatch(KnownPod::isFree)
                && IntStream.range(0, now.length).noneMatch(slot -> isFree(now[slot]) && now[slot] > tight[slot]);
    }

    private static boolean isFree(long version) {
        return version >= 0 && version % 2 == 0;
    }

    /**
     * By whether its node stays, and by who fills the pod: this allocator, nobody, or another that has claimed here not
     * long ago.
     *
     * @param identity this allocator's; null if it fills none in particular
     */
    public PodRank rank(@Nullable String identity, long nowNanos) {
        if (nodeLeaves) {
            return PodRank.LEAVING;
        }
        Lease lease = lease();
        String holder = lease == null ? null : lease.holder();
        if (identity == null) {
            return PodRank.UNRANKED;
        }
        if (identity.equals(holder)) {
            return PodRank.PREFERRED;
        }
        return holder == null || holder.isEmpty() || nowNanos - renewedNanos > HOLD.toNanos()
                ? PodRank.UNRANKED
                : PodRank.LEFT_TO_OTHERS;
    }

    // ---- news, on the loop ----

    /** A claim had no room in its Lease. */
    public void isTight() {
        tight = versions();
    }

    void seen(PodFacts newer) {
        pod = newer;
        here = true;
        agree();
    }

    /** What is known of its node: null for nothing yet. */
    void onNode(@Nullable NodeFacts node) {
        PodFacts now = pod;
        nodeLeaves = node != null && node.leaving();
        HostPorts ports = now == null ? null : now.hostPorts();
        if (ports == null) {
            ofNode = OfNode.NOTHING;
        } else if (node == null) {
            ofNode = OfNode.AWAITED;
        } else {
            ofNode = node.outside() == null ? OfNode.NOTHING : new OfNode(false, ports.at(node.outside()));
        }
    }

    /** The watch does not have it any more; or it is gone, which is for ever. */
    void left(boolean isGone) {
        here = false;
        gone |= isGone;
    }

    /** It was looked at, and is there; the watch may not have it. False if it is no news. */
    boolean isThere(PodFacts newer) {
        if (here || newer.equals(pod)) {
            return false;
        }
        pod = newer;
        agree();
        return true;
    }

    boolean isHere() {
        return here;
    }

    @Nullable
    Lease told() {
        return told;
    }

    /** What holds its slots, as the watch has told. On the loop. */
    public SlotHolders holders() {
        return holders;
    }

    int listing() {
        return listing;
    }

    boolean isToldInTurn() {
        return toldInTurn;
    }

    /**
     * Its Lease in a newer version; gives who holds what now, and did not before.
     *
     * @param list the list that told it; null if a watch did
     * @param now the time of day, which tells how long ago it was renewed: whoever did so may be gone long since. By
     *     how much that is wrong if clocks differ does no harm, since a rank refuses nobody
     */
    List<Change> told(Lease newer, @Nullable Listed list, long nowNanos, Instant now) {
        Lease before = told;
        Lease older = before != null && before.uid().equals(newer.uid()) ? before : null;
        if (older == null) {
            boot = null;
            missing = null;
            renewedNanos = nowNanos - newer.sinceRenewed(now).toNanos();
        } else if (!Objects.equals(older.renewed(), newer.renewed())
                || !Objects.equals(older.holder(), newer.holder())) {
            renewedNanos = nowNanos;
        }
        if (list != null || (older != null && newer.version() > older.version())) {
            missing = null; // it is there after all
        }
        LedgerState state = newer.state();
        if (state != null && state.bootId() != null) {
            boot = state.bootId();
        }
        told = newer;
        Lease ahead = read;
        boolean isAsked = list != null && list.askedNanos() - readNanos > 0;
        if (ahead != null && (older == null || isAsked || ahead.version() <= newer.version())) {
            // Last, since others read the newer of both. Versions go down where the storage was set back: a list that
            // was asked for after the read is believed.
            read = null;
        }
        announced = announced(ahead != null && ahead.equals(read) ? ahead : newer);
        lacking = null;
        listing = list == null ? 0 : list.number();
        toldInTurn = older != null && list == null;
        agree();
        return holders.told(older, newer);
    }

    /** Its Lease is gone; gives who held what. */
    List<Change> leaseIsGone() {
        told = null;
        read = null;
        boot = null;
        return holders.clear();
    }

    /** Its Lease was read, in a version that the watch may be yet to tell of; false if it is no news. */
    boolean read(Lease newer, long nowNanos) {
        Lease known = lease();
        if (known == null || !known.uid().equals(newer.uid()) || newer.version() <= known.version()) {
            return false;
        }
        announced = announced(newer);
        readNanos = nowNanos;
        read = newer;
        return true;
    }

    /** It has no Lease, though it should. */
    void lacksLease(String why) {
        lacking = why;
    }

    /** Its Lease takes no claims; null if it may again. */
    void takesNoClaims(@Nullable String why) {
        refusal = why;
    }

    /** A read has not found the Lease that the watch has told of. */
    void missesLease(String leaseUid) {
        missing = leaseUid;
    }

    /**
     * Where they once were in one pool they stay of it, whatever becomes of the labels, until they agree on another:
     * its sessions were made there. A pod without the label was taken out of its pool; one with another may want to be
     * believed where it never was.
     */
    private void agree() {
        PodFacts now = pod;
        Lease lease = told;
        if (now != null
                && lease != null
                && (now.pool().equals(lease.pool())
                        || (home == null && now.pool().isEmpty()))) {
            home = lease.pool();
        }
    }

    @Override
    public String toString() {
        PodFacts now = pod;
        return "KnownPod[" + (now == null ? uid : now.name()) + "]";
    }
}
