package kit.orchestration.k8s.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Helm, as {@code src/test/helm} pins it. Go builds it the first time, and keeps it in its own cache. Leaves nothing
 * outside its folder.
 */
final class Helm {

    static final Path CHART = Deployed.DEPLOY.resolve("helm").resolve("orchestration");
    /** The values that make what the overlay for production makes. */
    static final Path EXAMPLES = Deployed.DEPLOY.resolve("helm").resolve("examples.yaml");

    private static final Path PINS = Path.of("src", "test", "helm");
    /** What an install asks the cluster for. */
    private static final String KUBERNETES = "1.36";

    private final Path folder;
    private final String program;

    /** Blocks while it is built. */
    Helm(Path folder) {
        this.folder = folder;
        this.program = run(PINS, List.of("go", "tool", "-n", "helm")).strip();
    }

    /** What the chart makes of these values. */
    String template(String namespace, String... values) {
        List<String> arguments = new ArrayList<>(List.of("template", "pools", CHART.toString()));
        arguments.addAll(List.of("--namespace", namespace, "--kube-version", KUBERNETES));
        arguments.addAll(List.of(values));
        return run(arguments.toArray(String[]::new));
    }

    /**
     * Runs it, and waits for its end.
     *
     * @return what it wrote to standard output
     * @throws AssertionError if it failed, with what it wrote to standard error
     */
    String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return run(Path.of(""), command);
    }

    private String run(Path where, List<String> command) {
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(where.toAbsolutePath().toFile())
                .redirectError(errors.toFile());
        builder.environment().put("CGO_ENABLED", "0"); // as kubectl is built, so that they share what is compiled
        builder.environment().put("KUBECACHEDIR", folder.resolve("cache").toString());
        for (String home : List.of("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")) {
            builder.environment().put(home, folder.resolve("helm").toString());
        }
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new AssertionError("'" + String.join(" ", command) + "' ended with " + exitCode + ": "
                        + Files.readString(errors).strip());
            }
            return output;
        } catch (IOException e) {
            throw new AssertionError("could not run " + command.get(0) + ": is Go on the PATH?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while '" + String.join(" ", command) + "' ran", e);
        }
    }
}
