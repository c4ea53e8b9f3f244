package kit.orchestration.k8s.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What if this changes now? Somebody edits each field of a pod's Lease by hand, on a real API server, under the
 * policies that are shipped: what a pod may not write it does not try to.
 */
class HandEditsTest extends PodFixture {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** The account whose rights are those of {@code deploy/base/pod.yaml}. */
    private static final String POLICED = "orchestration-pod";

    private final Told told = new Told();
    private final List<String> claimed = new CopyOnWriteArrayList<>();
    private TestPod pod;
    private KubernetesPlatform platform;
    private LeaseOnServer lease;

    @Override
    ControlPlane plane() {
        return ControlPlane.shared();
    }

    @Override
    @BeforeEach
    void prepare() {
        super.prepare();
        plane().apply(Path.of("deploy"), namespace);
        Api unbound = plane().api(plane().token(namespace, POLICED, Duration.ofHours(1)));
        String probe = LedgerJson.write(Map.of("metadata", Map.of("name", "probe")));
        String leases = "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases?dryRun=All";
        await().until(() -> unbound.post(leases, probe).body().contains("ValidatingAdmissionPolicy"));
    }

    /** A pod of four slots, that holds session s-1 in slot 1. */
    private void play() {
        pod = pod("arena-1", POLICED);
        platform = build(platform(pod, 4));
        open(platform, told);
        lease = lease(pod);
        lease.claim(1, "s-1").ok();
        await().until(() -> told.events.contains("claimed s-1"));
    }

    /** A pod of four slots, that holds nothing, with its probes. */
    private GameServer serve() {
        pod = pod("arena-1", POLICED);
        GameServer server = GameServer.builder()
                .platform(platform(pod, 4).build())
                .listener(new SessionListener() {
                    @Override
                    public void claimed(ClaimedSlot claim) {
                        claimed.add(claim.sessionId());
                    }
                })
                .probePort(0)
                .start();
        closing.push(server);
        server.ready();
        lease = lease(pod);
        return server;
    }

    private static Map<String, String> annotation(String name, String value) {
        Map<String, String> edit = new HashMap<>();
        edit.put(name, value);
        return edit;
    }

