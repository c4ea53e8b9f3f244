package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the pod to the allocator: an allocation that meets a write of the sidecar's can leave a GameServer out of the
 * allocator's cache for good (measured: 36 of 120 aimed tries), and any write brings it back. So a pod that is sought,
 * and that nobody has written to for a while, has an annotation written. Confined to the pod's {@link Loop}.
 */
final class Presence {

    /** The annotation, less Agones' prefix. */
    static final String ANNOTATION = "orchestration-seen";

    private static final Logger log = LoggerFactory.getLogger(Presence.class);

    private final Loop loop;
    private final Duration every;
    private final BooleanSupplier sought;
    private final Function<String, CompletableFuture<Void>> write;
    private final String boot;

    private String shown = "";
    private boolean written;
    private long turn;

    Presence(
            Loop loop,
            Duration every,
            BooleanSupplier sought,
            Function<String, CompletableFuture<Void>> write,
            String boot) {
        this.loop = loop;
        this.every = every;
        this.sought = sought;
        this.write = write;
        this.boot = boot;
    }

    void start() {
        loop.after(every, this::round);
    }

    /** Somebody has written to the GameServer; its annotations are these now. */
    void seen(Map<String, String> annotations) {
        String now = annotations.getOrDefault(AgonesNames.SDK_PREFIX + ANNOTATION, "");
        written |= now.equals(shown); // else it was this
        shown = now;
    }

    private void round() {
        if (!written && sought.getAsBoolean()) {
            // Another text each time, also after a restart: what changes nothing is not written.
            write.apply(boot + "." + turn++).whenComplete((ok, failure) -> {
                if (failure != null) {
                    log.debug("the pod could not be shown to the allocator this time", failure);
                }
            });
        }
        written = false;
        loop.after(every, this::round);
    }
}
