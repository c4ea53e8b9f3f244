package kit.orchestration.k8s.scale;

import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;

/** An API server that stores one Lease, as far as a {@link WaitingBoard} asks it. */
final class BoardServer implements Transport {

    private static final Pattern REMOVED = Pattern.compile("\"([^\"]+)\":null");

    /** What was written, each with its method. */
    final List<String> writes = new ArrayList<>();
    /** What the next writes are answered instead. */
    final Deque<Answer> refusals = new ArrayDeque<>();

    /** Whether writes are done, and their answers are lost. */
    boolean losesAnswers;

    private final List<Listener> watches = new ArrayList<>();
    private @Nullable Map<String, String> annotations;
    private int version = 1;

    /** As somebody else writes it. */
    void write(String annotation, @Nullable String text) {
        Map<String, String> next = new TreeMap<>(annotations == null ? Map.of() : annotations);
        if (text == null) {
            next.remove(annotation);
        } else {
            next.put(annotation, text);
        }
        annotations = next;
        version++;
        List.copyOf(watches)
                .forEach(watch -> watch.line("{\"type\":\"MODIFIED\",\"object\":" + LedgerJson.write(lease()) + "}"));
    }

    Map<String, String> annotations() {
        return annotations == null ? Map.of() : annotations;
    }

    private Map<String, Object> lease() {
        return Map.of(
                "kind",
                "Lease",
                "metadata",
                Map.of(
                        "name",
                        "duel.waiting.orchestration.kit",
                        "uid",
                        "u",
                        "resourceVersion",
                        Integer.toString(version),
                        "annotations",
                        annotations()));
    }

    @Override
    public URI server() {
        return URI.create("https://10.96.0.1");
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        Answer answer = answer(ask);
        return losesAnswers && ask.method().equals("PATCH")
                ? CompletableFuture.failedFuture(new HttpTimeoutException("no answer"))
                : CompletableFuture.completedFuture(answer);
    }

    private Answer answer(Ask ask) {
        if (ask.method().equals("GET")) {
            Map<String, Object> list = new LinkedHashMap<>();
            list.put("metadata", Map.of("resourceVersion", Integer.toString(version)));
            list.put("items", annotations == null ? List.of() : List.of(lease()));
            return new Answer(200, LedgerJson.write(list), "");
        }
        writes.add(ask.method() + " " + ask.body());
        if (!refusals.isEmpty()) {
            return refusals.remove();
        }
        if (ask.method().equals("PATCH") && annotations == null) {
            return new Answer(404, "{\"kind\":\"Status\",\"reason\":\"NotFound\"}", "");
        }
        Matcher removed = REMOVED.matcher(ask.body()); // which the reader passes over
        while (removed.find()) {
            write(removed.group(1), null);
        }
        Map<?, ?> metadata = (Map<?, ?>) LedgerJson.read(ask.body()).get("metadata");
        ((Map<?, ?>) metadata.get("annotations")).forEach((key, text) -> write((String) key, (String) text));
        return new Answer(200, LedgerJson.write(lease()), "");
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        watches.add(listener);
        listener.opened();
        return () -> watches.remove(listener);
    }
}