    private void assertTakesClaims(int slot) {
        lease.claim(slot, "s-new").ok();
        await().until(() -> told.events.contains("claimed s-new"));
        assertThat(told.events).containsExactly("claimed s-1", "claimed s-new");
        assertThat(platform.problem()).isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"closed", "garbage & <more>", "closed/BOOT 1", "open/BOOT", "closed/BOOT 1 draining"})
    void the_state_is_written_as_the_pod_has_it(String edit) {
        play();
        String state = lease.state();

        lease.edit(annotation(LedgerNames.STATE, edit == null ? null : edit.replace("BOOT", lease.bootId())));

        await().until(() -> lease.state().equals(state));
        assertTakesClaims(0);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"garbage", "", "-1", "1 & <nothing>"})
    void a_slot_that_nobody_holds_is_free_again_with_a_count_that_is_news(String edit) {
        play();

        lease.edit(annotation("0", edit));

        await().ignoreExceptions().until(() -> lease.isFree(0));
        assertThat(lease.slot(0).uses()).isPositive();
        assertTakesClaims(0);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"garbage", "0 s-1 & <nothing>"})
    void a_slot_that_a_session_holds_is_nobodys_until_the_session_ends(String edit) {
        play();

        lease.edit(annotation("1", edit));

        assertTakesClaims(0);
        assertThat(lease.annotations().get("1")).isEqualTo(edit);
        platform.free(told.claim("s-1"));
        await().ignoreExceptions().until(() -> lease.isFree(1));
    }

    @Test
    void a_spoilt_slot_whose_session_ends_is_freed() {
        play();
        lease.edit(annotation("1", "garbage"));

        platform.free(told.claim("s-1"));

        await().ignoreExceptions().until(() -> lease.isFree(1));
        assertThat(told.events).containsExactly("claimed s-1");
    }

    @Test
    void a_claim_that_somebody_writes_over_is_gone_and_what_stands_there_counts() {
        play();

        lease.edit(annotation("1", "7"));

        await().until(() -> told.events.contains("gone s-1"));
        assertThat(lease.slot(1)).isEqualTo(new Free(7));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_claim_that_is_copied_or_moved_into_another_slot_is_freed_there(boolean moved) {
        serve();
        lease.claim(1, "s-1").ok();
        await().until(() -> claimed.contains("s-1"));

        Map<String, String> edit = annotation("2", (String) lease.annotations().get("1"));
        if (moved) {
            edit.put("1", "1");
        }
        lease.edit(edit);

        await().until(() -> lease.isFree(2) && lease.slot(2).uses() == 1);
        assertThat(lease.isFree(1)).isEqualTo(moved);
    }

    @Test
    void slots_beyond_the_capacity_are_taken_out() {
        play();
        Held held = Free.NEW.hold("s-beyond", Duration.ofSeconds(60), null, Map.of());

        lease.edit(Map.of("4", "0", "9", held.format(), "17", "<garbage>"));

        await().until(() -> Collections.disjoint(lease.annotations().keySet(), List.of("4", "9", "17")));
        assertTakesClaims(0);
    }

    @Test
    void a_key_whose_text_was_changed_is_taken_out_and_counts_for_the_sessions_that_are_here() {
        play();
        VerificationKey key = SigningKey.generateEd25519().verificationKey();
        String name = LedgerNames.key(key.kid());
        lease.claim(lease.state(), Map.of(0, "s-2"), Map.of(key.kid(), key.text()))
                .ok();
        await().until(() -> platform.key(key.kid()).isPresent());

        lease.edit(Map.of(name, "nonsense", LedgerNames.key("0123456789abcdef"), "nonsense"));

        await().until(() ->
                Collections.disjoint(lease.annotations().keySet(), List.of(name, LedgerNames.key("0123456789abcdef"))));
        assertThat(platform.key(key.kid())).contains(key);
    }

    @Test
    void a_key_that_was_taken_away_is_void() {
        play();
        VerificationKey key = SigningKey.generateEd25519().verificationKey();
        lease.claim(lease.state(), Map.of(0, "s-2"), Map.of(key.kid(), key.text()))
                .ok();
        await().until(() -> platform.key(key.kid()).isPresent());

        lease.edit(annotation(LedgerNames.key(key.kid()), null));

        await().until(() -> platform.key(key.kid()).isEmpty());
    }

    @Test
    void an_annotation_of_somebodys_own_is_left_alone() {
        play();

        lease.edit(Map.of("note", "from the night shift"));
        platform.free(told.claim("s-1"));

        await().until(() -> lease.isFree(1));
        assertThat(lease.annotations()).containsEntry("note", "from the night shift");
    }

    @Test
    void a_mark_to_drain_is_obeyed_until_it_is_taken_away_also_by_the_next_process() throws Exception {
        GameServer server = serve();
        lease.claim(1, "s-1").ok();
        await().until(() -> claimed.contains("s-1"));

        lease.edit(annotation(LedgerNames.DRAIN, "alice: node 7 leaves"));

        await().until(() -> !lease.isOpen());
        assertThat(get(server, "/readyz")).startsWith("503 asked to drain").contains("\"alice: node 7 leaves\"");
        assertThat(get(server, "/healthz")).isEqualTo("200 ok");
        assertThat(lease.isFree(1)).as("its session goes on").isFalse();

        server.close();
        GameServer next = GameServer.builder()
                .platform(platform(pod, 4).build())
                .probePort(0)
                .start();
        closing.push(next);
        next.ready();
        assertThat(lease.isOpen()).isFalse();
        assertThat(get(next, "/readyz")).startsWith("503 asked to drain");

        lease.edit(annotation(LedgerNames.DRAIN, null));

        await().until(() -> lease.isOpen());
        await().until(() -> get(next, "/readyz").equals("200 ok"));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "rooms")
    void a_lease_without_its_label_makes_the_pod_unready_until_it_has_it_again(String pool) throws Exception {
        GameServer server = serve();
        assertThat(get(server, "/readyz")).isEqualTo("200 ok");

        label(pool);

        await().until(() -> get(server, "/readyz").startsWith("503"));
        assertThat(get(server, "/readyz")).contains("is labelled for pool").contains("delete it");
        assertThat(get(server, "/healthz")).as("a restart heals nothing").isEqualTo("200 ok");
        assertThatThrownBy(server::ready)
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("is labelled for pool");
        label("duel");
        await().until(() -> get(server, "/readyz").equals("200 ok"));
    }

    @Test
    void a_lease_without_its_owner_makes_the_pod_unready_until_it_has_it_again() {
        play();
        Object owners = lease.metadata().get("ownerReferences");

        metadata(Collections.singletonMap("ownerReferences", null));
        await().until(() -> platform.problem().orElse("").contains("has lost its owner"));

        metadata(Map.of("ownerReferences", owners));
        await().until(() -> platform.problem().isEmpty());
        assertTakesClaims(0);
    }

    @Test
    void a_pod_that_another_process_has_taken_over_is_lost_and_lets_go() {
        play();

        build(platform(pod, 4)).boot(new Told());

        await().until(() -> platform.lost().orElse("").contains("another process has taken"));
        await().untilAsserted(() -> assertThat(told.events).containsExactly("claimed s-1", "lost"));
    }

    @Test
    void a_state_that_names_another_boot_is_a_take_over() {
        play();

        lease.edit(Map.of(LedgerNames.STATE, "open/another 1"));

        await().until(() -> platform.lost().orElse("").contains("another process has taken"));
    }

    /** Deleted and made anew before the pod has noticed: as {@code kubectl replace --force} does. */
    @Test
    void a_lease_that_was_made_anew_by_hand_is_written_as_the_pod_knows_it() {
        play();
        VerificationKey key = SigningKey.generateEd25519().verificationKey();
        lease.claim(lease.state(), Map.of(2, "s-2"), Map.of(key.kid(), key.text()))
                .ok();
        await().until(() -> told.events.contains("claimed s-2"));
        Map<String, Object> before = lease.annotations();

        replace(Map.of("labels", labels(), "ownerReferences", owners()));

        await().ignoreExceptions().until(() -> lease.isOpen());
        assertThat(lease.state()).isEqualTo(before.get(LedgerNames.STATE));
        assertThat(lease.annotations()).as("nobody may claim what is held here").doesNotContainKeys("1", "2");
        assertThat(platform.key(key.kid())).as("for the sessions that it held").contains(key);
        lease.claim(0, "s-3").ok();
        await().until(() -> told.events.contains("claimed s-3"));
        platform.free(told.claim("s-1"));
        platform.free(told.claim("s-2"));
        await().ignoreExceptions()
                .until(() -> lease.isFree(1)
                        && lease.isFree(2)
                        && platform.key(key.kid()).isEmpty());
        assertThat(told.events).containsExactly("claimed s-1", "claimed s-2", "claimed s-3");
    }

    @Test
    void an_old_copy_that_was_put_back_holds_nothing_that_has_ended() {
        play();
        Map<String, Object> copy = lease.annotations();
        platform.free(told.claim("s-1"));
        await().until(() -> lease.isFree(1));

        replace(Map.of("labels", labels(), "ownerReferences", owners(), "annotations", copy));

        await().ignoreExceptions().until(() -> lease.isFree(1));
        assertTakesClaims(1);
    }

    @Test
    void a_lease_that_was_made_anew_without_owner_makes_the_pod_unready() {
        play();

        replace(Map.of("labels", labels()));

        await().until(() -> platform.problem().orElse("").contains("has lost its owner"));
        plane().api().delete(lease.path()).ok();
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> lease.isOpen());
        await().until(() -> platform.problem().isEmpty());
        assertThat(lease.isFree(1))
                .as("made by the pod, with the sessions that run")
                .isFalse();
    }

    private void replace(Map<String, Object> metadata) {
        Map<String, Object> all = new HashMap<>(metadata);
        all.put("name", LedgerNames.lease(pod.name()));
        plane().api().delete(lease.path()).ok();
        plane().api()
                .post(lease.leases(), LedgerJson.write(Map.of("metadata", all)))
                .ok();
    }

    private Map<String, String> labels() {
        return Map.of(LedgerNames.POOL_LABEL, "duel");
    }

    private List<Map<String, String>> owners() {
        return Arrays.asList(Map.of("apiVersion", "v1", "kind", "Pod", "name", pod.name(), "uid", pod.uid()));
    }

    private void label(String pool) {
        Map<String, String> labels = new HashMap<>();
        labels.put(LedgerNames.POOL_LABEL, pool);
        metadata(Map.of("labels", labels));
    }

    private void metadata(Map<String, ?> metadata) {
        plane().api()
                .mergePatch(lease.path(), LedgerJson.write(Map.of("metadata", metadata)))
                .ok();
    }

    private static String get(GameServer server, String path) throws Exception {
        URI uri = URI.create(
                "http://127.0.0.1:" + server.probeAddress().orElseThrow().getPort() + path);
        HttpResponse<String> answer = HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body().strip();
    }
}
