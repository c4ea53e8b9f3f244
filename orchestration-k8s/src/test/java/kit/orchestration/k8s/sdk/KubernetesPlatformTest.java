package kit.orchestration.k8s.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import kit.orchestration.Token;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pod side against a real API server, with the pod's own bound token and rights. */
class KubernetesPlatformTest extends PodFixture {

    private final Told told = new Told();

    @Override
    ControlPlane plane() {
        return ControlPlane.shared();
    }

    @Test
    void the_lease_is_made_closed_labelled_and_owned_by_the_pod() {
        TestPod pod = pod("arena-1");

        Boot boot = build(platform(pod, 3)).boot(told);

        LeaseOnServer lease = lease(pod);
        assertThat(boot.pool()).isEqualTo("duel");
        assertThat(boot.capacity()).isEqualTo(3);
        String bootId = lease.bootId();
        assertThat(lease.state()).isEqualTo("closed/" + bootId + " 1");
        assertThat(boot.audience()).isEqualTo(LedgerNames.audience(pod.uid(), bootId));
        assertThat(lease.annotations()).containsOnlyKeys("state", "0", "1", "2").containsEntry("2", "0");
        assertThat(LeaseOnServer.object(lease.metadata().get("labels"))).containsEntry(LedgerNames.POOL_LABEL, "duel");
        assertThat(((List<?>) lease.metadata().get("ownerReferences")))
                .singleElement()
                .isEqualTo(Map.of("apiVersion", "v1", "kind", "Pod", "name", "arena-1", "uid", pod.uid()));
    }

    @Test
    void a_pod_finds_itself_in_its_environment(@TempDir Path folder) {
        TestPod pod = node.create(LedgerJson.write(Map.of(
                "metadata",
                Map.of(
                        "name",
                        "found-1",
                        "labels",
                        Map.of(LedgerNames.POOL_LABEL, "duel"),
                        "annotations",
                        Map.of(LedgerNames.CAPACITY_ANNOTATION, "7")),
                "spec",
                Map.of(
                        "serviceAccountName",
                        ACCOUNT,
                        "containers",
                        List.of(Map.of(
                                "name",
                                "game",
                                "image",
                                "none",
                                "env",
                                List.of(
                                        field("POD_NAME", "metadata.name"),
                                        field("POD_UID", "metadata.uid"),
                                        field("POD_NAMESPACE", "metadata.namespace"),
                                        field(
                                                "ORCHESTRATION_POOL",
                                                "metadata.labels['" + LedgerNames.POOL_LABEL + "']"),
                                        field(
                                                "ORCHESTRATION_CAPACITY",
                                                "metadata.annotations['" + LedgerNames.CAPACITY_ANNOTATION
                                                        + "']"))))))));
        node.writeServiceAccount(pod, folder);

        Boot boot = build(KubernetesPlatform.builder()
                        .environment(node.environment(pod))
                        .ca(plane().caPem())
                        .tokenFile(folder.resolve("token")))
                .boot(told);

        assertThat(boot.pool()).isEqualTo("duel");
        assertThat(boot.capacity()).isEqualTo(7);
        assertThat(lease(pod).slot(6)).isEqualTo(Free.NEW);
    }

    /** One whose id ends in a way that Kubernetes does not take at the end of an annotation's name. */
    private static SigningKey awkwardKey() {
        SigningKey key = SigningKey.generateEd25519();
        while (!key.kid().endsWith("-") && !key.kid().endsWith("_")) {
            key = SigningKey.generateEd25519();
        }
        return key;
    }

    private static Map<String, Object> field(String name, String path) {
        return Map.of("name", name, "valueFrom", Map.of("fieldRef", Map.of("fieldPath", path)));
    }

    @Test
    void a_claim_is_told_with_its_key_known() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        SigningKey key = awkwardKey();
        String kid = key.verificationKey().kid();
        CompletableFuture<Boolean> known = new CompletableFuture<>();
        told.onClaim = claim -> known.complete(platform.key(kid).isPresent());
        open(platform, told);
        LeaseOnServer lease = lease(pod);

