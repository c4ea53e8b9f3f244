package kit.orchestration.simulation;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A fault that is put into the product on purpose, to see that it is found: a line of a class becomes another, and the
 * class is compiled anew, before those that are on the class path.
 */
enum Plant {
    SKIP_VERSION_TEST(
            "orchestration-ledger/src/main/java/kit/orchestration/ledger/lease/LeasePatch.java",
            "return op(\"test\", \"/metadata/resourceVersion\", Long.toString(lease.version()));",
            "return this;"),
    SKIP_STATE_TEST(
            "orchestration-ledger/src/main/java/kit/orchestration/ledger/lease/LeasePatch.java",
            "return test(LedgerNames.STATE, stateText);",
            "return this;"),
    RELEASE_ANY(
            "orchestration-k8s/src/main/java/kit/orchestration/k8s/claim/SessionReleases.java",
            "patch.slot(slot, Objects.requireNonNull(now.slot(slot)), text)",
            "patch.set(kit.orchestration.ledger.LedgerNames.slot(slot), text.format())"),
    REUSE_ID(
            "orchestration-engine/src/main/java/kit/orchestration/engine/SessionIds.java",
            "DIGITS.charAt(id[i] & 31)",
            "DIGITS.charAt(i < 2 ? id[i] & 31 : 0)"),
    FORGET_EXPIRY(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/Sessions.java",
            "session.timer(State.CLAIMED, timers.after(claim.ttl(), () -> expire(session)));",
            ""),
    ANY_AUDIENCE(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/TokenGate.java",
            "if (!token.claims().audience().equals(boot.audience())",
            "if (token.claims().audience().isEmpty()"),
    BELIEVE_STALE_VIEW(
            "orchestration-k8s/src/main/java/kit/orchestration/k8s/claim/KubernetesPool.java",
            "return view.mayBeProven() ? proof.last() : -1;",
            "return Long.MAX_VALUE;"),
    TELL_BEFORE_EVENT(
            "orchestration-k8s/src/main/java/kit/orchestration/k8s/claim/KubernetesPool.java",
            "Claim claim = held.digest() != null",
            "Claim claim = held.sessionId().isEmpty()"),
    FREE_WITHOUT_FENCE(
            "orchestration-ledger/src/main/java/kit/orchestration/ledger/LedgerSlot.java",
            "public Free freed() {\n            return raised(uses);",
            "public Free freed() {\n            return new Free(uses);"),
    OVERTAKE_WAITER(
            "orchestration-engine/src/main/java/kit/orchestration/engine/matching/Matching.java",
            "Seeker seeker = room.first(pod);",
            "Seeker seeker = room.standing().stream().filter(each -> each.demand.matches(pod))"
                    + ".reduce((first, second) -> second).orElse(null);"),
    COUNT_UNKNOWN_AS_FREE(
            "orchestration-k8s/src/main/java/kit/orchestration/k8s/claim/ClaimWriter.java",
            "case UNKNOWN -> troubled(error, () -> resolve(Backoff.FIRST));",
            "case UNKNOWN -> troubled(error, this::lost);"),
    RELEASE_NOTHING(
            "orchestration-engine/src/main/java/kit/orchestration/engine/ReleaseCalls.java",
            "backend.release(pool, sessionId).whenComplete",
            "java.util.concurrent.CompletableFuture.<Void>completedFuture(null).whenComplete"),
    EARLY_REFUSAL(
            "orchestration-engine/src/main/java/kit/orchestration/engine/AllocatorEngine.java",
            "after(maxWait, call, this::overdue);",
            "after(maxWait.dividedBy(2), call, this::overdue);"),
    REFUSE_WHO_WAITS(
            "orchestration-engine/src/main/java/kit/orchestration/engine/matching/WaitingRoom.java",
            "patient.size() <= limit ? null",
            "patient.size() < 1 ? null"),
    IGNORE_SELECTORS(
            "orchestration-engine/src/main/java/kit/orchestration/engine/matching/Demand.java",
            "return !but.contains(pod) && matches(pod.labels);",
            "return !but.contains(pod);"),
    REVOKE_UNTOLD(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/Sessions.java",
            "told.add(() -> listener.revoked(session));",
            ""),
    EXPIRE_LATE(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/Sessions.java",
            "timers.after(claim.ttl(), () -> expire(session))",
            "timers.after(claim.ttl().multipliedBy(3), () -> expire(session))"),
    START_TWICE(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/Sessions.java",
            "mode == Mode.START && running",
            "mode == null"),
    DRAIN_UNWRITTEN(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/kubernetes/LedgerWriter.java",
            "wanted.drain();",
            ""),
    UNREADY_UNWRITTEN(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/kubernetes/LedgerWriter.java",
            "wanted.open(open);",
            "if (open) { wanted.open(true); }"),
    KEEP_AT_TAKEOVER(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/kubernetes/Takeover.java",
            "held ? held.freed()",
            "held ? held"),
    TAKE_OVER_ANOTHERS(
            "orchestration-sdk/src/main/java/kit/orchestration/sdk/kubernetes/Takeover.java",
            "if (!found.pool().equals(pod.pool()))",
            "if (found.pool().equals(pod.pool()))"),
    ANY_SIGNATURE(
            "orchestration-token/src/main/java/kit/orchestration/token/UnverifiedToken.java",
            "if (!key.verify(",
            "if (signature.length == 0 && !key.verify("),
    SWEEP_NOTHING(
            "orchestration-k8s/src/main/java/kit/orchestration/k8s/upkeep/Sweeper.java",
            "lease.podName() != null && (known",
            "lease.podName() == null && (known");

    private final String source;
    private final String line;
    private final String planted;

    Plant(String source, String line, String planted) {
        this.source = source;
        this.line = line;
        this.planted = planted;
    }

    static Plant named(String title) {
        return Arrays.stream(values())
                .filter(plant -> plant.title().equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "--plant must be followed by one of: " + titles() + "; was " + title));
    }

    /** As it is called on the command line. */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String titles() {
        return Arrays.stream(values()).map(Plant::title).collect(Collectors.joining(", "));
    }

    /** Compiles the class with the fault in it, into that folder; gives where to. The root is the project's. */
    Path compile(Path root, Path folder) throws IOException {
        Path from = root.resolve(source);
        String sound = Files.readString(from);
        if (sound.indexOf(line) < 0 || sound.indexOf(line) != sound.lastIndexOf(line)) {
            throw new IllegalStateException(title() + ": " + from + " must have once: " + line);
        }
        Path changed = Files.createDirectory(folder.resolve("source")).resolve(from.getFileName());
        Files.writeString(changed, sound.replace(line, planted));
        Path classes = Files.createDirectory(folder.resolve("classes"));
        JavaCompiler compiler =
                Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK is needed, and this is a JRE");
        int failed = compiler.run(
                null,
                null,
                null,
                "-nowarn",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                changed.toString());
        if (failed != 0) {
            throw new IllegalStateException(title() + " can't be compiled");
        }
        return classes;
    }

    /** Runs this program anew, with the fault in it, which is compiled into that folder. */
    ProcessBuilder program(Path root, Path folder, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Simulation.JVM);
        command.add("-cp");
        command.add(compile(root, folder) + File.pathSeparator + System.getProperty("java.class.path"));
        command.add(Simulation.class.getName());
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
