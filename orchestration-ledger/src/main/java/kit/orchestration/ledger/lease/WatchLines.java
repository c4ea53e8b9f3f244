package kit.orchestration.ledger.lease;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Observer;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.jspecify.annotations.Nullable;

/** From the lines of a watch to events. Reads on the transport's thread: the loop has other things to do. */
final class WatchLines<T> implements Transport.Listener {

    private static final JsonFactory JSON = new JsonFactory();

    private final Kind<T> kind;
    private final String call;
    private final Watcher.Events<T> events;
    private final Observer observer;

    WatchLines(Kind<T> kind, String call, Watcher.Events<T> events, Observer observer) {
        this.kind = kind;
        this.call = call;
        this.events = events;
        this.observer = observer;
    }

    @Override
    public void opened() {
        events.opened();
    }

    @Override
    public void line(String line) {
        String type;
        T object;
        try {
            type = type(line);
            if (type.equals("ERROR")) {
                end(error(line));
                return;
            }
            object = kind.object().apply(line);
        } catch (IOException | RuntimeException noEvent) {
            end(ApiException.answeredOtherwise(call, new Answer(200, line, ""), noEvent));
            return;
        }
        String version = kind.version().apply(object);
        switch (type) {
            case "ADDED", "MODIFIED" -> events.seen(version, object);
            case "DELETED" -> events.gone(version, object);
            default -> events.heard(version); // BOOKMARK, and what a later server may tell
        }
    }

    @Override
    public void ended() {
        end(null);
    }

    @Override
    public void refused(Answer answer) {
        end(ApiException.answered(call, answer));
    }

    @Override
    public void failed(Throwable failure) {
        end(ApiException.failed(call, failure));
    }

    private void end(@Nullable ApiException error) {
        if (error != null) {
            observer.ended(Duration.ZERO, error);
        }
        events.ended(error);
    }

    /** The first field of a line is its type, by the server; of another order it is looked for. */
    private static String type(String line) throws IOException {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean found = parser.currentName().equals("type");
                    parser.nextToken();
                    if (found) {
                        return parser.getText();
                    }
                    parser.skipChildren();
                }
            }
        }
        throw new IOException("a line of a watch without a type");
    }

    private ApiException error(String line) {
        Object status;
        try {
            status = LedgerJson.read(line).get("object");
        } catch (LedgerFormatException noStatus) {
            status = null;
        }
        Map<?, ?> fields = status instanceof Map<?, ?> map ? map : Map.of();
        int code = fields.get("code") instanceof Long number ? number.intValue() : 500;
        return ApiException.answered(call, new Answer(code, String.valueOf(fields.get("message")), ""));
    }
}
