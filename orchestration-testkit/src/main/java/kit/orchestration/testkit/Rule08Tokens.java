package kit.orchestration.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Token;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.junit.jupiter.api.Test;

/** Rule 8: a token starts one session, once, on one process of one pod. */
interface Rule08Tokens extends ContractTests {

    private static Reason refusal(GameServer server, String token) {
        TokenRefusedException refusal = catchThrowableOfType(TokenRefusedException.class, () -> server.start(token));
        assertThat(refusal).as("the token should be refused").isNotNull();
        assertThat(refusal.getMessage()).doesNotContain(token.isEmpty() ? "\u0000" : token);
        TokenRefusedException atJoin = catchThrowableOfType(TokenRefusedException.class, () -> server.join(token));
        assertThat(atJoin).isNotNull();
        assertThat(server.enter(token))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(TokenRefusedException.class);
        return refusal.reason();
    }

    @Test
    @Rule("8.1")
    @Quote("an opaque, backend-signed credential the pod will verify on session start")
    default void rule08_exactlyOneStartSucceeds() throws Exception {
        World.Pod pod = world().pod(1);
        for (int round = 0; round < world().times(100); round++) {
            Allocation allocation = world().within(world().allocator().allocateAsync(world().patient()));
            List<Object> results = Racers.race(4, racer -> {
                try {
                    return pod.start(allocation);
                } catch (TokenRefusedException refused) {
                    return refused.reason();
                }
            });
            assertThat(results).filteredOn(Session.class::isInstance).hasSize(1);
            assertThat(results).filteredOn(Reason.class::isInstance).hasSize(3).containsOnly(Reason.ALREADY_STARTED);
            pod.server().sessions().forEach(Session::close);
        }
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("8.2")
    default void rule08_anotherPodRefusesIt() throws Exception {
        World.Pod one = world().pod(1);
        World.Pod two = world().pod(1);
        String otherPool = world().backend().newPool();
        World.Pod elsewhere = world().podOf(otherPool, 1, Map.of());
        Allocation allocation = world().allocate();
        World.Pod right = world().podOf(allocation);
        World.Pod wrong = right.equals(one) ? two : one;

        assertThat(refusal(wrong.server(), allocation.token().encoded())).isEqualTo(Reason.OTHER_POD);
        assertThat(refusal(elsewhere.server(), allocation.token().encoded())).isEqualTo(Reason.OTHER_POD);
        assertThat(right.start(allocation).id()).isEqualTo(allocation.sessionId());
    }

    @Test
    @Rule("8.3")
    default void rule08_aLaterProcessOfThePodRefusesIt() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation claimed = world().allocate();
        Allocation started = world().allocate();
        pod.start(started);

        pod.hooks().restart();

        assertThat(refusal(pod.server(), claimed.token().encoded())).isEqualTo(Reason.OTHER_POD);
        assertThat(refusal(pod.server(), started.token().encoded())).isEqualTo(Reason.OTHER_POD);
    }

    @Test
    @Rule({"8.4", "8.8"})
    default void rule08_forgedTokensAreRefusedAndChangeNothing() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation allocation = world().allocate();
        Allocation other = world().allocate();
        world().eventuallyHeard(pod, "claimed " + allocation.sessionId());
        String good = allocation.token().encoded();

        for (String bad : forgeries(good, other.token().encoded(), allocation, other)) {
            assertThat(refusal(pod.server(), bad))
                    .as("of %d characters", bad.length())
                    .isIn(Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.UNKNOWN_SESSION, Reason.OTHER_POD);
        }

