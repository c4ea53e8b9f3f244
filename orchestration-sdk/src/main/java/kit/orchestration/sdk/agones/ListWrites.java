package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.agones.SidecarException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Takes values out of lists, and adds some, each again and again until the watch shows it done. An OK means queued;
 * 'not found' means that it is queued already, or that the sidecar has not seen the value yet (measured: 7 of 60 right
 * after an allocation, and accepted within 44 ms). What is asked at the same time is one write of the sidecar. Confined
 * to the pod's {@link Loop}.
 */
final class ListWrites {

    /** A value that a list is to have, or to have no more. */
    record Write(String list, String value, boolean added) {}

    /** Calls under way at once: each is a connection. */
    static final int AT_ONCE = 16;

    /**
     * From one round of writes to the next. The sidecar writes what was asked within 500 ms as one; and each of its
     * writes makes allocations of the same server fail that Agones began before, so that a server whose sidecar writes
     * all the time gets hardly any (measured: 2,000 sessions/s through one allocator fell to none within 15 s).
     */
    static final Duration APART = Duration.ofSeconds(2);
    /** So long after a round began, what is asked still goes with its write. */
    private static final Duration ROUND = Duration.ofMillis(400);

    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final int DOUBLINGS = 5;

    private static final class Progress {
        boolean underWay;
        int refused;
        long notBefore;

        Progress(long notBefore) {
            this.notBefore = notBefore;
        }
    }

    private final SidecarClient sidecar;
    private final Supplier<Collection<Write>> due;
    private final BooleanSupplier hurried;
    private final Loop loop;
    private final Retry retry;
    private final Map<Write, Progress> writes = new LinkedHashMap<>();
    /** What was asked to be taken out, and when: it is written some time after that, though it is seen still. */
    private final Map<Write, Long> going = new HashMap<>();

    private final Alarm alarm;

    private int underWay;
    private long notBefore;
    private long round;

    /** Due is what is to be asked at the time, in order; hurried it is if somebody may wait for the slots. */
    ListWrites(SidecarClient sidecar, Supplier<Collection<Write>> due, BooleanSupplier hurried, Loop loop) {
        this.sidecar = sidecar;
        this.due = due;
        this.hurried = hurried;
        this.loop = loop;
        this.retry = new Retry("writing to the lists");
        this.alarm = new Alarm(loop, this::step);
        this.notBefore = loop.nanoTime();
        this.round = notBefore - APART.toNanos();
    }

    /** Whether a value was asked to be taken out, and may be yet to go, unless it is added again before that. */
    boolean isGoing(String list, String value) {
        Long asked = going.get(new Write(list, value, false));
        return asked != null && loop.nanoTime() - asked < SidecarOrder.AGAIN.toNanos();
    }

    /** Asks for what is due. To be called after every change. */
    void step() {
        alarm.off();
        Set<Write> wanted = new LinkedHashSet<>(due.get());
        writes.keySet().retainAll(wanted);
        long now = loop.nanoTime();
        long next = Long.MAX_VALUE;
        long untilRound = untilRound(now);
        going.values().removeIf(asked -> now - asked >= SidecarOrder.AGAIN.toNanos());
        for (Write write : wanted) {
            Progress progress = writes.computeIfAbsent(write, absent -> new Progress(now));
            if (!progress.underWay) {
                boolean isHasty = write.added && isGoing(write.list, write.value); // before that is written
                long wait = Math.max(Math.max(progress.notBefore, notBefore) - now, isHasty ? 0 : untilRound);
                if (wait > 0) {
                    next = Math.min(next, wait);
                } else if (underWay < AT_ONCE) { // else an answer is the next step
                    if (now - round >= ROUND.toNanos()) {
                        round = now;
                    }
                    ask(write, progress);
                }
            }
        }
        if (next != Long.MAX_VALUE) {
            alarm.set(next);
        }
    }

    /** Nothing goes before: not positive if it goes with the last round, or a round may begin. */
    private long untilRound(long now) {
        long since = now - round;
        return since < ROUND.toNanos() || hurried.getAsBoolean() ? 0 : APART.toNanos() - since;
    }

    private void ask(Write write, Progress progress) {
        progress.underWay = true;
        underWay++;
        if (!write.added) {
            going.put(write, loop.nanoTime());
        }
        CompletableFuture<Void> asked =
                write.added ? sidecar.addValue(write.list, write.value) : sidecar.removeValue(write.list, write.value);
        loop.whenDone(asked, (ok, failure) -> {
            progress.underWay = false;
            underWay--;
            if (write.added && failure == null) {
                going.remove(new Write(write.list, write.value, false));
            }
            answered(progress, failure);
            step();
        });
    }

    private void answered(Progress progress, @Nullable Throwable failure) {
        long now = loop.nanoTime();
        if (failure == null) {
            retry.succeeded();
            progress.notBefore = now + SidecarOrder.AGAIN.toNanos();
            return;
        }
        SidecarException error = SidecarException.failed("the sidecar", failure);
        if (error.kind() == Kind.NOT_NOW) {
            retry.succeeded();
            progress.notBefore = now + (FIRST_WAIT.toNanos() << Math.min(progress.refused++, DOUBLINGS));
        } else {
            notBefore = now + retry.failed(error.problem()).toNanos(); // the next would fail as well
        }
    }
}
