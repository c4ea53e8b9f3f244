package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import kit.orchestration.sdk.agones.SidecarException.Kind;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.sdk.platform.Retry;
import org.jspecify.annotations.Nullable;

/**
 * Takes values out of the list, each again and again until the watch shows it gone. An OK means queued; 'not found' means
 * that it is queued already, or that the sidecar has not seen the value yet (measured: 7 of 60 right after an allocation,
 * and accepted within 44 ms). What is removed at the same time is one write of the sidecar. Confined to the pod's
 * {@link Loop}.
 */
final class Removals {

    /** Calls under way at once: each is a connection. */
    static final int AT_ONCE = 16;

    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final int DOUBLINGS = 5;

    private static final class Removal {
        boolean underWay;
        int notFound;
        long notBefore = System.nanoTime();
    }

    private final Sidecar sidecar;
    private final String list;
    private final Supplier<Collection<String>> over;
    private final Loop loop;
    private final Retry retry;
    private final Map<String, Removal> removals = new LinkedHashMap<>();

    private int underWay;
    private long notBefore = System.nanoTime();
    private @Nullable Future<?> timer;

    /**
     * Removes nothing yet.
     *
     * @param over the values that are to be taken out at the time; the first first
     */
    Removals(Sidecar sidecar, String list, Supplier<Collection<String>> over, Loop loop) {
        this.sidecar = sidecar;
        this.list = list;
        this.over = over;
        this.loop = loop;
        this.retry = new Retry("removing values of list " + list, Retry.LONGEST_AWAITED);
    }

    /** Asks for what is due. To be called after every change. */
    void step() {
        Future<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
            timer = null;
        }
        Collection<String> wanted = over.get();
        removals.keySet().removeIf(text -> !wanted.contains(text));
        long now = System.nanoTime();
        long next = Long.MAX_VALUE;
        for (String text : wanted) {
            Removal removal = removals.computeIfAbsent(text, absent -> new Removal());
            if (!removal.underWay) {
                long wait = Math.max(removal.notBefore, notBefore) - now;
                if (wait > 0) {
                    next = Math.min(next, wait);
                } else if (underWay < AT_ONCE) { // else an answer is the next step
                    remove(text, removal);
                }
            }
        }
        if (next != Long.MAX_VALUE) {
            timer = loop.after(Duration.ofNanos(next), this::step);
        }
    }

    private void remove(String text, Removal removal) {
        removal.underWay = true;
        underWay++;
        sidecar.removeValue(list, text)
                .whenCompleteAsync(
                        (ok, failure) -> {
                            removal.underWay = false;
                            underWay--;
                            answered(removal, failure);
                            step();
                        },
                        loop);
    }

    private void answered(Removal removal, @Nullable Throwable failure) {
        long now = System.nanoTime();
        if (failure == null) {
            retry.succeeded();
            removal.notBefore = now + Order.AGAIN.toNanos();
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
