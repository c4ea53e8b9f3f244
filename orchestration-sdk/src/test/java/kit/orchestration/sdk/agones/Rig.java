package kit.orchestration.sdk.agones;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;

/** A pod beside a sidecar on the wire, and what its platform tells. */
abstract class Rig {

    static final Duration TTL = Duration.ofSeconds(60);

    final FakeSidecar sidecar = new FakeSidecar();
    final List<String> told = new CopyOnWriteArrayList<>();
    final List<ClaimedSlot> claims = new CopyOnWriteArrayList<>();
    AgonesPlatform platform = builder().build();
    private Boot boot;

    AgonesPlatformBuilder builder() {
        return AgonesPlatform.builder().port(sidecar.port()).bootTimeout(Duration.ofSeconds(20));
    }

    Boot boot() {
        boot = platform.boot(listener());
        return boot;
    }

    /** Booted, and ready. */
    void serve() {
        boot();
        platform.ready(true);
    }

    /** The session that a claim's key makes in this boot. */
    String session(String key) {
        return AgonesNames.sessionId(sidecar.label(AgonesNames.BOOT), key);
    }

    static String value(String key) {
        return LedgerSlot.Free.NEW.hold(key, TTL, null, Map.of()).format();
    }

    void allocate(String... keys) {
        sidecar.write(() -> {
            for (String key : keys) {
                sidecar.values.add(value(key));
            }
            sidecar.state = "Allocated";
        });
    }

    void awaitTold(String... events) {
        eventually().until(() -> told.equals(List.of(events)));
    }

    ClaimedSlot claim(String key) {
        eventually()
                .until(() -> claims.stream().anyMatch(claim -> claim.sessionId().endsWith("." + key)));
        return claims.stream()
                .filter(claim -> claim.sessionId().endsWith("." + key))
                .findFirst()
                .orElseThrow();
    }

    static ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(5));
    }

    PlatformListener listener() {
        return new PlatformListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                claims.add(claim);
                told.add("claimed " + AgonesNames.keyOf(claim.sessionId()) + " " + claim.slot());
            }

            @Override
            public void revoked(String sessionId) {
                told.add("revoked " + AgonesNames.keyOf(sessionId));
            }

            @Override
            public void gone(String sessionId) {
                told.add("gone " + AgonesNames.keyOf(sessionId));
            }

            @Override
            public void lost() {
                told.add("lost");
            }
        };
    }

    @AfterEach
    void close() {
        platform.close();
        sidecar.close();
    }
}
