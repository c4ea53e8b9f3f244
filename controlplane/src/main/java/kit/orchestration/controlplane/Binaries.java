package kit.orchestration.controlplane;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The programs of a control plane.
 *
 * @param etcd the store
 * @param kubeApiServer the API server
 * @param kubectl the command line client
 */
public record Binaries(Path etcd, Path kubeApiServer, Path kubectl) {

    /**
     * {@link #find(Map, PrintStream)} with this process's environment, and its standard error.
     *
     * @throws ControlPlaneException as there
     */
    public static Binaries find() {
        return find(System.getenv(), System.err);
    }

    /**
     * Finds the programs, or builds them. They are looked for in the folder that {@code KUBEBUILDER_ASSETS} names if it
     * is set, and there alone; else in the cache ({@code $XDG_CACHE_HOME}, else {@code ~/.cache}), where this library
     * keeps them by version; and if they aren't there yet they are built into it with {@code go}: once per machine,
     * some 7 minutes on two cores and one download of their sources. Blocks until then, also while another process
     * builds them.
     *
     * @param environment the environment variables: {@code KUBEBUILDER_ASSETS}, {@code XDG_CACHE_HOME}, {@code HOME},
     *     {@code PATH}, and what {@code go} reads
     * @param progress told what is built, and for how long already
     * @throws ControlPlaneException if there is no way to have them (the message says what to install), if what is
     *     there is another version, or if the build failed (the message has its output)
     */
    public static Binaries find(Map<String, String> environment, PrintStream progress) {
        Pins pins = Pins.read();
        String assets = environment.getOrDefault("KUBEBUILDER_ASSETS", "");
        if (!assets.isBlank()) {
            return ofAssets(Path.of(assets), pins, environment);
        }
        Path folder = cache(environment).resolve(pins.id());
        if (!in(folder).isComplete()) {
            new GoBuild(pins, environment, progress).into(folder);
        }
        return in(folder).checked(pins, "the cache", environment);
    }

    private static Binaries ofAssets(Path folder, Pins pins, Map<String, String> environment) {
        Binaries binaries = in(folder);
        if (!binaries.isComplete()) {
            throw new ControlPlaneException("KUBEBUILDER_ASSETS is " + folder
                    + ", where etcd, kube-apiserver and kubectl should all be, and can be run; "
                    + binaries.missing() + " not. Put them there, or unset KUBEBUILDER_ASSETS: they are then built"
                    + " with Go.");
        }
        return binaries.checked(pins, "KUBEBUILDER_ASSETS", environment);
    }

    static Binaries in(Path folder) {
        return new Binaries(folder.resolve("etcd"), folder.resolve("kube-apiserver"), folder.resolve("kubectl"));
    }

    boolean isComplete() {
        return all().allMatch(Files::isExecutable);
    }

    private String missing() {
        List<String> missing = all().filter(path -> !Files.isExecutable(path))
                .map(path -> path.getFileName().toString())
                .toList();
        return String.join(" and ", missing) + (missing.size() == 1 ? " is" : " are");
    }

    private Stream<Path> all() {
        return Stream.of(etcd, kubeApiServer, kubectl);
    }

    private Binaries checked(Pins pins, String source, Map<String, String> environment) {
        check(List.of(etcd.toString(), "--version"), pins.etcd().substring(1), source, environment);
        check(List.of(kubeApiServer.toString(), "--version"), pins.kubernetes(), source, environment);
        check(List.of(kubectl.toString(), "version", "--client"), pins.kubernetes(), source, environment);
        return this;
    }

    /** That the program runs, and is of the pinned minor version: another one is other behaviour under test. */
    private static void check(List<String> command, String pinned, String source, Map<String, String> environment) {
        Command.Result result = Command.run(command, environment);
        if (result.exitCode() != 0 || !result.output().contains(Pins.minor(pinned))) {
            throw new ControlPlaneException(command.get(0) + " (from " + source + ") should be version "
                    + Pins.minor(pinned) + "x, but '" + String.join(" ", command) + "' ended with " + result.exitCode()
                    + " and said: " + result.output().strip());
        }
    }

    private static Path cache(Map<String, String> environment) {
        String xdg = environment.get("XDG_CACHE_HOME");
        // The specification: a relative path is to be ignored.
        Path root = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(home(environment.get("HOME")), ".cache");
        return root.resolve("orchestration").resolve("controlplane");
    }

    private static String home(@Nullable String home) {
        return home == null || home.isBlank() ? System.getProperty("user.home") : home;
    }
}
