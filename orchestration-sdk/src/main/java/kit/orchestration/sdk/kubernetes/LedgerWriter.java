package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.platform.FindingPod;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the Lease say what it is to say: the pod's state, the frees, gathered, and what somebody else has spoilt of the
 * pod's own. One write is under way at a time, beside those that are silent; what fails is repeated for ever, and
 * sessions don't notice.
 *
 * <p>A free tests the slot's exact text, with the session's id and the use count, and raises the count. A merge patch
 * that only named the new text would be shorter, but one that is late (the server goes on with a call that has timed
 * out) could free a newer claim.
 */
final class LedgerWriter extends FindingPod {

    /**
     * How long a Lease stays away before it is made anew. Its pod may be gone while this process still runs (deleted by
     * force, on a node that is cut off), and the API server takes a dead pod's token for 10 s more: the Lease would be
     * in its successor's way.
     */
    static final Duration AWAY = Duration.ofSeconds(15);

    private static final Logger log = LoggerFactory.getLogger(LedgerWriter.class);
    private static final long NEVER = Long.MAX_VALUE;

    private final LeaseApi api;
    private final PodIdentity pod;
    private final PodLedger ledger;
    private final Retry retry;
    private final Alarm alarm;

    private final WantedState wanted;
    /** Who wants the pod to take no claims, and why; null if nobody does. */
    private volatile @Nullable String asked;
    /** Where players are to dial; null if that is not the pod's to say. */
    private @Nullable String address;

    /** Whether the process ends, and frees go at once. */
    private boolean ending;

    /** The write that is under way, and not slow to be answered. */
    private @Nullable Write writing;
    /** When the next one is slow: later after one that was, but no later than {@link Retry#LATEST}. */
    private Duration silence = silent;

    /** Whether the last patch was refused: then only what must be is written, if anything must. */
    private boolean plain;

    private long lastWrite;
    /** Whether no pod had room then: what had ended when it was answered is written next, and does not gather. */
    private boolean wasFull;

    /** Since when the pod may not write what has ended; null if it may, as far as is known. */
    private volatile @Nullable Refused refused;

    private long lastAnswer;
    private final NotBefore notBefore;

    /**
     * That what has ended can't be written.
     *
     * @param sinceNanos since when, by the loop's time
     * @param lastNanos when it was refused last, or, if that asks to be left alone, the end of that: in between the
     *     server may have been away
     * @param why what it says
     */
    private record Refused(long sinceNanos, long lastNanos, String why) {}

    /** The Lease is closed. The patience is how long an API server that can't be asked for a session is tried. */
    LedgerWriter(
            LeaseApi api,
            PodIdentity pod,
            String bootId,
            PodLedger ledger,
            Loop loop,
            RandomGenerator random,
            Duration patience) {
        super(loop, List.of(Duration.ZERO), patience);
        this.api = api;
        this.pod = pod;
        this.wanted = new WantedState(bootId);
        this.ledger = ledger;
        this.retry = new Retry("writing " + ledger.name(), random);
        this.alarm = new Alarm(loop, this::step);
        this.lastWrite = loop.nanoTime() - FreePace.HURRIED.toNanos();
        this.lastAnswer = lastWrite;
        this.notBefore = new NotBefore(loop);
    }

    @Override
    public void open(boolean open) {
        wanted.open(open);
    }

    /**
     * Players dial this from now on. The state of a pod that was ever open gets another text with it, so that claims
     * which were computed before fail, and their callers are sent nowhere else.
     */
    void address(PodAddress now) {
        String next = now.format();
        if (!next.equals(address)) {
            address = next;
            wanted.renew();
        }
    }

    @Override
    public void drain() {
        wanted.drain();
    }

    @Override
    public void end() {
        ending = true;
        silence = silent;
        drain();
    }

    @Override
    public void stop() {
        ledger.stop();
        super.stop();
    }

    @Override
    public void free(ClaimedSlot claim) {
        ledger.ended(claim);
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return ledger.keys().get(kid);
    }

