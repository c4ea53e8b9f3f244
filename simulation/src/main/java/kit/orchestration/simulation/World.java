package kit.orchestration.simulation;

import com.google.errorprone.annotations.FormatMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What all of a schedule share. */
final class World {

    final VirtualTime time;
    final Weather weather;
    final Watches watches = new Watches();
    final ApiServer server;
    final Oracle oracle;
    final List<SimPod> pods = new ArrayList<>();
    /** What happened, for who reads it. */
    final List<String> story = new ArrayList<>();

    private final List<SimProcess> processes = new ArrayList<>();
    private int longestSkew;

    World(long seed) {
        time = new VirtualTime(seed);
        weather = new Weather(time);
        oracle = new Oracle(this);
        server = new ApiServer(new ApiServer.Witness() {
            @Override
            public void wrote(String by, ApiServer.Event event) {
                oracle.wrote(by, event);
                watches.news();
            }

            @Override
            public void lost(String by) {
                oracle.lostRace(by);
            }
        });
    }

    void skewUpTo(int seconds) {
        longestSkew = seconds;
    }

    /** How far a process's time of day is off. */
    Duration skew() {
        return Duration.ofMillis((long) ((time.random.nextDouble() * 2 - 1) * longestSkew * 1_000));
    }

    @FormatMethod
    void tell(String format, Object... args) {
        story.add(String.format(Locale.ROOT, "%9.3f  ", time.now() / 1e9) + String.format(Locale.ROOT, format, args));
    }

    boolean runs(@Nullable SimProcess process) {
        return process != null && process.runs();
    }

    @Nullable
    SimPod podAt(String ip) {
        return pods.stream().filter(pod -> pod.ip.equals(ip)).findFirst().orElse(null);
    }

    /** Nothing happens any more. */
    void end() {
        processes.forEach(SimProcess::kill);
    }

    /** Whether nothing was wrong with these two, nor between them and the server, since then. */
    boolean wasCalm(SimProcess one, SimProcess other, long since) {
        return one.isAlive()
                && other.isAlive()
                && !one.wasFrozenSince(since)
                && !other.wasFrozenSince(since)
                && !weather.wasBad(one.name, since)
                && !weather.wasBad(other.name, since);
    }

    /** What the simulation does when it is told something: it must not fail unheard. */
    void guard(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException | Error failure) {
            failed(failure);
        }
    }

    private void failed(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        oracle.breach("simulation", "%s%s", failure, trace.length > 0 ? " at " + trace[0] : "");
    }

    SimProcess process(String name) {
        SimProcess made = new SimProcess(name, time, skew(), this::failed);
        processes.add(made);
        return made;
    }

    /** Stops a process that runs, for so long. */
    void freeze(SimProcess process, Duration length) {
        if (!process.isFrozen()) {
            tell("%s is frozen for %s", process, length);
            process.freeze();
            time.after(length, () -> {
                tell("%s goes on", process);
                process.thaw();
            });
        }
    }

    /** A pod has gone; its Lease is the garbage collector's, in a while. */
    void gone(SimPod pod) {
        time.after(time.about(Duration.ofSeconds(2)), () -> collect(pod));
    }

    private void collect(SimPod pod) {
        for (Stored lease : server.all(Kind.LEASES)) {
            if (pod.uid.equals(lease.owner())) {
                server.delete("garbage collector", Kind.LEASES, lease.name());
            }
        }
    }
}
