package kit.orchestration.local;

import java.util.HashMap;
import java.util.Map;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import org.jspecify.annotations.Nullable;

/** A pod's part of the ledger. All mutable fields are guarded by the {@link LocalLedger}'s lock. */
final class PodRecord {

    final LocalLedger ledger;
    final String name;
    final LocalPod pod;
    /** How often each slot was freed. */
    final long[] uses;
    /** Who holds each slot. */
    final @Nullable Held[] held;
    /** The pod as each allocator's engine knows it. */
    final Map<LocalPool, Pod<PodRecord>> seenBy = new HashMap<>();

    /** Where its players dial: as its process has said, or else as the pod was made. */
    PodAddress address;

    PodState state;
    /** Grows with each change of {@link #state}. */
    long revision;

    boolean removed;
    /** The pod's identity and boot, as tokens name it. */
    String audience;
    /** The SDK that runs in the pod, if any. */
    @Nullable
    LocalPlatform platform;

    PodRecord(LocalLedger ledger, String name, LocalPod pod, String audience) {
        this.ledger = ledger;
        this.name = name;
        this.pod = pod;
        this.audience = audience;
        address = pod.address();
        uses = new long[pod.capacity()];
        held = new Held[pod.capacity()];
        state = pod.hasSdk() ? PodState.NOT_READY : PodState.READY;
    }

    long version(int slot) {
        return 2 * uses[slot] + (held[slot] == null ? 0 : 1);
    }

    long[] versions() {
        long[] versions = new long[uses.length];
        for (int slot = 0; slot < versions.length; slot++) {
            versions[slot] = version(slot);
        }
        return versions;
    }
}
