package kit.orchestration.agones.standin.replay;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;

/** What a sidecar answers, and when what was asked of it is done. */
final class SidecarAssertions {

    /** A write is queued for 500 ms, and for as long again after a conflict. */
    private static final Duration FLUSHED = Duration.ofSeconds(4);

    private static final long LATE_MILLIS = 300;
    /** Of the 500 between two batches: a call that is made now lands before what was queued now is written. */
    private static final long WITHIN_A_BATCH_MILLIS = 150;

    private static final int MESSAGE = 40;

    private SidecarAssertions() {}

    static List<Assertion> all() {
        return List.of(
                new Assertion(
                        "removeValue of a value not there",
                        "500, code 2, not found",
                        site -> said(site.fresh(0, List.of())
                                .list("removeValue", site.newValues(1).get(0)))),
                new Assertion(
                        "addValue to a full list",
                        "500, code 2, out of range",
                        site -> said(site.withRoom(0, 0)
                                .list("addValue", site.newValues(1).get(0)))),
                new Assertion("addValue of a value that is there", "500, code 2, already exists", site -> {
                    String value = site.newValues(1).get(0);
                    return said(site.fresh(0, List.of(value)).list("addValue", value));
                }),
                new Assertion(
                        "a list that does not exist",
                        "500, code 2, list not found",
                        site -> said(site.pod(0).get("/v1beta1/lists/no-such-list"))),
                new Assertion(
                        "a path that does not exist",
                        "404, code 5, Not Found",
                        site -> said(site.pod(0).get("/no-such-path"))),
                new Assertion(
                        "a body that is not JSON",
                        "400, code 3",
                        site -> codes(site.pod(0).post("/v1beta1/lists/" + site.list() + ":addValue", "no JSON"))),
                new Assertion(
                        "/health with a body", "200", site -> codes(site.pod(0).post("/health", "{}"))),
                new Assertion(
                        "/health without a body",
                        "400",
                        site -> codes(site.pod(0).post("/health", ""))),
                new Assertion(
                        "a label that Kubernetes does not take",
                        "400, code 3, invalid label value",
                        site -> said(site.pod(0).put("/metadata/label", Map.of("key", "a", "value", "not a label")))),
                new Assertion(
                        "an annotation without a name",
                        "400, code 3, invalid annotation key",
                        site -> said(site.pod(0).put("/metadata/annotation", Map.of("value", "x")))),
                new Assertion("a watch's first line", "the server as it is", SidecarAssertions::watchBegins),
                new Assertion(
                        "removeValue on the watch", "OK, gone later than 300 ms", SidecarAssertions::removalOnTheWatch),
                new Assertion(
                        "removeValue in the pod's own view",
                        "gone from its list at once, from its GameServer later",
                        SidecarAssertions::removalInOwnView),
                new Assertion(
                        "a value removed, then allocated again",
                        "in the answer, gone after the flush",
                        SidecarAssertions::removedAndAddedAgain),
                new Assertion(
                        "a label and an annotation of the pod",
                        "with the prefix agones.dev/sdk-",
                        SidecarAssertions::prefix),
                new Assertion(
                        "/ready of an allocated server", "Ready, its values kept", SidecarAssertions::readyAgain));
    }

    private static String watchBegins(Site site) throws IOException, InterruptedException {
        String value = site.newValues(1).get(0);
        try (Watch watch = site.fresh(0, List.of(value)).watch()) {
            Optional<String> first = watch.next(line -> true, FLUSHED);
            boolean isWhole = first.filter(line -> line.startsWith("{\"result\":{"))
                    .filter(line -> line.contains("Allocated") && line.contains(value))
                    .isPresent();
            return isWhole ? "the server as it is" : first.orElse("none");
        }
    }

