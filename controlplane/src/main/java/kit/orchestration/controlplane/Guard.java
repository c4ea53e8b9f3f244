package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Kills the processes, and deletes the folder, if this JVM dies without doing so: a shell that reads from a pipe, whose
 * end the kernel closes with the JVM, however it dies. Ctrl-C in a terminal reaches it too, and is ignored.
 */
final class Guard implements AutoCloseable {

    private static final String SCRIPT = """
            trap '' INT TERM HUP
            pids=' '
            while read -r change pid; do
              case $change in
                +) pids="$pids$pid " ;;
                -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
              esac
            done
            if [ "$pids" != ' ' ]; then
              kill -9 $pids
              sleep 1
            fi
            rm -rf -- "$0"
            """;

    private final Process shell;
    private final OutputStream pipe;

    Guard(Path folder) throws IOException {
        shell = new ProcessBuilder(List.of("sh", "-c", SCRIPT, folder.toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        pipe = shell.getOutputStream();
    }

    void watch(long pid) throws IOException {
        tell("+ " + pid);
    }

    /** Before the kernel may give the number to another process. */
    void forget(long pid) throws IOException {
        tell("- " + pid);
    }

    private synchronized void tell(String line) throws IOException {
        pipe.write((line + "\n").getBytes(US_ASCII));
        pipe.flush();
    }

    /** Ends it; it kills what it still watches, and deletes the folder. */
    @Override
    public void close() throws IOException {
        pipe.close();
        try {
            shell.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
