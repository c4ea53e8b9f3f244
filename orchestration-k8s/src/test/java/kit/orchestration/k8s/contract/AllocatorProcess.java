package kit.orchestration.k8s.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.ledger.LedgerJson;

/** A JVM of its own that runs {@link AllocatorMain}: commands go to it, and answers come back, in any order. */
final class AllocatorProcess implements AutoCloseable {

    private final Process process;
    private final PrintStream in;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<Map<String, Object>>> asked = new ConcurrentHashMap<>();

    private AllocatorProcess(Process process) {
        this.process = process;
        this.in = new PrintStream(process.getOutputStream(), false, UTF_8);
    }

    /** Starts one; returns when it is started, not yet up. */
    static AllocatorProcess start() {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Up soon, and light beside the others, rather than fast after a minute.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel="
                        + System.getProperty("org.slf4j.simpleLogger.defaultLogLevel", "off"),
                "-cp",
                System.getProperty("java.class.path"),
                AllocatorMain.class.getName());
        try {
            AllocatorProcess started = new AllocatorProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            Thread reader = new Thread(started::read, "allocator-process " + started.process.pid());
            reader.setDaemon(true);
            reader.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a command. The future is completed on the thread that reads; it fails if the process ends first. */
    CompletableFuture<Map<String, Object>> ask(long number, String op, Map<String, Object> arguments) {
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        asked.put(number, answer);
        send(number, op, arguments);
        if (!process.isAlive()) {
            over();
        }
        return answer;
    }

    /** Sends a command that has no answer, or whose answer nobody wants. */
    void send(long number, String op, Map<String, Object> arguments) {
        Map<String, Object> json = new LinkedHashMap<>(arguments);
        json.put("number", number);
        json.put("op", op);
        String line = LedgerJson.write(json);
        synchronized (in) {
            in.println(line);
            in.flush();
        }
    }

    /** The number of a command, which no other has. */
    long number() {
        return numbers.incrementAndGet();
    }

    private void read() {
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Map<String, Object> json = LedgerJson.read(line);
                CompletableFuture<Map<String, Object>> answer = asked.remove(Wire.longNumber(json, "number"));
                if (answer != null) {
                    answer.complete(json);
                }
            }
        } catch (IOException e) {
            // it was killed
        }
        over();
    }

    private void over() {
        asked.forEach(
                (number, answer) -> answer.completeExceptionally(new IllegalStateException("the process is gone")));
        asked.clear();
    }

    /** SIGKILL. Returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Sends it a signal, such as STOP and CONT. */
    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + name + " ended with " + code);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        kill();
    }
}