        lease.claim(
                        lease.state(),
                        Map.of(1, "s-1"),
                        Map.of(kid, key.verificationKey().text()))
                .ok();

        assertThat(known).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(true);
        assertThat(told.claims)
                .containsExactly(
                        new ClaimedSlot("s-1", 1, Duration.ofSeconds(60), Map.of("map", "dust", "mode", "<&>")));
        assertThat(platform.key(kid)).contains(key.verificationKey());
        assertThat(platform.key("another")).isEmpty();
    }

    @Test
    void a_session_is_found_before_the_watch_has_told_of_it() {
        plane().newServiceAccount(namespace, "blind");
        bind("blind", List.of("create", "get", "list", "patch"));
        TestPod pod = pod("arena-1", "blind");
        KubernetesPlatform platform = build(platform(pod, 3));
        platform.boot(told);
        await().atMost(Duration.ofMinutes(1)).until(() -> platform.problem().isPresent()); // it may pass by itself
        assertThatThrownBy(() -> platform.ready(true))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("403");
        SigningKey key = awkwardKey();
        LeaseOnServer lease = lease(pod);

        lease.claim(
                        lease.state(),
                        Map.of(0, "s-1"),
                        Map.of(
                                key.verificationKey().kid(),
                                key.verificationKey().text()))
                .ok();

        assertThat(platform.find("s-1", "any"))
                .succeedsWithin(Duration.ofSeconds(5))
                .satisfies(found -> assertThat(found.orElseThrow().slot()).isZero());
        assertThat(told.events).containsExactly("claimed s-1");
        assertThat(platform.key(key.verificationKey().kid())).isPresent();
        assertThat(platform.find("s-2", "any"))
                .succeedsWithin(Duration.ofSeconds(5))
                .satisfies(found -> assertThat(found).isEmpty());
    }

    @Test
    void many_who_ask_at_once_cause_few_reads() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        open(platform, told);
        lease(pod).claim(0, "s-1").ok();
        double before = requests("GET");

        List<CompletableFuture<?>> asked = IntStream.range(0, 64)
                .<CompletableFuture<?>>mapToObj(i -> platform.find("s-1", "any").toCompletableFuture())
                .toList();

        assertThat(asked).allSatisfy(answer -> assertThat(answer).succeedsWithin(Duration.ofSeconds(5)));
        assertThat(requests("GET") - before).isLessThanOrEqualTo(4);
    }

    @Test
    void a_claim_that_was_released_is_revoked_once_and_can_be_freed() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 20));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        await().until(() -> told.events.contains("claimed s-1"));

        // The free gathers, and its slot's text changes meanwhile.
        platform.free(told.claim("s-1"));
        lease.revoke(0);

        await().until(() -> lease.isFree(0));
        assertThat(lease.slot(0)).isEqualTo(new Free(1));
        assertThat(told.events).containsExactly("claimed s-1", "revoked s-1");
    }

    @Test
    void a_claim_that_was_taken_back_is_gone() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        await().until(() -> told.events.contains("claimed s-1"));

        lease.remove(0);
        lease.claim(0, "s-2").ok();

        await().until(() -> told.events.contains("claimed s-2"));
        assertThat(told.events).containsExactly("claimed s-1", "gone s-1", "claimed s-2");
        // What the SDK still frees of the first claim does not touch the second.
        platform.free(told.claim("s-1"));
        platform.free(told.claim("s-2"));
        await().until(() -> lease.isFree(0));
        assertThat(lease.slot(0)).isEqualTo(new Free(2));
    }

    @Test
    void endings_gather_into_one_write() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 100));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        Map<Integer, String> sessions = new HashMap<>();
        IntStream.range(0, 50).forEach(slot -> sessions.put(slot, "s-" + slot));
        lease.claim(lease.state(), sessions, Map.of()).ok();
        await().until(() -> told.claims.size() == 50);
        double before = requests("PATCH");

        told.claims.forEach(platform::free);

        await().until(() -> IntStream.range(0, 50).allMatch(lease::isFree));
        assertThat(requests("PATCH") - before).isEqualTo(1);
        assertThat(told.events).noneMatch(event -> event.startsWith("gone"));
        assertThat(LeaseOnServer.object(lease.metadata()).get("managedFields"))
                .as("fields are no longer tracked")
                .isNull();
    }

    @Test
    void a_restarted_process_gives_back_what_the_dead_one_held_and_takes_none_of_its_tokens() throws Exception {
        TestPod pod = pod("arena-1");
        KubernetesPlatform dead = build(platform(pod, 3));
        Boot first = open(dead, told);
        LeaseOnServer lease = lease(pod);
        TokenSigner signer = TokenSigner.of(SigningKey.generateEd25519());
        lease.claim(
                        lease.state(),
                        Map.of(0, "s-1", 2, "s-2"),
                        Map.of(
                                signer.verificationKey().kid(),
                                signer.verificationKey().text()))
                .ok();
        String oldState = lease.state();
        await().until(() -> told.claims.size() == 2);

        GameServer server =
                GameServer.builder().platform(platform(pod, 3).build()).start();
        closing.push(server);

        assertThat(lease.slot(0)).isEqualTo(new Free(1));
        assertThat(lease.slot(1)).isEqualTo(new Free(0));
        assertThat(lease.slot(2)).isEqualTo(new Free(1));
        assertThat(lease.annotations()).as("no key of the old boot").containsOnlyKeys("state", "0", "1", "2");
        assertThat(lease.claim(oldState, Map.of(1, "late"), Map.of()).status())
                .as("a claim that was computed before the restart")
                .isEqualTo(422);
        assertThatThrownBy(() -> server.start(token(signer, first.audience(), "s-1", 0)))
                .isInstanceOfSatisfying(
                        TokenRefusedException.class,
                        e -> assertThat(e.reason()).isEqualTo(TokenRefusedException.Reason.OTHER_POD));

        // The dead one, if it lives after all, is told that all is over, and frees nothing of the new one.
        await().until(() -> told.events.contains("lost"));
        server.ready();
        String newAudience = LedgerNames.audience(pod.uid(), lease.bootId());
        lease.claim(
                        lease.state(),
                        Map.of(0, "s-3"),
                        Map.of(
                                signer.verificationKey().kid(),
                                signer.verificationKey().text()))
                .ok();
        Session session = server.enter(token(signer, newAudience, "s-3", 0)).get();
        dead.free(told.claim("s-1"));
        dead.close();
        assertThat(lease.isFree(0)).isFalse();
        assertThat(lease.isOpen()).isTrue();
        assertThat(told.events).doesNotContain("claimed s-3");
        session.close();
        await().until(() -> lease.isFree(0));
    }

    private static Token token(TokenSigner signer, String audience, String sessionId, int slot) {
        return signer.sign(TokenClaims.issue(
                "duel", sessionId, OptionalInt.of(slot), audience, Instant.now(), Duration.ofSeconds(60)));
    }

    @Test
    void a_restart_mends_slots_that_are_missing_unreadable_or_too_many() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform dead = build(platform(pod, 4));
        open(dead, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        lease.remove(0);
        dead.close();
        plane().api()
                .jsonPatch(
                        lease.path(),
                        LedgerJson.write(List.of(
                                LeaseOnServer.op("add", "1", "not ours"),
                                Map.of("op", "remove", "path", "/metadata/annotations/2"))))
                .ok();

        open(build(platform(pod, 3)), new Told());

        assertThat(lease.annotations())
                .containsOnlyKeys("state", "0", "1", "2")
                .containsEntry("0", "1")
                .containsEntry("1", "2")
                .containsEntry("2", "2");
    }

    @Test
    void the_lease_of_a_predecessor_is_waited_for_and_never_written() {
        TestPod old = pod("arena-0");
        KubernetesPlatform predecessor = build(platform(old, 3));
        open(predecessor, new Told());
        LeaseOnServer lease = lease(old);
        lease.claim(0, "s-1").ok();
        node.kill(old);
        TestPod pod = pod("arena-0");
        Map<String, Object> before = lease.metadata();

        assertThatThrownBy(() -> build(platform(pod, 3).bootTimeout(Duration.ofSeconds(1)))
                        .boot(told))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining(lease.podName())
                .hasMessageContaining(old.uid())
                .hasMessageContaining("garbage collector");
        assertThat(lease.metadata()).isEqualTo(before);

        CompletableFuture<Boot> boot =
                CompletableFuture.supplyAsync(() -> build(platform(pod, 3)).boot(told));
        await().pollDelay(Duration.ofMillis(300)).until(() -> !boot.isDone());
        plane().api().delete(lease.path()).ok();
        assertThat(boot).succeedsWithin(Duration.ofSeconds(10));
        assertThat(lease.slot(0)).isEqualTo(Free.NEW);
    }

    @Test
    void the_lease_opens_with_ready_and_closes_with_unready_and_with_a_drain_for_good() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        platform.boot(told);
        LeaseOnServer lease = lease(pod);
        String boot = lease.bootId();

        platform.ready(true);
        assertThat(lease.state()).isEqualTo("open/" + boot + " 1");
        platform.ready(false);
        assertThat(lease.state()).isEqualTo("closed/" + boot + " 1");
        assertThat(lease.claim("open/" + boot + " 1", Map.of(1, "late"), Map.of())
                        .status())
                .as("a claim that was computed before")
                .isEqualTo(422);
        platform.ready(true);
        lease.claim(0, "s-1").ok();
        platform.drain();
        platform.ready(true);
        assertThat(lease.state()).isEqualTo("closed/" + boot + " 1 draining");
        await().until(() -> told.events.contains("claimed s-1"));
    }

    @Test
    void a_drain_closes_the_lease_and_a_claim_that_was_computed_before_fails() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        String open = lease.state();
        lease.claim(0, "s-1").ok();

        platform.drain();
        platform.drain();

        assertThat(lease.state()).isEqualTo("closed/" + lease.bootId() + " 1 draining");
        assertThat(lease.claim(open, Map.of(1, "s-2"), Map.of()).status()).isEqualTo(422);
        await().until(() -> told.events.contains("claimed s-1"));
        platform.free(told.claim("s-1"));
        await().until(() -> lease.isFree(0));
    }

    @Test
    void a_close_writes_what_was_freed_and_closes_the_lease() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 100));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(lease.state(), Map.of(0, "s-1", 1, "s-2"), Map.of()).ok();
        await().until(() -> told.claims.size() == 2);

        platform.free(told.claim("s-1"));
        platform.close();

        assertThat(lease.slot(0)).isEqualTo(new Free(1));
        assertThat(lease.isFree(1))
                .as("not freed, and given back by the next boot")
                .isFalse();
        assertThat(lease.state()).isEqualTo("closed/" + lease.bootId() + " 1 draining");
        assertThat(told.events).containsOnly("claimed s-1", "claimed s-2");
        platform.close();
        assertThat(platform.find("s-2", "any")).failsWithin(Duration.ofSeconds(1));
    }

    @Test
    void a_lease_that_was_deleted_by_hand_is_made_anew_with_what_it_held() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = build(platform(pod, 3));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        SigningKey key = awkwardKey();
        lease.claim(
                        lease.state(),
                        Map.of(1, "s-1"),
                        Map.of(
                                key.verificationKey().kid(),
                                key.verificationKey().text()))
                .ok();
        await().until(() -> told.claims.size() == 1);
        String uid = lease.uid();
        Map<String, Object> before = lease.annotations();

        plane().api().delete(lease.path()).ok();

        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> !lease.uid().equals(uid));
        await().untilAsserted(() -> assertThat(lease.annotations()).isEqualTo(before));
        lease.claim(0, "s-2").ok();
        await().until(() -> told.events.contains("claimed s-2"));
        platform.free(told.claim("s-1"));
        await().until(() -> lease.isFree(1));
        assertThat(told.events).containsExactly("claimed s-1", "claimed s-2");
    }

    @Test
    void a_pod_that_is_never_empty_keeps_few_keys_and_takes_tokens_of_those_that_went() throws Exception {
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform = platform(pod, 3).build();
        GameServer server = GameServer.builder().platform(platform).start();
        closing.push(server);
        server.ready();
        LeaseOnServer lease = lease(pod);
        String audience = LedgerNames.audience(pod.uid(), lease.bootId());
        TokenSigner first = TokenSigner.of(SigningKey.generateEd25519());
        lease.claim(lease.state(), Map.of(0, "s-0"), keyOf(first)).ok();
        String oldest = first.verificationKey().kid();

        for (int restart = 1; restart <= 41; restart++) {
            TokenSigner signer = TokenSigner.of(SigningKey.generateEd25519());
            lease.claim(lease.state(), Map.of(1, "s-" + restart), keyOf(signer)).ok();
            server.enter(token(signer, audience, "s-" + restart, 1)).get().close();
            await().until(() -> lease.isFree(1));
        }

        assertThat(lease.annotations()).as("state, three slots, and few keys").hasSizeLessThanOrEqualTo(4 + 32);
        assertThat(lease.annotations()).doesNotContainKey(LedgerNames.key(oldest));
        Session session = server.enter(token(first, audience, "s-0", 0)).get();
        assertThat(session.id())
                .as("its key went while its player was on the way")
                .isEqualTo("s-0");
        session.close();
        await().until(() -> lease.isFree(0) && platform.key(oldest).isEmpty());
    }

    private static Map<String, String> keyOf(TokenSigner signer) {
        return Map.of(signer.verificationKey().kid(), signer.verificationKey().text());
    }

    @Test
    void a_token_that_was_replaced_is_used(@TempDir Path folder) throws Exception {
        TestPod pod = pod("arena-1");
        node.writeServiceAccount(pod, folder);
        Path file = folder.resolve("token");
        KubernetesPlatform platform = build(platform(pod, 1).tokenFile(file).callTimeout(Duration.ofSeconds(1)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        await().until(() -> told.claims.size() == 1);
        Files.writeString(file, "expired");
        assertThat(platform.find("s-1", "any"))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableOfType(Exception.class)
                .withMessageContaining("401");

        platform.free(told.claim("s-1"));
        await().pollDelay(Duration.ofMillis(500)).until(() -> !lease.isFree(0));
        node.writeServiceAccount(pod, folder);

        await().until(() -> lease.isFree(0));
    }

    @Test
    void connections_that_died_without_a_word_are_noticed_and_dialled_anew() throws Exception {
        Relay relay = new Relay(plane().url());
        closing.push(relay);
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform =
                build(platform(pod, 1).apiServer(relay.url()).callTimeout(Duration.ofMillis(500)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        await().until(() -> told.claims.size() == 1);

        relay.forget();
        platform.free(told.claim("s-1"));

        await().until(() -> lease.isFree(0));
        lease.claim(0, "s-2").ok();
        await().until(() -> told.events.contains("claimed s-2"));
        assertThat(told.events).containsExactly("claimed s-1", "claimed s-2");
    }

    @Test
    void a_free_that_comes_late_does_not_free_a_newer_claim() throws Exception {
        Relay relay = new Relay(plane().url());
        closing.push(relay);
        TestPod pod = pod("arena-1");
        KubernetesPlatform platform =
                build(platform(pod, 1).apiServer(relay.url()).callTimeout(Duration.ofSeconds(1)));
        open(platform, told);
        LeaseOnServer lease = lease(pod);
        lease.claim(0, "s-1").ok();
        await().until(() -> told.claims.size() == 1);

        // Leaves a connection open, which the free then takes; on its way it is held up, times out, and is repeated on
        // another one.
        assertThat(platform.find("s-1", "any")).succeedsWithin(Duration.ofSeconds(5));
        relay.hold();
        platform.free(told.claim("s-1"));
        await().pollDelay(Duration.ofMillis(200)).until(() -> relay.held() > 0);
        relay.seal();
        await().until(() -> lease.isFree(0));
        lease.claim(0, "s-2").ok();
        relay.deliver();

        await().until(relay::isAnswered);
        assertThat(lease.isFree(0)).isFalse();
        assertThat(lease.slot(0).uses()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "get", "patch"})
    void without_one_of_its_rights_the_error_says_what_to_grant(String verb) {
        plane().newServiceAccount(namespace, "poor");
        bind("poor", VERBS.stream().filter(each -> !each.equals(verb)).toList());
        TestPod pod = pod("arena-1", "poor");
        String token = node.token(pod);
        build(platform(pod, 1).token(() -> plane().token(namespace, ACCOUNT, Duration.ofMinutes(10))))
                .boot(told);

        assertThatThrownBy(() -> build(platform(pod, 1).token(() -> token).callTimeout(Duration.ofMillis(500)))
                        .boot(told))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("403")
                .hasMessageContaining("create, get, list, watch and patch")
                .hasMessageContaining(namespace)
                .hasMessageNotContaining(token);
    }

    @Test
    void a_token_that_the_server_does_not_know_is_told_and_not_shown() {
        TestPod pod = pod("arena-1");

        assertThatThrownBy(() -> build(platform(pod, 1).token(() -> "secret").callTimeout(Duration.ofMillis(500)))
                        .boot(told))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("401")
                .hasMessageContaining("automountServiceAccountToken")
                .hasMessageNotContaining("secret");
    }

    @Test
    void a_server_that_the_authorities_do_not_vouch_for_is_not_spoken_to() {
        TestPod pod = pod("arena-1");
        KubernetesPlatform trusting = build(KubernetesPlatform.builder()
                .apiServer(plane().url()) // and the JDK's authorities
                .token(() -> "unused")
                .namespace(namespace)
                .podName(pod.name())
                .podUid(pod.uid())
                .pool("duel")
                .capacity(1)
                .bootTimeout(Duration.ofMillis(500)));

        assertThatThrownBy(() -> trusting.boot(told))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("SSLHandshakeException");
    }

    /** How many requests for Leases the API server has answered. */
    private double requests(String verb) {
        Matcher line = Pattern.compile(
                        "apiserver_request_total\\{[^}]*resource=\"leases\"[^}]*verb=\"%s\"[^}]*\\} (\\S+)"
                                .formatted(verb))
                .matcher(plane().api().get("/metrics").ok().body());
        double sum = 0;
        while (line.find()) {
            sum += line.group().contains("subresource=\"\"") ? Double.parseDouble(line.group(1)) : 0;
        }
        return sum;
    }

    /** On JDK 17 each left one, which was its HTTP client's, and with it all that it had known. */
    @Test
    void a_game_server_that_is_closed_leaves_no_thread() {
        Set<Thread> before = Set.copyOf(Thread.getAllStackTraces().keySet()); // of other tests: they end when they like
        Set<Thread> ours = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            TestPod pod = pod("duel-" + i);
            try (GameServer server =
                    GameServer.builder().platform(platform(pod, 3).build()).start()) {
                server.ready();
                ours.addAll(Thread.getAllStackTraces().keySet());
            }
        }
        ours.removeAll(before);
        assertThat(ours.stream().filter(thread -> thread.getName().contains("SelectorManager")))
                .hasSizeGreaterThanOrEqualTo(10);
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            System.gc();
            assertThat(ours.stream().filter(Thread::isAlive).map(Thread::getName))
                    .filteredOn(name -> name.contains("SelectorManager") || name.startsWith("orchestration-"))
                    .isEmpty();
        });
    }
}
