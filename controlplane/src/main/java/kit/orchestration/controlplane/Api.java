package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the API server as one user. Each blocks until its answer is there, up to 10 s. Usable from any thread.
 *
 * <p>Every method throws {@link ControlPlaneException} if there is no answer: the server is dead, frozen, or was cut
 * off. The request may have been carried out even so.
 */
public final class Api {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient http;
    private final URI url;
    private final @Nullable String token;

    Api(SSLContext tls, URI url, @Nullable String token) {
        // HTTP/1.1, whose connections say at once that the server was killed.
        this.http = HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .build();
        this.url = url;
        this.token = token;
    }

    /**
     * What the server answered.
     *
     * @param status the HTTP status
     * @param body the object, or the Status that says what is wrong; JSON
     */
    public record Answer(int status, String body) {

        /** The body as maps, lists, strings and numbers. */
        public Map<String, Object> json() {
            return Json.parse(body);
        }

        /**
         * This answer, if it is a success.
         *
         * @throws ControlPlaneException if it isn't, with the server's message
         */
        public Answer ok() {
            if (status / 100 != 2) {
                throw new ControlPlaneException("the API server answered " + status + ": " + body.strip());
            }
            return this;
        }
    }

    public Answer get(String path) {
        return send("GET", path, "", null, TIMEOUT);
    }

    /** A GET with a time-out of its own. */
    public Answer get(String path, Duration timeout) {
        return send("GET", path, "", null, timeout);
    }

    public Answer post(String path, String json) {
        return send("POST", path, "application/json", json, TIMEOUT);
    }

    public Answer put(String path, String json) {
        return send("PUT", path, "application/json", json, TIMEOUT);
    }

    /** A merge patch (RFC 7386). */
    public Answer mergePatch(String path, String json) {
        return send("PATCH", path, "application/merge-patch+json", json, TIMEOUT);
    }

    /** A JSON Patch (RFC 6902). */
    public Answer jsonPatch(String path, String json) {
        return send("PATCH", path, "application/json-patch+json", json, TIMEOUT);
    }

    /** A patch that merges the lists that Kubernetes knows, such as a pod's conditions, by their keys. */
    public Answer strategicPatch(String path, String json) {
        return send("PATCH", path, "application/strategic-merge-patch+json", json, TIMEOUT);
    }

    public Answer delete(String path) {
        return send("DELETE", path, "", null, TIMEOUT);
    }

    /** A DELETE with DeleteOptions: a grace period, preconditions. */
    public Answer delete(String path, String options) {
        return send("DELETE", path, "application/json", options, TIMEOUT);
    }

    private Answer send(String method, String path, String type, @Nullable String body, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(timeout)
                .header("Accept", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new ControlPlaneException("no answer to " + method + " " + path, e);
        } catch (InterruptedException e) {
            throw ControlPlaneException.interrupted("waiting for " + method + " " + path, e);
        }
    }
}