    private static String removalOnTheWatch(Site site) throws IOException, InterruptedException {
        String value = site.newValues(1).get(0);
        Pod pod = site.fresh(0, List.of(value));
        try (Watch watch = pod.watch()) {
            watch.next(line -> line.contains(value), FLUSHED);
            long begun = System.nanoTime();
            String answer = outcome(pod.list("removeValue", value));
            if (watch.next(line -> !line.contains(value), FLUSHED).isEmpty()) {
                return answer + ", never gone";
            }
            boolean late = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) > LATE_MILLIS;
            return answer + (late ? ", gone later than 300 ms" : ", gone within 300 ms");
        }
    }

    private static String removalInOwnView(Site site) throws IOException, InterruptedException {
        String value = site.newValues(1).get(0);
        Pod pod = site.fresh(0, List.of(value));
        pod.list("removeValue", value);
        String list = pod.values().values().contains(value) ? "later" : "at once";
        String server = pod.gameServer().values().values().contains(value) ? "later" : "at once";
        pod.await("no values", without(value));
        return "gone from its list %s, from its GameServer %s".formatted(list, server);
    }

    private static String removedAndAddedAgain(Site site) throws IOException, InterruptedException {
        List<String> values = site.newValues(1);
        String value = values.get(0);
        Pod pod = site.fresh(0, values);
        // Once it is answered, the next batch gathers: the call below lands in it, before the flush.
        site.allocate(site.request(site.at(0)));
        TimeUnit.MILLISECONDS.sleep(WITHIN_A_BATCH_MILLIS);
        pod.list("removeValue", value);
        boolean answered = site.allocate(site.adding(0, values))
                .getListsOrThrow(site.list())
                .getValuesList()
                .contains(value);
        boolean gone = pod.becomes(without(value), FLUSHED);
        return (answered ? "in the answer" : "not in the answer") + (gone ? ", gone after the flush" : ", it stays");
    }

    private static String prefix(Site site) throws IOException, InterruptedException {
        String value = site.newValues(1).get(0);
        Pod pod = site.pod(1);
        pod.put("/metadata/label", Map.of("key", "replayed", "value", value));
        pod.put("/metadata/annotation", Map.of("key", "replayed", "value", value));
        String name = AgonesNames.SDK_PREFIX + "replayed";
        boolean prefixed = pod.becomes(
                server -> value.equals(server.labels().get(name))
                        && value.equals(server.annotations().get(name)),
                FLUSHED);
        return prefixed ? "with the prefix " + AgonesNames.SDK_PREFIX : "not with that prefix";
    }

    private static String readyAgain(Site site) throws IOException, InterruptedException {
        List<String> values = site.newValues(1);
        Pod pod = site.fresh(0, values);
        pod.post("/ready", "{}");
        boolean ready = pod.becomes(server -> server.state().equals("Ready"), FLUSHED);
        boolean kept = pod.gameServer().values().values().equals(values);
        return (ready ? "Ready" : "not Ready") + (kept ? ", its values kept" : ", its values lost");
    }

    private static Predicate<Pod.GameServer> without(String value) {
        return server -> !server.values().values().contains(value);
    }

    private static String outcome(HttpResponse<String> answer) {
        return answer.statusCode() == 200 ? "OK" : said(answer);
    }

    /** The status, the code in the body, and the words before the first sign of punctuation or quotation. */
    private static String said(HttpResponse<String> answer) {
        String message = message(answer).split("[:.\"]", 2)[0].strip();
        return codes(answer) + ", " + message.substring(0, Math.min(message.length(), MESSAGE));
    }

    private static String codes(HttpResponse<String> answer) {
        Object code = body(answer).get("code");
        return answer.statusCode() + (code == null ? "" : ", code " + code);
    }

    private static String message(HttpResponse<String> answer) {
        return String.valueOf(body(answer).getOrDefault("message", ""));
    }

    private static Map<String, Object> body(HttpResponse<String> answer) {
        try {
            return LedgerJson.read(answer.body());
        } catch (LedgerFormatException e) {
            return Map.of("message", "no JSON");
        }
    }
}
