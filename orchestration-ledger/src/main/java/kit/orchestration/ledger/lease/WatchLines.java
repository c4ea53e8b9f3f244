package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Observer;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.jspecify.annotations.Nullable;

/**
 * From the lines of a watch to events, until its end or {@link #close}. Reads on the transport's thread: the loop has
 * other things to do.
 */
final class WatchLines<T> implements Transport.Listener {

    private final Kind<T> kind;
    private final String call;
    private final Watcher.Events<T> events;
    private final Observer observer;
    /** Whether there comes no more: a watch that we cut ourselves has not failed. */
    private volatile boolean over;

    WatchLines(Kind<T> kind, String call, Watcher.Events<T> events, Observer observer) {
        this.kind = kind;
        this.call = call;
        this.events = events;
        this.observer = observer;
    }

    /** Tells nothing any more. Any thread. */
    void close() {
        over = true;
    }

    @Override
    public void opened() {
        events.opened();
    }

    @Override
    public void line(String line) {
        if (over) {
            return;
        }
        String type;
        T object;
        String version;
        try {
            type = LeaseReader.type(line);
            if (type.equals("ERROR")) {
                end(error(line));
                return;
            }
            object = kind.object().apply(line);
            version = kind.version().apply(object);
            Long.parseLong(version);
        } catch (RuntimeException noEvent) {
            end(ApiException.answeredOtherwise(call, new Answer(200, line, ""), noEvent));
            return;
        }
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
        if (over) {
            return;
        }
        over = true;
        events.ended(error);
        if (error != null) {
            observer.ended(Duration.ZERO, error);
        }
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
        String message = fields.get("message") instanceof String said ? said : "";
        return ApiException.answered(call, new Answer(code, message, ""));
    }
}
