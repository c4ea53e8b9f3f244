package kit.orchestration.k8s;

import kit.orchestration.AllocatorClosedException;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.engine.Timing;

/** What an allocator shows to its tests alone. */
public final class Seams {

    private Seams() {}

    /** Calls go by this time; what is between the allocator and the API server goes by the system's. */
    public static KubernetesAllocatorBuilder timing(KubernetesAllocatorBuilder builder, Timing timing) {
        return builder.timing(timing);
    }

    /** Whether the allocator has taken in all changes of pods and of Leases up to these versions; or is closed. */
    public static boolean hasSeen(KubernetesAllocator allocator, long pods, long leases) {
        return allocator.hasSeen(pods, leases) || isClosed(allocator);
    }

    private static boolean isClosed(KubernetesAllocator allocator) {
        try {
            allocator.status("any");
            return false;
        } catch (UnknownPoolException open) {
            return false;
        } catch (AllocatorClosedException closed) {
            return true;
        }
    }
}
