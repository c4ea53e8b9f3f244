package kit.orchestration.ledger.lease;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to the API server: TLS, credentials and connections are its own. It repeats nothing, and follows no redirect.
 * Nothing blocks. Safe for any thread.
 */
public interface Transport {

    /**
     * A request.
     *
     * @param path what is added to {@link #server}, with its query; begins with a slash
     * @param timeout of the whole answer, its body included; of a stream, until the answer begins
     */
    record Ask(
            String method,
            String path,
            @Nullable String contentType,
            @Nullable String body,
            String accept,
            Duration timeout) {

        /** What we send and ask for, but for patches. */
        public static final String JSON = "application/json";

        /** A request to read. */
        public static Ask get(String path, Duration timeout) {
            return new Ask("GET", path, null, null, JSON, timeout);
        }

        /** The body's bytes; none if there is no body. */
        public byte[] bytes() {
            return body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** An answer, whatever its status; without a header {@code Retry-After} that is empty. */
    record Answer(int status, String body, String retryAfter) {

        /** Whether the server did what it was asked. */
        public boolean isGood() {
            return status / 100 == 2;
        }
    }

    /** Who is told of a stream; by one thread at a time. */
    interface Listener {

        /** The server has answered 200: lines follow. */
        void opened();

        /** A line, without its end. */
        void line(String line);

        /** There comes no more: the server ended it in order. Told once, as the next two; one of the three is told. */
        void ended();

        /** The server has answered something else than 200. */
        void refused(Answer answer);

        /** The stream broke, or never began. */
        void failed(Throwable failure);
    }

    /** A stream under way. */
    interface Stream {
        /** Ends it. The listener may be told something yet. */
        void close();
    }

    /** Where the server is: scheme, host, port and perhaps a path, without a slash at its end or credentials. */
    URI server();

    /** Asks, and gives the whole answer. The future fails with whatever kept the answer away; a time-out is one. */
    CompletableFuture<Answer> send(Ask ask);

    /** Asks for lines that come for as long as both sides like. */
    Stream lines(Ask ask, Listener listener);
}
