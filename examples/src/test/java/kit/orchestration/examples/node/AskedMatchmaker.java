package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import kit.orchestration.PodAddress;

/**
 * A matchmaker in a pod, as players ask it.
 *
 * @param at where it is
 */
record AskedMatchmaker(URI at) {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Once it has seen its pool. */
    static AskedMatchmaker in(Pod pod) {
        AskedMatchmaker made = new AskedMatchmaker(
                URI.create("http://%s:8080/".formatted(pod.getStatus().getPodIP())));
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> made.ask("GET", "ready").statusCode() == 200);
        return made;
    }

    HttpResponse<String> ask(String method, String what) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(at.resolve(what))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    /** It gives a session, which a player enters. */
    Player player() throws IOException, InterruptedException {
        HttpResponse<String> given = ask("POST", "sessions");
        assertThat(given.statusCode()).as(given.body()).isEqualTo(200);
        String[] line = given.body().strip().split(" ", -1);
        return Player.enter(PodAddress.parse(line[0]), line[1]);
    }
}