        assertThat(world().heldIds()).containsExactlyInAnyOrder(allocation.sessionId(), other.sessionId());
        assertThat(pod.server().sessions()).isEmpty();
        assertThat(pod.start(allocation).id()).isEqualTo(allocation.sessionId());
    }

    private static List<String> forgeries(String good, String otherToken, Allocation allocation, Allocation other) {
        String[] parts = good.split("\\.", -1);
        String[] otherParts = otherToken.split("\\.", -1);
        String header = decoded(parts[0]);
        String payload = decoded(parts[1]);
        List<String> bad = new ArrayList<>(List.of(
                "",
                "x",
                "..",
                "a.b.c",
                good + " ",
                good + "\n",
                good + good,
                good + "." + good,
                good + "=",
                good.substring(0, good.length() - 1),
                good.substring(0, good.lastIndexOf('.')),
                good.substring(0, good.lastIndexOf('.') + 1),
                good.substring(good.indexOf('.') + 1),
                "x".repeat(1 << 20),
                parts[0] + "." + parts[1] + "." + "A".repeat(parts[2].length()),
                // Another session's payload or signature.
                parts[0] + "." + otherParts[1] + "." + parts[2],
                parts[0] + "." + parts[1] + "." + otherParts[2],
                // No algorithm, another one, another type.
                encoded(header.replaceFirst("\"alg\":\"[^\"]*\"", "\"alg\":\"none\"")) + "." + parts[1] + ".",
                encoded(header.replaceFirst("\"alg\":\"[^\"]*\"", "\"alg\":\"none\"")) + "." + parts[1] + "."
                        + parts[2],
                encoded(header.replaceFirst("\"alg\":\"[^\"]*\"", "\"alg\":\"ES256\"")) + "." + parts[1] + "."
                        + parts[2],
                encoded(swapped(header)) + "." + parts[1] + "." + parts[2],
                encoded(header.replaceFirst("\"typ\":\"[^\"]*\"", "\"typ\":\"JWT\"")) + "." + parts[1] + "." + parts[2],
                encoded(header.replaceFirst("\"kid\":\"[^\"]*\"", "\"kid\":\"other\"")) + "." + parts[1] + "."
                        + parts[2],
                // Other claims under the same signature.
                parts[0] + "." + encoded(payload.replace(allocation.sessionId(), other.sessionId())) + "." + parts[2],
                parts[0] + "." + encoded(payload.replaceFirst("\"exp\":[0-9]+", "\"exp\":4102444800")) + "." + parts[2],
                parts[0] + "." + encoded("{}") + "." + parts[2]));
        // One bit of each of the signature's first characters.
        for (int i = 0; i < 8; i++) {
            char[] signature = parts[2].toCharArray();
            signature[i] = signature[i] == 'A' ? 'B' : 'A';
            bad.add(parts[0] + "." + parts[1] + "." + new String(signature));
        }
        return bad;
    }

    private static String swapped(String header) {
        return header.contains("HS256") ? header.replace("HS256", "EdDSA") : header.replace("EdDSA", "HS256");
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), UTF_8);
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
    }

    @Test
    @Rule("8.5")
    default void rule08_afterTheClaimHasExpiredItStartsNothing() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocator()
                .allocate(world().request().claimTtl(Duration.ofSeconds(5)).build());
        world().eventuallyHeard(pod, "claimed " + allocation.sessionId());

        world().advance(Duration.ofSeconds(5));
        world().eventuallyHeard(pod, "expired " + allocation.sessionId());

        assertThat(refusal(pod.server(), allocation.token().encoded())).isIn(Set.of(Reason.EXPIRED, Reason.ENDED));
        world().advance(Duration.ofHours(1));
        assertThat(refusal(pod.server(), allocation.token().encoded())).isIn(Set.of(Reason.EXPIRED, Reason.ENDED));
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("8.6")
    default void rule08_itOpensItsOwnSessionAndNoOther() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation one = world().allocate();
        Allocation two = world().allocate();
        Token copy = Token.of(one.token().encoded());

        Session session = pod.server().start(copy);

        assertThat(session.id()).isEqualTo(one.sessionId());
        assertThat(pod.server().sessions()).containsExactly(session);
        assertThat(pod.start(two).id()).isEqualTo(two.sessionId());
    }

    @Test
    @Rule("8.7")
    default void rule08_whileTheSessionRunsItLetsFurtherPlayersIn() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocate();
        TokenRefusedException early = catchThrowableOfType(
                TokenRefusedException.class, () -> pod.server().join(allocation.token()));
        assertThat(early.reason()).isEqualTo(Reason.NOT_STARTED);
        Session session = pod.server().enter(allocation.token()).get(10, SECONDS);

        assertThat(pod.server().join(allocation.token())).isSameAs(session);
        assertThat(pod.server().enter(allocation.token()).join()).isSameAs(session);
        world().advance(Duration.ofHours(2));
        assertThat(pod.server().join(allocation.token())).isSameAs(session);
        session.close();
        assertThat(refusal(pod.server(), allocation.token().encoded())).isEqualTo(Reason.ENDED);
    }

    @Test
    @Rule("8.8")
    default void rule08_aTokenRefusedElsewhereIsStillGood() throws Exception {
        World.Pod one = world().pod(1);
        World.Pod two = world().pod(1);
        Allocation allocation = world().allocate();
        World.Pod right = world().podOf(allocation);
        World.Pod wrong = right.equals(one) ? two : one;
        for (int i = 0; i < 100; i++) {
            assertThat(refusal(wrong.server(), allocation.token().encoded())).isEqualTo(Reason.OTHER_POD);
        }
        assertThat(right.start(allocation).id()).isEqualTo(allocation.sessionId());
        world().allocator().allocate(AllocateReq.of(world().pool()));
    }
}
