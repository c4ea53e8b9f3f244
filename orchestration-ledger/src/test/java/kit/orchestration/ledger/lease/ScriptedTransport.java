package kit.orchestration.ledger.lease;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A transport that remembers what it was asked, and answers when the test does. */
final class ScriptedTransport implements Transport {

    final List<Ask> asks = new ArrayList<>();
    final List<CompletableFuture<Answer>> answers = new ArrayList<>();
    final List<Listener> listeners = new ArrayList<>();
    int closed;

    @Nullable
    RuntimeException refusing;

    Ask ask() {
        return asks.get(asks.size() - 1);
    }

    void answer(int code, String body) {
        answers.get(answers.size() - 1).complete(new Answer(code, body, ""));
    }

    Listener listener() {
        return listeners.get(listeners.size() - 1);
    }

    @Override
    public URI server() {
        return URI.create("https://[fd00::1]:6443/k8s");
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        asks.add(ask);
        if (refusing != null) {
            throw refusing;
        }
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        answers.add(answer);
        return answer;
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        asks.add(ask);
        listeners.add(listener);
        return () -> closed++;
    }
}