    @Override
    public Optional<String> problem() {
        return lost().or(ledger::problem).or(this::refusal).or(super::problem);
    }

    /** What only an operator can mend: its slots stay held, and to allocators it is full. Any thread. */
    private Optional<String> refusal() {
        return Optional.ofNullable(refused)
                .filter(since -> loop.nanoTime() - since.sinceNanos >= PodLedger.REFUSED.toNanos() && !isOver(since))
                .map(since -> "this pod can't write that sessions have ended: " + since.why);
    }

    /** Whether it was not refused for a while: what stands in the way is another. */
    private boolean isOver(Refused refusal) {
        return loop.nanoTime() - refusal.lastNanos > PodLedger.REFUSED.toNanos();
    }

    @Override
    public Optional<String> asked() {
        return Optional.ofNullable(asked)
                .map(text -> "asked to drain by annotation " + LedgerNames.DRAIN + " of " + name() + ", which says "
                        + Limits.quote(text) + ": it takes sessions again once that is taken away");
    }

    @Override
    public Optional<String> lost() {
        return ledger.lost();
    }

    @Override
    public String name() {
        return ledger.name();
    }

    @Override
    public String reasons() {
        return retry.problem().isEmpty() ? "" : ": " + retry.problem();
    }

    @Override
    public boolean isSaid() {
        if (ledger.isOver()) {
            return true;
        }
        if (ledger.isMissing()) {
            return !wanted.isOpen();
        }
        return isStateSaid() && isAddressSaid();
    }

    /** An open pod takes claims while its address changes. */
    @Override
    protected boolean holdsMeanwhile() {
        return !ledger.isMissing()
                && retry.problem().isEmpty()
                && wanted.isOpen()
                && wanted.isOpenBy(ledger.lease().state());
    }

    /** A mark of a Lease that is no more holds nobody: it is made anew without. */
    @Override
    protected void look() {
        super.look();
        String now = ledger.isMissing() ? null : ledger.lease().drainText();
        if (!Objects.equals(now, asked)) {
            asked = now;
            log.info("{}", asked().orElse("no longer asked to drain by " + name()));
        }
        wanted.hold(now != null);
    }

    private boolean isStateSaid() {
        String state = wanted.text();
        boolean undone = writing != null && writing.state != null && !writing.state.equals(state);
        return state.equals(ledger.lease().stateText()) && !undone;
    }

    private boolean isAddressSaid() {
        boolean undone = writing != null && !Objects.equals(writing.address, address);
        return Objects.equals(address, ledger.lease().addressText()) && !undone;
    }

    @Override
    public boolean isClean() {
        return ledger.isMissing() || ledger.ended().isEmpty();
    }

    @Override
    protected CompletionStage<Void> read() {
        return ledger.read();
    }

    @Override
    protected Optional<ClaimedSlot> claim(String sessionId) {
        return Optional.ofNullable(ledger.slots().find(sessionId));
    }

    @Override
    protected void act(boolean isWaitedFor) {
        if (ledger.ended().isEmpty()) {
            refused = null;
        }
        if (writing != null || ledger.isOver()) {
            return;
        }
        alarm.off();
        long now = loop.nanoTime();
        long due = dueIn(now, isWaitedFor);
        if (due == NEVER) {
            return;
        }
        long wait = Math.max(due, notBefore.end() - now);
        if (wait > 0) {
            alarm.set(wait);
        } else {
            write(now);
        }
    }

    /** What somebody else undoes again and again is written now and then, not without pause. */
    private long dueIn(long now, boolean isWaitedFor) {
        if (ledger.isMissing()) {
            return ledger.missingSince() + AWAY.toNanos() - now;
        }
        long mend = lastWrite + FreePace.HURRIED.toNanos() - now;
        long due = ledger.isSpoilt() ? mend : NEVER;
        if (!isSaid()) {
            due = Math.min(due, isWaitedFor ? 0 : mend);
        }
        if (!ledger.ended().isEmpty()) {
            due = Math.min(due, ending ? 0 : endingsDueIn(now));
        }
        return due;
    }

