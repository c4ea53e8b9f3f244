package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.agones.SidecarException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Takes values out of the list, each again and again until the watch shows it gone. An OK means queued; 'not found'
 * means that it is queued already, or that the sidecar has not seen the value yet (measured: 7 of 60 right after an
 * allocation, and accepted within 44 ms). What is removed at the same time is one write of the sidecar. Confined to the
 * pod's {@link Loop}.
 */
final class Removals {

    /** Calls under way at once: each is a connection. */
    static final int AT_ONCE = 16;

    /**
     * From one round of removals to the next. The sidecar writes what was asked within 500 ms as one; and each of its
     * writes makes allocations of the same server fail that Agones began before, so that a server whose sidecar writes
     * all the time gets hardly any (measured: 2,000 sessions/s through one allocator fell to none within 15 s).
     */
    static final Duration APART = Duration.ofSeconds(2);
    /** So long after a round began, what is asked still goes with its write. */
    private static final Duration ROUND = Duration.ofMillis(400);

    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final int DOUBLINGS = 5;

    private static final class Removal {
        boolean underWay;
        int notFound;
        long notBefore;

        Removal(long notBefore) {
            this.notBefore = notBefore;
        }
    }

    private final SidecarClient sidecar;
    private final String list;
    private final Supplier<Collection<String>> over;
    private final BooleanSupplier hurried;
    private final Loop loop;
    private final Retry retry;
    private final Map<String, Removal> removals = new LinkedHashMap<>();
    private final Alarm alarm;

    private int underWay;
    private long notBefore;
    private long round;

    /** Over are the values that are to be taken out at the time; hurried it is if somebody may wait for the slots. */
    Removals(
            SidecarClient sidecar, String list, Supplier<Collection<String>> over, BooleanSupplier hurried, Loop loop) {
        this.sidecar = sidecar;
        this.list = list;
        this.over = over;
        this.hurried = hurried;
        this.loop = loop;
        this.retry = new Retry("removing values of list " + list);
        this.alarm = new Alarm(loop, this::step);
        this.notBefore = loop.nanoTime();
        this.round = notBefore - APART.toNanos();
    }

    /** Asks for what is due. To be called after every change. */
    void step() {
        alarm.off();
        Collection<String> wanted = over.get();
        removals.keySet().removeIf(text -> !wanted.contains(text));
        long now = loop.nanoTime();
        long next = Long.MAX_VALUE;
        long untilRound = untilRound(now);
        for (String text : wanted) {
            Removal removal = removals.computeIfAbsent(text, absent -> new Removal(now));
            if (!removal.underWay) {
                long wait = Math.max(Math.max(removal.notBefore, notBefore) - now, untilRound);
                if (wait > 0) {
                    next = Math.min(next, wait);
                } else if (underWay < AT_ONCE) { // else an answer is the next step
                    if (now - round >= ROUND.toNanos()) {
                        round = now;
                    }
                    remove(text, removal);
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

    private void remove(String text, Removal removal) {
        removal.underWay = true;
        underWay++;
        loop.whenDone(sidecar.removeValue(list, text), (ok, failure) -> {
            removal.underWay = false;
            underWay--;
            answered(removal, failure);
            step();
        });
    }

    private void answered(Removal removal, @Nullable Throwable failure) {
        long now = loop.nanoTime();
        if (failure == null) {
            retry.succeeded();
            removal.notBefore = now + SidecarOrder.AGAIN.toNanos();
            return;
        }
        SidecarException error = SidecarException.failed("the sidecar", failure);
        if (error.kind() == Kind.NO_VALUE) {
            retry.succeeded();
            removal.notBefore = now + (FIRST_WAIT.toNanos() << Math.min(removal.notFound++, DOUBLINGS));
        } else {
            notBefore = now + retry.failed(error.problem()).toNanos(); // the next would fail as well
        }
    }
}
