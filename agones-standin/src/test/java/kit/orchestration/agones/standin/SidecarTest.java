package kit.orchestration.agones.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.util.Objects;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What a sidecar does in any case: without vices. */
class SidecarTest {

    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(AgonesStandin.builder().vices(Rig.NONE));
        rig.ready(StandinGameServer.of("a", "duel")
                .capacity(2)
                .address("10.0.0.9")
                .port(7001));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void theGameServerIsToldInTheGatewaysSpelling() throws Exception {
        HttpResponse<String> answer = rig.get("a", "/gameserver");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(LedgerJson.read(answer.body())).containsKeys("object_meta", "spec", "status");
        assertThat(answer.body())
                .contains("\"name\":\"a\"")
                .contains("\"agones.dev/fleet\":\"duel\"")
                .contains("\"address\":\"10.0.0.9\"")
                .contains("\"port\":7001")
                .contains("\"period_seconds\":5")
                .contains("\"capacity\":\"2\"");
    }

    @Test
    void aDeletedServerIsWrittenUntilItsPodIsGoneButForItsState() throws Exception {
        rig.allocate(rig.adding("v1"));
        rig.agones.deleteGameServer("a");
        await().until(() -> rig.get("a", "/gameserver").body().contains("v1"));
        await().until(() -> !rig.get("a", "/gameserver").body().contains("\"deletion_timestamp\":\"0\""));

        rig.post("a", "/ready", "{}");
        rig.put("a", "/metadata/label", "{\"key\":\"open\",\"value\":\"false\"}");
        rig.post("a", "/v1beta1/lists/sessions:removeValue", "{\"value\":\"v1\"}");

        await().until(() -> rig.agones.see("a").labels().containsKey("agones.dev/sdk-open"));
        await().until(() -> rig.agones.see("a").values().isEmpty());
        assertThat(rig.agones.see("a").state()).isEqualTo("Allocated");
    }

    @Test
    void statesAreAskedFor() throws Exception {
        assertThat(rig.post("a", "/allocate", "{}").body()).isEqualTo("{}");
        await().until(() -> rig.agones.see("a").state().equals("Allocated"));
        rig.post("a", "/ready", "{}");
        await().until(() -> rig.agones.see("a").state().equals("Ready"));
        rig.post("a", "/reserve", "{\"seconds\":\"1\"}");
        await().until(() -> rig.agones.see("a").state().equals("Reserved"));
        await().until(() -> rig.agones.see("a").state().equals("Ready"));
        assertThat(rig.post("a", "/health", "{}").statusCode()).isEqualTo(200);
        rig.post("a", "/shutdown", "{}");
        await().until(() -> rig.agones.see("a").deleted());
    }

    @Test
    void unhealthyIsFinal() throws Exception {
        rig.agones.setState("a", "Unhealthy");
        await().until(() -> rig.get("a", "/gameserver").body().contains("\"Unhealthy\""));

        assertThat(rig.post("a", "/ready", "{}").statusCode()).isEqualTo(200);
        rig.put("a", "/metadata/label", "{\"key\":\"after\",\"value\":\"1\"}");

        await().until(() -> rig.agones.see("a").labels().containsKey("agones.dev/sdk-after"));
        assertThat(rig.agones.see("a").state()).isEqualTo("Unhealthy");
    }

    @Test
    void labelsAndAnnotationsGetThePrefix() throws Exception {
        rig.put("a", "/metadata/label", "{\"key\":\"map\",\"value\":\"desert\"}");
        rig.put("a", "/metadata/annotation", "{\"key\":\"note\",\"value\":\"two words\"}");

        await().untilAsserted(() -> {
            assertThat(rig.agones.see("a").labels()).containsEntry("agones.dev/sdk-map", "desert");
            assertThat(rig.agones.see("a").annotations()).containsEntry("agones.dev/sdk-note", "two words");
        });
    }

    @Test
    void badLabelsAndAnnotationsAreRefused() throws Exception {
        assertThat(rig.put("a", "/metadata/label", "{\"key\":\"map\",\"value\":\"not a label\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(rig.put("a", "/metadata/label", "{\"key\":\"not a key\",\"value\":\"desert\"}")
                        .body())
                .contains("invalid label key \\\"not a key\\\"");
        assertThat(rig.put("a", "/metadata/annotation", "{\"value\":\"any text\"}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aPingNeedsABody() throws Exception {
        assertThat(rig.post("a", "/health", "").statusCode()).isEqualTo(400);
        assertThat(rig.post("a", "/health", "{}").statusCode()).isEqualTo(200);
    }

    @Test
    void listCallsAnswerWithTheListAndWithErrorsOfTheirKind() throws Exception {
        assertThat(rig.post("a", "/v1beta1/lists/sessions:addValue", "{\"value\":\"x\"}")
                        .body())
                .contains("\"values\":[\"x\"]");
        assertThat(rig.post("a", "/v1beta1/lists/sessions:addValue", "{\"value\":\"x\"}")
                        .statusCode())
                .isEqualTo(409);
        rig.post("a", "/v1beta1/lists/sessions:addValue", "{\"value\":\"y\"}");
        assertThat(rig.post("a", "/v1beta1/lists/sessions:addValue", "{\"value\":\"z\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(rig.post("a", "/v1beta1/lists/sessions:removeValue", "{\"value\":\"z\"}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(rig.get("a", "/v1beta1/lists/nope").statusCode()).isEqualTo(404);
        rig.post("a", "/v1beta1/lists/sessions:removeValue", "{\"value\":\"x\"}");

        assertThat(rig.get("a", "/v1beta1/lists/sessions").body()).contains("\"values\":[\"y\"]");
        await().untilAsserted(() -> assertThat(rig.agones.see("a").values()).containsExactly("y"));
    }

    @Test
    void aWatchTellsTheStateFirstAndThenEachWrite() throws Exception {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(rig.watch("a"), UTF_8))) {
            assertThat(lines.readLine()).startsWith("{\"result\":{").contains("\"state\":\"Ready\"");

            rig.allocate(rig.adding("one"));
            assertThat(lines.readLine()).contains("\"state\":\"Allocated\"").contains("\"values\":[\"one\"]");

            rig.agones.deleteGameServer("a");
            assertThat(lines.readLine()).doesNotContain("\"deletion_timestamp\":\"0\"");
        }
    }

    @RepeatedTest(10)
    void aWatchThatIsCutEnds() throws Exception {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(rig.watch("a"), UTF_8))) {
            assertThat(lines.readLine()).contains("\"resource_version\":\"102\"");

            rig.agones.cutWatches("a");

            assertThat(rest(lines)).isEmpty();
        }
    }

    /** What comes until the end, be it in order or not. */
    private static String rest(BufferedReader lines) {
        try {
            return Objects.toString(lines.readLine(), "");
        } catch (IOException e) {
            return ""; // cut
        }
    }
}
