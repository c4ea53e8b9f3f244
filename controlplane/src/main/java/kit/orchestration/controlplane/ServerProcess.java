package kit.orchestration.controlplane;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of the control plane's processes: the same command, started once or many times. */
final class ServerProcess {

    private static final Duration FREEZE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);

    private final Component component;
    private final List<String> command;
    private final Path log;
    private final Guard guard;

    // Guarded by this: a kill from one thread, a restart from another, and close from a shutdown hook.
    private @Nullable Process process;
    private boolean ended;

    ServerProcess(Component component, List<String> command, Path log, Guard guard) {
        this.component = component;
        this.command = command;
        this.log = log;
        this.guard = guard;
    }

    Path log() {
        return log;
    }

    synchronized void start() throws IOException {
        if (ended) {
            throw new IllegalStateException("the control plane is closed");
        }
        if (isRunning()) {
            throw new IllegalStateException(component.program() + " is running");
        }
        process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        guard.watch(process.pid());
        LOG.debug("{} is process {}", component.program(), process.pid());
    }

    synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    synchronized long pid() {
        return running().pid();
    }

    /** SIGKILL, also when it is frozen; nothing if it isn't running. Returns when it is gone. */
    synchronized void kill() throws IOException {
        if (process == null) {
            return;
        }
        // SIGKILL on every Unix.
        process.destroyForcibly();
        boolean interrupted = false;
        while (true) {
            try {
                process.waitFor();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        guard.forget(process.pid());
        LOG.debug("{}, process {}, is killed", component.program(), process.pid());
        process = null;
    }

    /** {@link #kill()}, for good: nothing starts it again. */
    synchronized void end() throws IOException {
        ended = true;
        kill();
    }

    synchronized void signal(String name) {
        long pid = running().pid();
        Command.Result result = Command.run(List.of("sh", "-c", "kill -" + name + " " + pid));
        if (result.exitCode() != 0) {
            throw new ControlPlaneException("could not send " + name + " to " + component.program() + ", process " + pid
                    + ": " + result.output().strip());
        }
        LOG.debug("{}, process {}, got {}", component.program(), pid, name);
    }

    /** SIGSTOP, and waits until each thread has stopped: the signal returns before that, and one may still answer. */
    void freeze() {
        signal("STOP");
        Path threads = Path.of("/proc", Long.toString(running().pid()), "task");
        if (Files.isDirectory(threads)) { // Linux
            Await.until(FREEZE, () -> allStopped(threads), () -> component.program() + " has not stopped");
        }
    }

    private static boolean allStopped(Path threads) {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(threads)) {
            for (Path thread : each) {
                // proc(5): pid (program) state …; the program's name may hold anything.
                String stat = Files.readString(thread.resolve("stat"));
                if (!stat.substring(stat.lastIndexOf(')') + 1).startsWith(" T")) {
                    return false;
                }
            }
            return true;
        } catch (IOException aThreadHasEnded) {
            return false;
        }
    }

    private Process running() {
        if (process == null || !process.isAlive()) {
            throw new IllegalStateException(component.program() + " is not running");
        }
        return process;
    }
}
