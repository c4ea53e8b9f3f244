package kit.orchestration.benchmarks.kubernetes;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kit.orchestration.Allocation;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import org.jspecify.annotations.Nullable;

/**
 * The pool's pods, in {@link PodsProcess}, and what brings players to them. Tokens are written to it in batches, 50
 * times a second, by one thread: a caller only adds to a queue.
 */
final class PodFleet implements AutoCloseable {

    private static final long BATCH_MS = 20;

    private final Map<String, Integer> indexes = new HashMap<>();
    private final Process process;
    private final DataInputStream in;
    /** Guarded by this. */
    private final DataOutputStream out;

    private final Queue<Player> players = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    private volatile @Nullable IOException broken;

    private record Player(Allocation allocation, boolean held) {}

    /** Starts {@value Plan#PODS} pods, and blocks until all are ready. */
    PodFleet(Cluster cluster, String namespace) throws IOException, InterruptedException {
        this(cluster, namespace, Collections.nCopies(Plan.PODS, PodsProcess.NO_SIDECAR));
    }

    /** As that; Agones hosts the pods, whose sidecars have these ports. */
    PodFleet(Cluster cluster, String namespace, List<Integer> sidecars) throws IOException, InterruptedException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PodsProcess.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
        try (TestNode node = new TestNode(cluster.plane(), namespace, "node-1")) {
            List<TestPod> pods = cluster.pods(node, sidecars.size());
            introduce(cluster, namespace, node, pods, sidecars);
            if (in.readInt() != pods.size()) {
                throw new IOException("not all pods have booted");
            }
            Cluster.each(pods.size(), i -> node.ready(pods.get(i), true));
        }
        writer.scheduleWithFixedDelay(this::write, BATCH_MS, BATCH_MS, TimeUnit.MILLISECONDS);
    }

    private synchronized void introduce(
            Cluster cluster, String namespace, TestNode node, List<TestPod> pods, List<Integer> sidecars)
            throws IOException {
        out.writeUTF(cluster.plane().url().toString());
        out.writeUTF(cluster.plane().caPem());
        out.writeUTF(namespace);
        out.writeInt(pods.size());
        for (TestPod pod : pods) {
            out.writeInt(sidecars.get(indexes.size()));
            indexes.put(pod.name(), indexes.size());
            Map<String, String> environment = node.environment(pod);
            out.writeInt(environment.size());
            for (Map.Entry<String, String> variable : environment.entrySet()) {
                out.writeUTF(variable.getKey());
                out.writeUTF(variable.getValue());
            }
            out.writeUTF(node.token(pod));
        }
        out.flush();
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /** The session's player comes, and ends it 0.2 to 2 s after now. Costs the caller next to nothing. */
    void play(Allocation allocation) {
        players.add(new Player(allocation, false));
    }

    /** The session's player comes, and stays until {@link #endHeld}. */
    void hold(Allocation allocation) {
        players.add(new Player(allocation, true));
    }

    /** Ends all sessions that are held. */
    void endHeld() throws IOException {
        write();
        synchronized (this) {
            out.writeByte(PodsProcess.END_HELD);
            out.flush();
        }
    }

    /** How many sessions were started, and which tokens refused. */
    synchronized String report() throws IOException {
        if (broken != null) {
            throw new IOException("the pods' process is gone", broken);
        }
        out.writeByte(PodsProcess.REPORT);
        out.flush();
        return in.readUTF();
    }

    static String pod(Allocation allocation) {
        String pod = allocation.annotations().get(Allocation.POD_ANNOTATION);
        if (pod == null) {
            throw new IllegalStateException("an allocation names its pod");
        }
        return pod;
    }

    private synchronized void write() {
        try {
            boolean any = false;
            for (Player player = players.poll(); player != null; player = players.poll()) {
                Integer index = indexes.get(pod(player.allocation()));
                if (index == null) {
                    throw new IllegalStateException("no pod of ours: " + pod(player.allocation()));
                }
                out.writeByte(PodsProcess.PLAYER);
                out.writeShort(index);
                out.writeBoolean(player.held());
                out.writeUTF(player.allocation().token().encoded());
                any = true;
            }
            if (any) {
                out.flush();
            }
        } catch (IOException e) {
            broken = e; // told by report(), which every benchmark ends with
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process. */
    @Override
    public void close() {
        writer.shutdownNow();
        process.destroyForcibly();
    }
}