    private long endingsDueIn(long now) {
        LeaseSlots slots = ledger.slots();
        long oldest = ledger.ended().values().iterator().next().at();
        if (wasFull && oldest - lastAnswer <= 0) {
            return 0;
        }
        boolean roomElsewhere = ledger.lease().roomElsewhere();
        int ended = ledger.ended().size();
        return FreePace.due(slots.freeCount(), slots.capacity(), roomElsewhere, ended, oldest, lastWrite) - now;
    }

    /** A call, from its start to its answer, or until it is slow to come. */
    private final class Write {

        /** The state that it sets; null if it sets none. */
        final @Nullable String state;
        /** The address that the Lease has when it is written. */
        final @Nullable String address;

        Write(@Nullable String state) {
            this.state = state;
            this.address = LedgerWriter.this.address;
            Duration patience = silence;
            loop.after(patience, () -> {
                if (ends(true)) {
                    silence = silent.multipliedBy(2); // Retry.LATEST, or less
                    notBefore.pause(retry.failed("no answer within " + patience).minus(patience)); // that was one
                    step();
                }
            });
        }

        /** False if it had ended. */
        boolean ends(boolean inDoubt) {
            if (writing != this) {
                return false;
            }
            writing = null;
            if (inDoubt && state != null) {
                wanted.inDoubt(state);
            }
            return true;
        }
    }

    private void write(long now) {
        lastWrite = now;
        wasFull = ledger.slots().freeCount() == 0 && !ledger.lease().roomElsewhere();
        long asked = ledger.news();
        String text;
        String state;
        CompletableFuture<Lease> answer;
        if (ledger.isMissing()) {
            text = "";
            state = null;
            ledger.making(true);
            answer = api.create(Lease.json(
                    pod.pool(),
                    pod.podName(),
                    pod.podUid(),
                    wanted.closedText(),
                    address,
                    ledger.slots().wanted(),
                    ledger.keys().wanted()));
        } else {
            LeasePatch patch = patch();
            text = patch.text();
            state = writesState() ? wanted.text() : null;
            answer = api.patchAndRead(pod.lease(), patch);
        }
        Write mine = new Write(state);
        writing = mine;
        loop.whenDone(answer, (lease, failure) -> {
            ApiException error = failure == null ? null : ApiException.of(failure);
            boolean wasAwaited = mine.ends(error != null && error.kind() == ApiException.Kind.UNKNOWN);
            lastAnswer = loop.nanoTime();
            if (lease != null) {
                plain = false;
                refused = null;
                retry.succeeded();
                if (wasAwaited) {
                    silence = silent;
                }
                ledger.answered(lease, asked);
            } else if (error != null && wasAwaited) {
                failed(error, text);
            } else if (error != null) {
                failedLate(error);
            }
            step();
        });
    }

    private void failed(ApiException error, String text) {
        plain = true;
        if (text.isEmpty()) { // it was to be made
            ledger.making(error.kind() == ApiException.Kind.UNKNOWN);
        }
        if (error.isDenial()) { // by whatever code
            refused(error);
            return;
        }
        switch (error.kind()) {
            // A slot was revoked or taken back since it was read; or the Lease is no more, or there is one again.
            case INVALID, NOT_FOUND, CONFLICT -> {
                Write mine = new Write(null);
                writing = mine;
                loop.whenDone(ledger.read(), (read, failure) -> {
                    if (!mine.ends(false)) {
                        return;
                    }
                    // If nothing has changed it was no race, and would not be one the next time.
                    if (failure != null) {
                        later(ApiException.of(failure));
                    } else if (ledger.isMissing()
                            || (!ledger.isOver() && patch().text().equals(text))) {
                        refused(error);
                    }
                    step();
                });
            }
            case FORBIDDEN -> refused(error);
            case EXPIRED, NOT_APPLIED, UNKNOWN -> later(error);
        }
    }

