package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Runs a program to its end. */
final class Command {

    private Command() {}

    /**
     * How it ended.
     *
     * @param exitCode 0 if it went well
     * @param output what it wrote to standard output and error
     */
    record Result(int exitCode, String output) {}

    static Result run(List<String> command) {
        return run(command, System.getenv());
    }

    static Result run(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = null;
        try {
            process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new ControlPlaneException("could not run " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            throw ControlPlaneException.interrupted("running " + String.join(" ", command), e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }
}
