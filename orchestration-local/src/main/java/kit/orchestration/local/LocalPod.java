package kit.orchestration.local;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.Platform;
import org.jspecify.annotations.Nullable;

/**
 * A pod in this process: an address, a number of slots and labels, to be given to {@link LocalAllocator#addPod}.
 *
 * <p>It takes sessions while the game server in it says {@code ready()}, and not before: start one on
 * {@link #platform()}, once the pod was added. A pod {@link #withoutSdk} needs none: it takes sessions from the moment
 * it is added, and a claim ends when it is released, or when its {@code claimTtl} has passed.
 */
public final class LocalPod {

    private final PodAddress address;
    private final int capacity;
    private final Map<String, String> labels;
    private final boolean hasSdk;
    /** Its part of the ledger that it was added to. */
    private final AtomicReference<@Nullable PodRecord> record = new AtomicReference<>();

    /**
     * A pod that was not added yet.
     *
     * @param address where its players dial, unless its game server says otherwise
     * @param capacity how many sessions it hosts at once, 1 to {@link Limits#CAPACITY}
     * @param labels what selectors are matched against, by Kubernetes' syntax
     * @throws IllegalArgumentException if the capacity or a label is out of bounds; the message names it
     */
    public LocalPod(PodAddress address, int capacity, Map<String, String> labels) {
        this(address, capacity, labels, true);
    }

    private LocalPod(PodAddress address, int capacity, Map<String, String> labels, boolean hasSdk) {
        this.address = notNull(address);
        this.capacity = Limits.checkCapacity(capacity);
        this.labels = Limits.checkLabels("labels", labels);
        this.hasSdk = hasSdk;
    }

    /** {@link #LocalPod(PodAddress, int, Map)} with an address as {@code host:port} and no labels. */
    public LocalPod(String address, int capacity) {
        this(PodAddress.parse(notNull(address)), capacity, Map.of());
    }

    /** {@link #LocalPod(PodAddress, int, Map)} in which no game server of this SDK runs. */
    public static LocalPod withoutSdk(PodAddress address, int capacity, Map<String, String> labels) {
        return new LocalPod(address, capacity, labels, false);
    }

    /** {@link #withoutSdk(PodAddress, int, Map)} with an address as {@code host:port} and no labels. */
    public static LocalPod withoutSdk(String address, int capacity) {
        return withoutSdk(PodAddress.parse(notNull(address)), capacity, Map.of());
    }

    /** Where its players dial, as it was made. */
    public PodAddress address() {
        return address;
    }

    /** How many sessions it hosts at once. */
    public int capacity() {
        return capacity;
    }

    /** What selectors are matched against. */
    public Map<String, String> labels() {
        return labels;
    }

    /**
     * A platform for one {@link kit.orchestration.sdk.GameServer} in this pod: pass it to
     * {@code builder().platform(...)}. A new one, started in the same pod, is a restart of the pod's process: what the
     * old one held is given back, and its tokens are void. The server goes by the allocator's clock, unless its builder
     * names another.
     *
     * @throws IllegalStateException if the pod was made {@link #withoutSdk}
     */
    public Platform platform() {
        if (!hasSdk) {
            throw new IllegalStateException("the pod at " + address + " was made withoutSdk: use new LocalPod(...)");
        }
        return new LocalPlatform(this);
    }

    boolean hasSdk() {
        return hasSdk;
    }

    /** Sets where the pod belongs, once; false if it belongs somewhere already. */
    boolean join(PodRecord added) {
        return record.compareAndSet(null, added);
    }

    /** Belongs nowhere, unless it was added again since. */
    void leave(PodRecord left) {
        record.compareAndSet(left, null);
    }

    @Nullable
    PodRecord record() {
        return record.get();
    }

    private static <T> T notNull(T address) {
        return Objects.requireNonNull(address, "address must not be null");
    }

    @Override
    public String toString() {
        return "LocalPod[%s, capacity %s, %s]".formatted(address, capacity, labels);
    }
}