    /** Another write went beside it meanwhile. */
    private void failedLate(ApiException error) {
        // A policy's denial is as invalid as what has lost a race; that is over with the next write.
        if (error.isDenial()
                || error.kind() == ApiException.Kind.FORBIDDEN
                || error.kind() == ApiException.Kind.INVALID) {
            plain = true;
            remember(error);
        }
        if (!error.retryAfter().isZero()) {
            later(error);
        }
    }

    private void refused(ApiException error) {
        remember(error);
        later(error);
    }

    private void remember(ApiException error) {
        Refused before = refused;
        long now = loop.nanoTime();
        if (!ledger.ended().isEmpty()) {
            long since = before == null || isOver(before) ? now : before.sinceNanos;
            refused = new Refused(since, now + error.retryAfter().toNanos(), error.problem());
        }
    }

    private void later(ApiException error) {
        notBefore.pause(retry.failed(error));
    }

    /** After a patch that was refused it waits for what is more urgent: a policy may not let the pod say it. */
    private boolean writesAddress() {
        boolean isUrgent = !ledger.ended().isEmpty() || (!isStateSaid() && !wanted.isOpen());
        return !isAddressSaid() && !(plain && isUrgent);
    }

    /** It opens with its address, or else not. */
    private boolean writesState() {
        return !isStateSaid() && (!wanted.isOpen() || isAddressSaid() || writesAddress());
    }

    private LeasePatch patch() {
        Lease lease = ledger.lease();
        LeasePatch patch = LeasePatch.of(lease);
        boolean must = !isSaid() || !ledger.ended().isEmpty();
        if (writesAddress()) {
            patch.change(LedgerNames.ADDRESS, lease.addressText(), address);
        }
        // A write of another address that was not answered may come yet, or have come: not unnoticed, nor later.
        if (writesAddress() && !writesState() && lease.stateText() != null) {
            patch.testState(lease.stateText());
        } else if (writesState() && wanted.isOpen() && !writesAddress() && lease.addressText() != null) {
            patch.test(LedgerNames.ADDRESS, lease.addressText());
        }
        if (writesState()) {
            patch.change(LedgerNames.STATE, lease.stateText(), wanted.text());
        }
        LeaseSlots slots = ledger.slots();
        for (PodLedger.Ended each : ledger.ended().values()) {
            int slot = each.claim().slot();
            Held held = slots.held(slot, each.claim().sessionId());
            if (held != null) {
                patch.change(
                        LedgerNames.slot(slot), slots.text(slot), held.freed().format());
            }
        }
        if (!plain || !must) {
            mend(lease, patch);
            dropKeys(lease, patch);
        }
        return patch;
    }

    private void mend(Lease lease, LeasePatch patch) {
        LeaseSlots slots = ledger.slots();
        slots.spoilt().stream().forEach(slot -> {
            String mended = slots.mended(slot);
            boolean isFreed = mended == null && ledger.ended().containsKey(slot);
            if (!isFreed) {
                patch.change(LedgerNames.slot(slot), slots.text(slot), mended);
            }
        });
        for (int slot = slots.capacity(); slot < lease.slots().size(); slot++) {
            if (lease.slot(slot) != null) {
                patch.change(LedgerNames.slot(slot), lease.slot(slot), null);
            }
        }
        // Its allocator writes it again; until then it counts for the sessions that are here.
        ledger.keys().drop(ledger.keys().spoiltGood(), slots.sessions());
        ledger.keys().spoilt().forEach((kid, text) -> patch.change(LedgerNames.key(kid), text, null));
    }

    /**
     * Takes the older keys out of the Lease, if there are many. Their tokens are taken on for the sessions that hold
     * slots now, and no other may need them: a claim that was made meanwhile fails this patch, and one that is on its
     * way fails itself, since it tests that its key is here.
     */
    private void dropKeys(Lease lease, LeasePatch patch) {
        List<String> surplus = ledger.keys().surplus();
        if (surplus.isEmpty() || !ledger.keys().spoilt().isEmpty()) {
            return;
        }
        patch.testVersion(lease);
        ledger.keys().drop(surplus, ledger.slots().sessions());
        surplus.forEach(kid -> patch.remove(LedgerNames.key(kid)));
    }
}
