package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the pod to the allocator: an allocation that meets a write of the sidecar's can leave a GameServer out of the
 * allocator's cache for good (measured: 36 of 120 aimed tries), and any write brings it back. So a pod that is sought,
 * and that nobody has written to for a while, has an annotation written. It is seen from then on, until an allocation
 * loses it again, which is itself a write: so the longer nothing else is written, the more seldom it shows itself.
 * Confined to the pod's {@link Loop}.
 */
final class Presence {

    /** The annotation, less Agones' prefix. */
    static final String ANNOTATION = "orchestration-seen";

    /** How much longer the pause becomes, at most: with a minute, half an hour. */
    private static final int MOST = 32;

    private static final Logger log = LoggerFactory.getLogger(Presence.class);

    private final Duration every;
    private final BooleanSupplier sought;
    private final Function<String, CompletableFuture<Void>> write;
    private final String boot;

    private final Alarm next;

    private String shown = "";
    private boolean written;
    /** From the last round to the next. */
    private Duration pause;

    private long turn;

    Presence(
            Loop loop,
            Duration every,
            BooleanSupplier sought,
            Function<String, CompletableFuture<Void>> write,
            String boot) {
        this.every = every;
        this.sought = sought;
        this.write = write;
        this.boot = boot;
        this.pause = every;
        this.next = new Alarm(loop, this::round);
    }

    void start() {
        next.set(every.toNanos());
    }

    void stop() {
        next.off();
    }

    /** Somebody has written to the GameServer; its annotations are these now. */
    void seen(Map<String, String> annotations) {
        String now = annotations.getOrDefault(AgonesNames.SDK_PREFIX + ANNOTATION, "");
        boolean bySomebodyElse = now.equals(shown); // else it was this
        shown = now;
        written |= bySomebodyElse;
        if (bySomebodyElse && next.isSet() && pause.compareTo(every) > 0) {
            pause = every;
            next.set(pause.toNanos());
        }
    }

    private void round() {
        boolean isQuiet = !written;
        written = false;
        Duration longer = pause.multipliedBy(2);
        Duration most = every.multipliedBy(MOST);
        pause = !isQuiet ? every : longer.compareTo(most) < 0 ? longer : most;
        if (isQuiet && sought.getAsBoolean()) {
            // Another text each time, also after a restart: what changes nothing is not written.
            write.apply(boot + "." + turn++).whenComplete((ok, failure) -> {
                if (failure != null) {
                    log.debug("the pod could not be shown to the allocator this time", failure);
                }
            });
        }
        next.set(pause.toNanos());
    }
}
