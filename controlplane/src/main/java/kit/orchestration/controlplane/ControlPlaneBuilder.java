package kit.orchestration.controlplane;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a control plane is started, where {@link ControlPlane#start()} won't do. */
public final class ControlPlaneBuilder {

    private static final int PORT_TRIES = 5;

    private @Nullable Binaries binaries;
    private final List<String> etcdFlags = new ArrayList<>();
    private final List<String> apiServerFlags = new ArrayList<>();
    private Duration startTimeout = Duration.ofMinutes(2);

    ControlPlaneBuilder() {}

    /** The programs; by default {@link Binaries#find()}. */
    public ControlPlaneBuilder binaries(Binaries binaries) {
        this.binaries = binaries;
        return this;
    }

    /** One more flag for etcd, such as {@code --auto-compaction-retention=1m}. It wins over ours. */
    public ControlPlaneBuilder etcdFlag(String flag) {
        etcdFlags.add(flag);
        return this;
    }

    /** One more flag for the API server, such as {@code --v=4}. It wins over ours. */
    public ControlPlaneBuilder apiServerFlag(String flag) {
        apiServerFlags.add(flag);
        return this;
    }

    /** How long a start or restart may take until the API server is ready; by default 2 minutes. */
    public ControlPlaneBuilder startTimeout(Duration timeout) {
        this.startTimeout = timeout;
        return this;
    }

    /**
     * Starts it, and blocks until it is ready: some 10 s, and if there are no programs yet, the minutes of their build.
     *
     * @throws ControlPlaneException if there are no programs, or if they don't come up in time (with the ends of their
     *     logs)
     */
    public ControlPlane start() {
        Binaries programs = binaries == null ? Binaries.find() : binaries;
        for (int i = 1; ; i++) {
            Ports ports = new Ports(new SecureRandom());
            Flags flags = new Flags(programs, etcdFlags, apiServerFlags, ports.free(), ports.free(), ports.free());
            ControlPlane plane;
            try {
                plane = new ControlPlane(flags, ports, startTimeout);
            } catch (IOException e) {
                ports.close();
                throw new ControlPlaneException("could not prepare a control plane's folder", e);
            }
            if (plane.startAll(i < PORT_TRIES)) {
                return plane;
            }
        }
    }
}
