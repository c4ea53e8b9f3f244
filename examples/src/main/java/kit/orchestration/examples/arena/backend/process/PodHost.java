package kit.orchestration.examples.arena.backend.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.plant.Plants;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.EventLine;

/**
 * The process that a pod runs in. Standard output has a line for each event, and one that says that the pod is up. It
 * ends by SIGTERM, which sees the pod's players out, or when the arena's process is gone.
 */
public final class PodHost {

    /** The pod's name in the arena: set if the arena has started this process. */
    public static final String NAME = "ARENA_POD";
    /** Where it is. */
    public static final String REGION = "ARENA_REGION";
    /** The fault that is built into it; empty for none. */
    public static final String PLANT = "ARENA_PLANT";

    /** What the lines of events begin with. */
    static final String EVENT = "event ";
    /** What the line begins with that says that the pod is up. */
    static final String UP = "up ";

    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final Map<String, String> environment;
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    /** By the environment of this process. */
    public PodHost(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Whether the arena has started this process, and nobody else. */
    public boolean isStartedByArena() {
        return environment.containsKey(NAME);
    }

    /** What the environment says. */
    public String variable(String name) {
        return Objects.requireNonNull(environment.get(name), () -> name + " is not set: the arena starts this process");
    }

    /** The fault that is to be built in. */
    public Plant plant() {
        return Plants.named(environment.getOrDefault(PLANT, "")).orElseGet(Plant::none);
    }

    /** Tells what the pod has seen. */
    public void tell(Event event) {
        say(EVENT + EventLine.print(event));
    }

    /**
     * Says that the pod is up, and sees its players out when this process is told to end.
     *
     * @param where for whoever waits for it
     */
    public void up(GamePod pod, String where) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> seeOut(pod), "arena-see-out"));
        } catch (IllegalStateException e) {
            return; // it ends already, and nobody has come yet
        }
        say(UP + where);
    }

    /** Returns never: the process ends by a signal, or with the arena's, which says nothing on standard input. */
    public static void endWithArena() throws IOException {
        while (System.in.read() >= 0) {
            // it lives
        }
        Runtime.getRuntime().halt(1);
    }

    private static void seeOut(GamePod pod) {
        try {
            pod.seeOut(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In one write, past any buffer: what was said is read by the arena even if this process is killed now. */
    private synchronized void say(String line) {
        try {
            out.write((line + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(1); // nobody hears it any more
        }
    }
}
