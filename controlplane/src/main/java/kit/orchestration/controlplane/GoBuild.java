package kit.orchestration.controlplane;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Builds the programs from the Go modules that are pinned, into a folder that is there whole or not at all. */
final class GoBuild {

    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(20);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

    private final Pins pins;
    private final Map<String, String> environment;
    private final PrintStream progress;

    GoBuild(Pins pins, Map<String, String> environment, PrintStream progress) {
        this.pins = pins;
        this.environment = environment;
        this.progress = progress;
    }

    /** Blocks until the folder is there; of several callers and processes one builds, and the others wait. */
    void into(Path folder) {
        Path go = go();
        Path lockFile = folder.resolveSibling(folder.getFileName() + ".lock");
        try {
            Files.createDirectories(folder.getParent());
            try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lock(channel)) {
                if (lock.isValid() && !Binaries.in(folder).isComplete()) {
                    build(go, folder);
                }
            }
        } catch (IOException e) {
            throw new ControlPlaneException("could not build the control plane into " + folder, e);
        }
    }

    private Path go() {
        for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path go = Path.of(folder, "go");
            if (!folder.isEmpty() && Files.isExecutable(go) && !Files.isDirectory(go)) {
                return go;
            }
        }
        throw new ControlPlaneException(
                "The tests on Kubernetes run against a real control plane (etcd, kube-apiserver and kubectl "
                        + pins.kubernetes() + "), and there is none on this machine, nor Go to build one with. Install"
                        + " Go (https://go.dev/dl, any version since 1.21: it fetches the one that go.mod asks for),"
                        + " put its 'go' on the PATH and run again: the three programs are then built, once per"
                        + " machine, in some minutes. Or set KUBEBUILDER_ASSETS to a folder that has them, as"
                        + " 'setup-envtest use " + Pins.minor(pins.kubernetes()).substring(1) + "x' makes it.");
    }

    /** Waits for its turn, by asking: a lock that another thread of this JVM holds can't be waited for. */
    private FileLock lock(FileChannel channel) throws IOException {
        boolean told = false;
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                // A thread of this JVM has it: as if it were another process.
            }
            if (!told) {
                progress.println("controlplane: someone else is building it; waiting…");
                told = true;
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES.toMillis());
        } catch (InterruptedException e) {
            throw ControlPlaneException.interrupted("waiting for another build of the control plane", e);
        }
    }

    private void build(Path go, Path folder) throws IOException {
        // What a build that was killed has left, here and there, goes first. Go's own cache has what it compiled.
        Path making = folder.resolveSibling(folder.getFileName() + ".making");
        Folders.delete(making);
        Folders.delete(folder);
        Files.createDirectories(making);
        Files.writeString(making.resolve("go.mod"), pins.goMod());
        Files.writeString(making.resolve("go.sum"), pins.goSum());
        progress.println("controlplane: building etcd " + pins.etcd() + ", kube-apiserver and kubectl "
                + pins.kubernetes() + " into " + folder + " (once per machine; some 7 minutes on two cores)");
        build(go, making, "etcd", "go.etcd.io/etcd/server/v3");
        build(go, making, "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver");
        build(go, making, "kubectl", "k8s.io/kubernetes/cmd/kubectl");
        Files.move(making, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    private void build(Path go, Path making, String program, String main) throws IOException {
        Instant began = Instant.now();
        Path log = making.resolve(program + ".log");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        go.toString(),
                        "build",
                        "-mod=readonly",
                        "-buildvcs=false",
                        "-ldflags",
                        "-s -w -X k8s.io/component-base/version.gitVersion=" + pins.kubernetes(),
                        "-o",
                        making.resolve(program).toString(),
                        main))
                .directory(making.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("CGO_ENABLED", "0");
        variables.put("GOWORK", "off");
        builder.environment().clear();
        builder.environment().putAll(variables);
        Process process = builder.start();
        try {
            while (!process.waitFor(BETWEEN_REPORTS.toMillis(), TimeUnit.MILLISECONDS)) {
                progress.println("controlplane: building " + program + ", " + since(began));
            }
        } catch (InterruptedException e) {
            throw ControlPlaneException.interrupted("building " + program, e);
        } finally {
            process.destroy();
        }
        if (process.exitValue() != 0) {
            throw new ControlPlaneException("'go build " + main + "' (" + go + ") ended with " + process.exitValue()
                    + ". It said:\n" + Folders.tail(log));
        }
        Files.delete(log);
        progress.println("controlplane: built " + program + " in " + since(began));
    }

    private static String since(Instant began) {
        return Duration.between(began, Instant.now()).toSeconds() + " s";
    }
}
