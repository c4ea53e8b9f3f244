package kit.orchestration.agones;

import io.grpc.ManagedChannel;
import java.util.function.Supplier;
import kit.orchestration.engine.Timing;

/** What an allocator shows to its tests alone. */
public final class Seams {

    private Seams() {}

    /** Calls to Agones go this way, and time is taken from there. */
    public static AgonesAllocatorBuilder over(
            AgonesAllocatorBuilder builder, Supplier<ManagedChannel> channel, Timing timing) {
        return builder.channel(channel).timing(timing);
    }
}
